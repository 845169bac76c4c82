package verdict

import (
	"fmt"
	"math"
	"path/filepath"
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

// relative takes the machine's directories off the path of an artifact.
func relative(path string) string {
	if _, below, ok := strings.Cut(filepath.ToSlash(path), "/_artifacts/"); ok {
		return "_artifacts/" + below
	}
	return filepath.Base(path)
}

// round keeps numbers in reports short, and those that no clock gives out of
// them: JSON has no infinity.
func round(s float64) float64 { return math.Round(min(max(s, 0), math.MaxInt32)*1000) / 1000 }
