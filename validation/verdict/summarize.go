package verdict

import (
	"slices"
	"strings"
)

// Run judges the stream. err is why it could not be read to its end, as Read
// gives it.
func (s *Stream) Run(err error) *Run {
	r := &Run{
		Schema: SchemaVersion, Requests: -1, Problems: []string{}, Diagnoses: []string{}, Advice: []string{},
		Facts: map[string]string{}, Counts: map[string]int{}, Checks: []*Check{},
		Started: s.started, Seconds: round(s.last.Sub(s.started).Seconds()),
	}
	said, incomplete := "", err != nil
	for _, p := range s.packages {
		p.judgeTimeout()
		verdict, reason := r.readMusterLines(p)
		said = worseVerdict(said, verdict)
		trouble := s.problem(p, reason)
		r.addSuite(p, trouble)
		incomplete = incomplete || trouble != "" && (p.result == "" || verdict != Fail)
	}
	r.Output = cleanOutput(withoutMusterLines(s.outside()))
	for _, c := range r.Checks {
		r.Counts[c.Outcome]++
	}
	r.addTrouble(r.overall(err))
	if n := r.Counts[OutcomeError]; n > 0 {
		r.Problems = append(r.Problems, plural(n, "check")+" did not end: "+names(r.With(OutcomeError)))
	}
	r.Verdict = r.verdict(said, incomplete)
	if r.Verdict != Pass && len(r.Problems)+r.Counts[OutcomeFail] == 0 {
		r.addTrouble("the suite gave the verdict " + r.Verdict + " without a reason")
	}
	r.dropKnownAdvice()
	r.boundOutputs()
	return r
}

// addSuite adds the package with its checks, unless there is nothing to say of
// it.
func (r *Run) addSuite(p *testPackage, trouble string) {
	suite := &Suite{
		Name: clean(p.name), Started: p.started, Seconds: round(p.seconds), Tests: r.addChecks(p),
		Trouble: trouble, Output: cleanOutput(withoutMusterLines(p.output.String())),
	}
	if len(suite.Tests) > 0 || trouble != "" {
		r.Suites = append(r.Suites, suite)
	}
	if trouble != "" {
		r.Problems = append(r.Problems, trouble)
	}
}

// addTrouble adds what is wrong with the stream as a whole, if anything is.
func (r *Run) addTrouble(text string) {
	if text == "" {
		return
	}
	r.Problems = append(r.Problems, text)
	r.Suites = append(r.Suites, &Suite{Name: "run", Trouble: text, Started: r.Started})
}

// outside is all that was printed outside of tests.
func (s *Stream) outside() string {
	outputs := []string{strings.TrimSuffix(s.stray.String(), "\n")}
	for _, p := range s.packages {
		outputs = append(outputs, s.buildOf(p.failedBuild).String(), p.output.String())
	}
	return strings.Join(outputs, "\n")
}

// worseVerdict joins two verdicts; a word that is none counts as incomplete.
func worseVerdict(a, b string) string {
	rank := map[string]int{"": 0, Pass: 1, Fail: 2}
	for _, v := range []string{a, b} {
		if _, known := rank[v]; !known {
			return Incomplete
		}
	}
	if rank[a] > rank[b] {
		return a
	}
	return b
}

// overall is what is wrong with the run and no package or check shows, "" if
// nothing is.
func (r *Run) overall(err error) string {
	ran := r.Counts[OutcomePass] + r.Counts[OutcomeFail] + r.Counts[OutcomeAdvice]
	switch {
	case err != nil:
		return sentence(clean(err.Error()))
	case ran == 0 && len(r.Problems)+r.Counts[OutcomeError] == 0:
		return nothingRan(len(r.Checks))
	}
	return ""
}

// verdict never believes the suite's word for pass alone: said may only make
// worse what the events show.
func (r *Run) verdict(said string, incomplete bool) string {
	ran := r.Counts[OutcomePass] + r.Counts[OutcomeFail] + r.Counts[OutcomeAdvice]
	switch {
	case incomplete, said == Incomplete, ran == 0, r.Counts[OutcomeError]+r.Counts[OutcomeBlocked] > 0:
		return Incomplete
	case said == Fail, r.Counts[OutcomeFail] > 0:
		return Fail
	}
	return Pass
}

func nothingRan(checks int) string {
	if checks == 0 {
		return "no check ran: does the pattern of -run match one?"
	}
	return "all checks were skipped: nothing was verified"
}

// dropKnownAdvice keeps of the suite's own list what no check carries, as
// after a stream that lost events.
func (r *Run) dropKnownAdvice() {
	carried := map[string]bool{}
	for _, c := range r.With(OutcomeAdvice) {
		carried[c.Name] = true
	}
	r.Advice = slices.DeleteFunc(r.Advice, func(line string) bool {
		name, _, _ := strings.Cut(line, ":")
		return carried[name]
	})
}
