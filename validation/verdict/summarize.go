package verdict

import (
	"maps"
	"strings"
)

// Run judges the stream. err is the error of Read, if the stream could not be
// read to its end.
func (s *Stream) Run(err error) *Run {
	r := &Run{
		Schema: SchemaVersion, Requests: -1, Problems: []string{}, Diagnoses: []Diagnosis{},
		Facts: map[string]string{}, Checks: []*Check{},
		Started: s.started, Seconds: round(s.last.Sub(s.started).Seconds()),
	}
	known := ""
	if err != nil {
		known = Incomplete
	}
	for _, p := range s.packages {
		p.judgeTimeout()
		verdict := r.take(p.run.run)
		failure := s.problem(p)
		r.addSuite(p, failure)
		known = worseVerdict(known, verdict)
		if failure != "" && (p.result == "" || verdict != Fail) {
			known = Incomplete
		}
	}
	r.Output = cleanOutput(s.outside())
	r.Judge(known)
	r.addPackageError(r.overall(err))
	if n := r.Counts[OutcomeError]; n > 0 {
		r.Problems = append(r.Problems, Count(n, "check")+" did not end: "+names(r.With(OutcomeError)))
	}
	if r.Verdict != Pass && len(r.Problems)+r.Counts[OutcomeFail] == 0 {
		r.addPackageError("the suite gave the verdict " + r.Verdict + " without a reason")
	}
	r.boundOutputs()
	return r
}

// take copies what the suite reported about its run besides the checks, and
// returns its verdict.
func (r *Run) take(reported *Run) string {
	if reported == nil {
		return ""
	}
	r.Environment, r.Arguments, r.Requests = reported.Environment, reported.Arguments, reported.Requests
	r.URL, r.Local, r.Version = reported.URL, reported.Local, reported.Version
	r.Seconds = max(r.Seconds, round(reported.Seconds))
	r.Diagnoses = append(r.Diagnoses, reported.Diagnoses...)
	maps.Copy(r.Facts, reported.Facts)
	return reported.Verdict
}

// addSuite adds the package with its checks, unless it has nothing to report.
func (r *Run) addSuite(p *testPackage, failure string) {
	suite := &Suite{
		Name: clean(p.name), Started: p.started, Seconds: round(p.seconds), Tests: r.addChecks(p),
		Error: failure, Output: cleanOutput(p.output.String()),
	}
	if len(suite.Tests) > 0 || failure != "" {
		r.Suites = append(r.Suites, suite)
	}
	if failure != "" {
		r.Problems = append(r.Problems, failure)
	}
}

// addPackageError adds a problem of the stream as a whole, if there is one.
func (r *Run) addPackageError(text string) {
	if text == "" {
		return
	}
	r.Problems = append(r.Problems, text)
	r.Suites = append(r.Suites, &Suite{Name: "run", Error: text, Started: r.Started})
}

// outside returns everything that was printed outside of tests.
func (s *Stream) outside() string {
	outputs := []string{strings.TrimSuffix(s.nonEvents.String(), "\n")}
	for _, p := range s.packages {
		outputs = append(outputs, s.buildOf(p.failedBuild).String(), p.output.String())
	}
	return strings.Join(outputs, "\n")
}

// overall returns a problem of the run that no package or check shows, or "".
func (r *Run) overall(err error) string {
	switch {
	case err != nil:
		return sentence(clean(err.Error()))
	case r.verified() == 0 && len(r.Problems)+r.Counts[OutcomeError] == 0:
		return nothingRan(len(r.Checks))
	}
	return ""
}

func nothingRan(checks int) string {
	if checks == 0 {
		return "no check ran: does the pattern of -run match one?"
	}
	return "all checks were skipped: nothing was verified"
}
