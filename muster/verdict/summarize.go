package verdict

import (
	"fmt"
	"math"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// musterLine is what the suite's TestMain says to this program.
var musterLine = regexp.MustCompile(`(?m)^muster: ([a-z][a-z0-9_-]*)=(.*)(?:\n|$)`)

func withoutMusterLines(text string) string {
	if !strings.Contains(text, "muster: ") {
		return text // most have none, and the pattern is slow
	}
	return musterLine.ReplaceAllString(text, "")
}

// Report judges the stream. err is why it could not be read to its end, as Read
// gives it.
func (s *Stream) Report(err error) *Report {
	r := &Report{
		Schema: SchemaVersion, Requests: -1, Problems: []string{}, Diagnoses: []string{}, Advice: []string{},
		Facts: map[string]string{}, Counts: map[string]int{}, Checks: []*Check{},
		Started: s.started, Seconds: round(s.last.Sub(s.started).Seconds()),
	}
	said := ""
	incomplete := err != nil
	for _, p := range s.packages {
		p.judgeTimeout()
		verdict, reason := r.readMusterLines(p)
		said = worseVerdict(said, verdict)
		suite := &Suite{
			Name: clean(p.name), Started: p.started, Seconds: round(p.seconds), Tests: r.addChecks(p),
			Trouble: s.problem(p, reason), Output: cleanOutput(withoutMusterLines(p.output.String())),
		}
		if len(suite.Tests) > 0 || suite.Trouble != "" {
			r.Suites = append(r.Suites, suite)
		}
		if suite.Trouble != "" {
			r.Problems = append(r.Problems, suite.Trouble)
			incomplete = incomplete || p.result == "" || verdict != Fail
		}
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

// addTrouble adds what is wrong with the stream as a whole, if anything is.
func (r *Report) addTrouble(text string) {
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

// readMusterLines takes over what TestMain said, and returns its verdict and
// the reason for it.
func (r *Report) readMusterLines(p *testPackage) (verdict, reason string) {
	texts := []string{p.output.String()}
	for _, t := range p.tests {
		// An interrupted run says these lines while a test is still named.
		texts = append(texts, t.output.String())
	}
	texts = slices.DeleteFunc(texts, func(text string) bool { return !strings.Contains(text, "muster: ") })
	for _, m := range musterLine.FindAllStringSubmatch(clean(strings.Join(texts, "\n")), -1) {
		switch key, value := m[1], strings.TrimSpace(m[2]); key {
		case "verdict":
			verdict = worseVerdict(verdict, value)
		case "environment":
			r.Environment = value
		case "arguments":
			r.Arguments = value
		case "requests":
			if n, err := strconv.Atoi(value); err == nil && n >= 0 {
				r.Requests = n
			}
		case "advice":
			r.Advice = append(r.Advice, value)
		case "diagnosis":
			r.Diagnoses = append(r.Diagnoses, value)
		case "failures":
			r.listed = append(r.listed, strings.Fields(value)...)
		case "error":
			reason = sentence(value)
		default:
			r.Facts[key] = value
		}
	}
	return verdict, reason
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
func (r *Report) overall(err error) string {
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
func (r *Report) verdict(said string, incomplete bool) string {
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

// problem is why the package as a whole did not work out, "" if it did. reason
// is what TestMain said of it.
func (s *Stream) problem(p *testPackage, reason string) string {
	hasFailure := slices.ContainsFunc(p.tests, func(t *test) bool { return t.result == "fail" })
	switch {
	case p.failedBuild != "":
		return "the tests do not build: " + sentence(firstLine(clean(s.buildOf(p.failedBuild).String())))
	case p.result == "":
		return "the event stream of " + filepath.Base(clean(p.name)) + " has no end: the run was killed, or its output was cut off"
	case reason != "":
		return reason
	case p.killed() != "":
		return "the run was killed (" + p.killed() + "): what it had not cleaned up is left, and checks that had not started are not listed"
	case p.result == "fail" && !hasFailure:
		return sentence(firstLine(withoutMusterLines(clean(p.output.String()))))
	}
	return ""
}

// wasKilled is what go says of a test binary that a signal ended.
var wasKilled = regexp.MustCompile(`(?m)^signal: \w.*$`)

// killed is go's word for the signal, "" if there was none. The events give it
// to a test that was at work, if there is one.
func (p *testPackage) killed() string {
	texts := []string{p.output.String()}
	for _, t := range p.tests {
		if t.result == "" {
			texts = append(texts, t.output.String())
		}
	}
	return sentence(wasKilled.FindString(strings.Join(texts, "\n")))
}

// firstLine skips what only names a package or a program.
func firstLine(output string) string {
	for line := range strings.SplitSeq(output, "\n") {
		line = strings.TrimPrefix(strings.TrimSpace(line), "muster: ")
		if line != "" && !strings.HasPrefix(line, "# ") {
			return line
		}
	}
	return "it ended without a reason"
}

var (
	timedOut     = regexp.MustCompile(`(?m)^panic: (test timed out after \S+)\n\trunning tests:\n((?:\t\t.*\n)+)`)
	runningTests = regexp.MustCompile(`(?m)^\t\t(\S+) \(`)
)

// judgeTimeout fails the tests that go test's own deadline caught at work. The
// events give them no result, and the panic's text to any test.
func (p *testPackage) judgeTimeout() {
	texts := []string{p.output.String()}
	for _, t := range p.tests {
		texts = append(texts, t.output.String())
	}
	for _, text := range texts {
		if !strings.Contains(text, "panic: test timed out") {
			continue
		}
		m := timedOut.FindStringSubmatch(text)
		if m == nil {
			continue
		}
		for _, running := range runningTests.FindAllStringSubmatch(m[2], -1) {
			if t := p.byName[running[1]]; t != nil && t.result == "" {
				t.result, t.hung = "fail", "still at work when the "+m[1]
			}
		}
	}
}

// addChecks turns the tests of the package into checks and their subtests, and
// returns them all.
func (r *Report) addChecks(p *testPackage) []*Check {
	var all []*Check
	top := map[string]*Check{}
	for _, t := range p.tests {
		c := t.check(p.name)
		all = append(all, c)
		root, _, isSubtest := strings.Cut(t.name, "/")
		if parent := top[root]; isSubtest && parent != nil {
			parent.Subtests = append(parent.Subtests, c)
			if parent.Outcome != OutcomeFail && (c.Outcome == OutcomeFail || c.Outcome == OutcomeError) {
				parent.Outcome, parent.Message = c.Outcome, c.Message
			}
			continue
		}
		top[root] = c
		r.Checks = append(r.Checks, c)
	}
	for i, t := range p.tests {
		if c := all[i]; c.Outcome == OutcomeFail && c.Message == "" {
			root, _, _ := strings.Cut(t.name, "/")
			c.Message = c.messageOfSubtests(top[root].Subtests)
		}
	}
	return all
}

func (t *test) check(pkg string) *Check {
	c := &Check{
		Name: clean(t.name), Package: clean(pkg), Seconds: round(t.seconds),
		Output: cleanOutput(withoutMusterLines(t.output.String())),
	}
	for _, a := range t.attrs {
		if c.Attributes == nil {
			c.Attributes = map[string]string{}
		}
		c.Attributes[clean(a.key)] = clean(a.value)
	}
	for _, path := range t.artifacts {
		c.Artifacts = append(c.Artifacts, clean(relative(path)))
	}
	c.Obligation, c.Runbook = c.Attributes["obligation"], c.Attributes["runbook"]
	c.judge(t)
	return c
}

func (c *Check) judge(t *test) {
	switch t.result {
	case "fail":
		c.Outcome, c.Message = OutcomeFail, t.hung
		if c.Message == "" {
			c.Message = failureMessage(c.Output)
		}
	case "skip":
		reason, blocked := skipReason(c.Output)
		c.Outcome, c.Message = OutcomeSkip, reason
		if blocked {
			c.Outcome = OutcomeBlocked
		}
	case "pass":
		c.Outcome = OutcomePass
		if advice, ok := c.Attributes["advice"]; ok {
			c.Outcome, c.Message = OutcomeAdvice, sentence(advice)
		}
	default:
		c.Outcome, c.Message = OutcomeError, "no result: the run ended before this did"
	}
}

// messageOfSubtests says what failed below a test that said nothing itself.
func (c *Check) messageOfSubtests(all []*Check) string {
	var failed []*Check
	for _, sub := range all {
		if sub.Outcome == OutcomeFail && strings.HasPrefix(sub.Name, c.Name+"/") {
			failed = append(failed, sub)
		}
	}
	switch len(failed) {
	case 0:
		return "failed without a message"
	case 1:
		return sentence(failed[0].Name + ": " + failed[0].Message)
	}
	return sentence(fmt.Sprintf("%s failed: %s", plural(len(failed), "subtest"), names(failed)))
}

// dropKnownAdvice keeps of the suite's own list what no check carries, as
// after a stream that lost events.
func (r *Report) dropKnownAdvice() {
	carried := map[string]bool{}
	for _, c := range r.With(OutcomeAdvice) {
		carried[c.Name] = true
	}
	r.Advice = slices.DeleteFunc(r.Advice, func(line string) bool {
		name, _, _ := strings.Cut(line, ":")
		return carried[name]
	})
}

// relative takes the machine's directories off the path of an artifact.
func relative(path string) string {
	if _, below, ok := strings.Cut(filepath.ToSlash(path), "/_artifacts/"); ok {
		return "_artifacts/" + below
	}
	return filepath.Base(path)
}

func names(checks []*Check) string {
	var all []string
	for i, c := range checks {
		if i == 10 {
			all = append(all, fmt.Sprintf("and %d more", len(checks)-i))
			break
		}
		all = append(all, c.Name)
	}
	return strings.Join(all, ", ")
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}

// round keeps numbers in reports short, and those that no clock gives out of
// them: JSON has no infinity.
func round(s float64) float64 { return math.Round(min(max(s, 0), math.MaxInt32)*1000) / 1000 }
