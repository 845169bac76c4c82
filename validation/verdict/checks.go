package verdict

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
)

// addChecks turns the tests of the package into checks and their subtests, and
// returns them all.
func (r *Run) addChecks(p *testPackage) []*Check {
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
		Output: cleanOutput(t.output.String()),
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
	c.take(t.wire.check)
	c.judge(t)
	return c
}

// take copies what the suite reported about the check.
func (c *Check) take(reported *Check) {
	if reported == nil {
		return
	}
	c.Outcome, c.Obligation, c.Cause, c.Runbook = reported.Outcome, reported.Obligation, reported.Cause, reported.Runbook
	c.Advice, c.Security, c.Message = reported.Advice, reported.Security, sentence(reported.Message)
	c.Area, c.Remedy = reported.Area, reported.Remedy
	c.Findings, c.Remarks, c.Evidence = reported.Findings, reported.Remarks, reported.Evidence
}

// judge uses go test's event for the result. The suite's report separates
// outcomes that are one result for go test.
func (c *Check) judge(t *test) {
	reported := c.Outcome
	switch t.result {
	case "fail":
		c.Outcome = OutcomeFail
		switch {
		case t.atTimeout != "":
			c.Message = t.atTimeout
		case len(c.Findings) > 0:
			c.Message = c.found()
		case c.Message == "":
			c.Message = failureMessage(c.Output)
		}
	case "skip":
		if c.Outcome = OutcomeSkip; reported == OutcomeBlocked {
			c.Outcome = OutcomeBlocked
		}
		if c.Message == "" {
			c.Message = skipReason(c.Output)
		}
	case "pass":
		if c.Outcome = OutcomePass; reported == OutcomeAdvice {
			c.Outcome = OutcomeAdvice
		}
	default:
		c.Outcome, c.Message = OutcomeError, "no result: the run ended before this did"
	}
}

// messageOfSubtests says what failed below a test that reported nothing itself.
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
	return sentence(fmt.Sprintf("%s failed: %s", Count(len(failed), "subtest"), names(failed)))
}

// relative removes the machine's directories from the path of an artifact.
func relative(path string) string {
	if _, below, ok := strings.Cut(filepath.ToSlash(path), "/_artifacts/"); ok {
		return "_artifacts/" + below
	}
	return filepath.Base(path)
}

// round keeps numbers in reports short. It bounds them, because JSON has no
// infinity.
func round(s float64) float64 { return math.Round(min(max(s, 0), math.MaxInt32)*1000) / 1000 }

// Besides is what the check printed besides its findings, which it prints as one
// text from the obligation to the name of the section of the runbook.
func (c *Check) Besides() string {
	if len(c.Findings) == 0 || c.Obligation == "" || c.Runbook == "" {
		return c.Output
	}
	lines := strings.SplitAfter(c.Output, "\n")
	first := slices.IndexFunc(lines, func(line string) bool { return strings.Contains(line, c.Obligation) })
	last := slices.IndexFunc(lines, func(line string) bool {
		return strings.HasSuffix(strings.TrimSpace(line), c.Runbook)
	})
	if first < 0 || last < first {
		return c.Output
	}
	return strings.TrimSpace(strings.Join(slices.Delete(lines, first, last+1), ""))
}
