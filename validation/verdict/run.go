// Package verdict says what a run of the validation found, from go test's
// events of it: the outcome of each check, the diagnoses, and the verdict of
// the whole. The reports are written from it, and the runner keeps it.
package verdict

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lsst-sqre/muster/validation/message"
)

// SchemaVersion is the version of report.json, described by
// report.schema.json. It grows when a member changes its meaning or goes.
const SchemaVersion = 1

// Verdicts of a run.
const (
	Pass = "pass"
	Fail = "fail"
	// Incomplete says that the run tells little of the deployment,
	// whatever passed or failed in it.
	Incomplete = "incomplete"
)

// Outcomes of a check.
const (
	OutcomePass = "pass"
	OutcomeFail = "fail"
	// OutcomeAdvice is a pass that found a weakness of Gafaelfawr itself.
	OutcomeAdvice = "advice"
	OutcomeSkip   = "skip"
	// OutcomeBlocked is a check that should have run and could not.
	OutcomeBlocked = "blocked"
	// OutcomeError is a check that did not end.
	OutcomeError = "error"
)

// Run is what a run of the suite found, as report.json has it.
type Run struct {
	Schema  int    `json:"schema"`
	Verdict string `json:"verdict"`
	// Problems are why a run is incomplete, and what failed outside of checks.
	Problems []string `json:"problems"`
	// Diagnoses are causes that explain what several checks found, the most
	// important first.
	Diagnoses   []string `json:"diagnoses"`
	Environment string   `json:"environment,omitempty"`
	// Arguments are the flags that the run was given and that matter to what it
	// finds, as a shell takes them; with -env, where it was given.
	Arguments string `json:"arguments,omitempty"`
	// Requests is how many the run made, or -1 if it did not say.
	Requests int `json:"requests"`
	// Facts are what else the run found out, such as deployed versions.
	Facts   map[string]string `json:"facts"`
	Started time.Time         `json:"started,omitzero"`
	Seconds float64           `json:"seconds"`
	// Counts are the numbers of checks by outcome.
	Counts map[string]int `json:"counts"`
	// Advice is what no check of this report carries.
	Advice []string `json:"advice"`
	// Checks are the top-level tests in the order in which they started.
	Checks []*Check `json:"checks"`
	// Output is what was printed outside of checks.
	Output string `json:"output,omitempty"`

	// listed are the failures in the order in which the suite lists them.
	listed []string
	// Suites are the test binaries that ran, for reports that keep them apart.
	Suites []*Suite `json:"-"`
}

// Suite is one test binary that ran.
type Suite struct {
	Name    string
	Started time.Time
	Seconds float64
	// Tests are all tests and subtests, in the order in which they started.
	Tests []*Check
	// Trouble is what failed outside of all tests, Output what was printed there.
	Trouble, Output string
}

// Check is one test function or subtest.
type Check struct {
	Name    string  `json:"name"`
	Package string  `json:"package"`
	Outcome string  `json:"outcome"`
	Seconds float64 `json:"seconds"`
	// Obligation and Runbook are attributes of the suite's checks.
	Obligation string `json:"obligation,omitempty"`
	Runbook    string `json:"runbook,omitempty"`
	// Message is one line: what was found, or the reason of a skip.
	Message    string            `json:"message,omitempty"`
	Attributes map[string]string `json:"attributes,omitempty"`
	// Artifacts are files that the check left, relative to the directory that
	// go test was given for them.
	Artifacts []string `json:"artifacts,omitempty"`
	Output    string   `json:"output,omitempty"`
	// Subtests are all below this one, however deep.
	Subtests []*Check `json:"subtests,omitempty"`
}

// Found is the message without the obligation in front of it, for where that
// is shown anyway.
func (c *Check) Found() string {
	return strings.TrimPrefix(c.Message, c.Obligation+" ")
}

// Remarks are what the check wants a reader to know, whatever its outcome.
func (c *Check) Remarks() []string {
	var all []string
	for line := range strings.SplitSeq(c.Output, "\n") {
		if remark, ok := strings.CutPrefix(line, "remark: "); ok {
			all = append(all, remark)
		}
	}
	return all
}

// Security tells of an obligation whose failure lets callers in who must not.
func (c *Check) Security() bool { return c.Attributes["severity"] == "security" }

// Title is the verdict with the numbers, in one line.
func (r *Run) Title() string {
	text := strings.ToUpper(r.Verdict)
	if r.Environment != "" {
		text += " of " + r.Environment
	}
	return text + fmt.Sprintf(": %s in %s", r.CountsText(), Duration(r.Seconds))
}

// Headline is the title with the cause: a diagnosis where there is one, else
// what kept the run from being complete, else the first failure.
func (r *Run) Headline() string {
	text := r.Title()
	if explained := slices.Concat(r.Diagnoses, r.Problems); len(explained) > 0 {
		return text + "; " + explained[0]
	}
	if failed := r.Failures(); len(failed) > 0 {
		text += "; " + failed[0].Name + ": " + failed[0].Message
	}
	return text
}

// CountsText has all numbers that are not zero, those of interest first.
func (r *Run) CountsText() string {
	var parts []string
	for _, o := range []struct{ outcome, word string }{
		{OutcomeFail, "failed"}, {OutcomeError, "without result"}, {OutcomeBlocked, "not run"},
		{OutcomeAdvice, "advice"}, {OutcomeSkip, "skipped"}, {OutcomePass, "passed"},
	} {
		if n := r.Counts[o.outcome]; n > 0 || o.outcome == OutcomePass {
			parts = append(parts, fmt.Sprintf("%d %s", n, o.word))
		}
	}
	return strings.Join(parts, ", ")
}

// With are the checks of the outcomes, by outcome.
func (r *Run) With(outcomes ...string) []*Check {
	var some []*Check
	for _, o := range outcomes {
		for _, c := range r.Checks {
			if c.Outcome == o {
				some = append(some, c)
			}
		}
	}
	return some
}

// Failures are all checks that a reader must see, those of security first, and
// otherwise in the order in which the suite itself lists them.
func (r *Run) Failures() []*Check {
	failed := r.With(OutcomeFail, OutcomeError)
	rank := func(c *Check) int {
		if at := slices.Index(r.listed, c.Name); at >= 0 {
			return at
		}
		return len(r.listed)
	}
	slices.SortStableFunc(failed, func(a, b *Check) int {
		switch {
		case a.Security() == b.Security():
			return rank(a) - rank(b)
		case a.Security():
			return -1
		}
		return 1
	})
	return failed
}

// Rerun is the command that runs the check alone, with the flags of this run.
func (r *Run) Rerun(c *Check) string {
	name, _, _ := strings.Cut(c.Name, "/")
	pattern := message.Quote("^" + name + "$")
	switch {
	case r.Arguments != "":
		return fmt.Sprintf("go test ./validation %s -run %s -count=1", r.Arguments, pattern)
	case r.Environment != "":
		return fmt.Sprintf("go test ./validation %s -run %s -count=1", message.Quote("-env="+r.Environment), pattern)
	}
	return fmt.Sprintf("go test %s -run %s -count=1", message.Quote(c.Package), pattern)
}

// Group is the checks that were skipped for the same reason.
type Group struct {
	Reason string
	Checks []*Check
}

// Grouped are the checks of one outcome by their message, in order of
// appearance: forty checks are often skipped for one reason.
func (r *Run) Grouped(outcome string) []Group {
	var groups []Group
	at := map[string]int{}
	for _, c := range r.With(outcome) {
		i, known := at[c.Message]
		if !known {
			i = len(groups)
			at[c.Message] = i
			groups = append(groups, Group{Reason: c.Message})
		}
		groups[i].Checks = append(groups[i].Checks, c)
	}
	return groups
}

// Duration is a number of seconds as people read it.
func Duration(s float64) string {
	switch {
	case s < 1:
		return fmt.Sprintf("%.0f ms", s*1000)
	case s < 100:
		return fmt.Sprintf("%.1f s", s)
	}
	return fmt.Sprintf("%d min %02d s", int(s)/60, int(s)%60)
}
