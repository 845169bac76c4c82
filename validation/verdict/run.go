// Package verdict is the model of a run of the validation: findings, checks,
// diagnoses, and the verdict of the whole. The suite builds a Run and writes it
// among go test's events; a Stream reads it back from there. Reports are written
// from it, and the runner keeps it.
//
// Where to look:
//
//	codes.go, finding.go   one finding: its code with arguments
//	diagnosis.go           one cause that explains findings
//	run.go, explained.go   the checks and the run; what its causes explain
//	judge.go               the verdict rule and the exit codes
//	compare.go             what changed from one run to a later one
//	saved.go, version.go   report.json: reading it, its schema, the suite's release
//	protocol.go            how all that travels among go test's events
//	stream.go, watch.go    reading the events
//	summarize.go           a run from what was read
//	checks.go, text.go     what go test's own events say of any test
//	packageerrors.go       why the test binary as a whole failed
//	transcript.go          how much of what tests print is kept
package verdict

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lsst-sqre/muster/validation/message"
)

// SchemaVersion is the version of report.json, which report.schema.json
// describes. It increases when a member changes its meaning or is removed.
const SchemaVersion = 2

// Outcomes of a check.
const (
	OutcomePass = "pass"
	OutcomeFail = "fail"
	// OutcomeAdvice: the check passed and found a known weakness of Gafaelfawr.
	OutcomeAdvice = "advice"
	OutcomeSkip   = "skip"
	// OutcomeBlocked: the check should have run and could not.
	OutcomeBlocked = "blocked"
	// OutcomeError: the check did not end.
	OutcomeError = "error"
)

// FactBesides is the fact that somebody set something at the ingress besides Phalanx.
const FactBesides = "besides"

// Run is the result of a run of the suite, in the form of report.json.
type Run struct {
	Schema  int    `json:"schema"`
	Verdict string `json:"verdict"`
	// Problems say why a run is incomplete and what failed outside of checks.
	Problems []string `json:"problems"`
	// Diagnoses are the causes of failures, the most important first.
	Diagnoses   []Diagnosis `json:"diagnoses"`
	Environment string      `json:"environment,omitempty"`
	// URL is the base URL of the deployment. Local says that the run started it.
	URL   string `json:"url,omitempty"`
	Local bool   `json:"local,omitempty"`
	// Command starts the suite, where that is not go test.
	Command string `json:"-"`
	// Version is the release of the suite, or empty for a checkout.
	Version string `json:"version,omitempty"`
	// Arguments are the given flags that affect the findings, quoted for a shell,
	// including -env if it was given.
	Arguments string `json:"arguments,omitempty"`
	// Requests is the number of requests, or -1 if the run did not report it.
	Requests int `json:"requests"`
	// Facts are further facts about the deployment, such as its versions.
	Facts   map[string]string `json:"facts"`
	Started time.Time         `json:"started,omitzero"`
	Seconds float64           `json:"seconds"`
	// Counts is the number of checks by outcome.
	Counts map[string]int `json:"counts"`
	// Checks are the top-level tests in the order in which they started.
	Checks []*Check `json:"checks"`
	// Output is what was printed outside of checks.
	Output string `json:"output,omitempty"`

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
	// Error is what failed outside of all tests; Output was printed there.
	Error, Output string
}

// Check is one test function or subtest.
type Check struct {
	Name    string `json:"name"`
	Package string `json:"package"`
	// Area is the file of the check, such as challenge or edge.
	Area    string  `json:"area,omitempty"`
	Outcome string  `json:"outcome"`
	Seconds float64 `json:"seconds"`
	// Obligation states what the check verifies, Cause the probable cause of a
	// failure. Runbook is its section there.
	Obligation string `json:"obligation,omitempty"`
	Cause      string `json:"cause,omitempty"`
	Runbook    string `json:"runbook,omitempty"`
	// Security says that a caller got in, or something got out, and must not.
	Security bool `json:"security,omitempty"`
	// Advice names the versions of Gafaelfawr that do not meet the obligation.
	Advice string `json:"advice,omitempty"`
	// Message is one line: the first finding, or the reason of a skip.
	Message string `json:"message,omitempty"`
	// Remedy says what would make a skipped check run.
	Remedy string `json:"remedy,omitempty"`
	// Findings are in the order in which they were found.
	Findings []Finding `json:"findings,omitempty"`
	// Remarks are for a reader, whatever the outcome.
	Remarks []string `json:"remarks,omitempty"`
	// Evidence is the file with what Kubernetes knows, or says why there is none.
	Evidence string `json:"evidence,omitempty"`
	// Attributes belong to tests that are no checks of the suite.
	Attributes map[string]string `json:"attributes,omitempty"`
	// Artifacts are files that the check left, relative to go test's directory
	// for them.
	Artifacts []string `json:"artifacts,omitempty"`
	Output    string   `json:"output,omitempty"`
	// Subtests are all subtests, at any depth.
	Subtests []*Check `json:"subtests,omitempty"`
}

// Found returns the first finding, without the obligation.
func (c *Check) Found() string {
	if len(c.Findings) > 0 {
		return sentence(c.Findings[0].Actual)
	}
	return c.Message
}

// found returns the message of a failed check of the suite.
func (c *Check) found() string {
	return sentence(c.Obligation + " Actual: " + c.Findings[0].Actual)
}

// Title returns the verdict with the numbers in one line.
func (r *Run) Title() string {
	text := strings.ToUpper(r.Verdict)
	if target := r.Target(); target != "" {
		text += " of " + target
	}
	return text + fmt.Sprintf(": %s in %s", r.CountsText(), Duration(r.Seconds))
}

// Headline returns the title with the cause: a diagnosis if there is one, else
// what made the run incomplete, else the first failure.
func (r *Run) Headline() string {
	text := r.Title()
	if explained := r.Explained(); len(explained) > 0 {
		return text + "; " + explained[0]
	}
	if failed := r.Failures(); len(failed) > 0 {
		text += "; " + failed[0].Name + ": " + failed[0].Message
	}
	return text
}

// Explained returns the causes and problems for people.
func (r *Run) Explained() []string {
	var all []string
	for _, d := range r.Diagnoses {
		all = append(all, d.String())
	}
	return append(all, r.Problems...)
}

// CountsText returns all numbers that are not zero, the interesting ones first.
func (r *Run) CountsText() string {
	var parts []string
	for _, o := range []struct{ outcome, word string }{
		{OutcomeFail, "failed"}, {OutcomeError, "without result"}, {OutcomeBlocked, "not run"},
		{OutcomeAdvice, ""}, {OutcomeSkip, "skipped"}, {OutcomePass, "passed"},
	} {
		switch n := r.Counts[o.outcome]; {
		case n > 0 && o.word == "":
			parts = append(parts, Count(n, "known weakness"))
		case n > 0 || o.outcome == OutcomePass:
			parts = append(parts, fmt.Sprintf("%d %s", n, o.word))
		}
	}
	return strings.Join(parts, ", ")
}

// With returns the checks with the outcomes, by outcome.
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

// Failures returns all checks that a reader must see: holes first, then those
// that support causes, then the rest by name.
func (r *Run) Failures() []*Check {
	failed := r.With(OutcomeFail, OutcomeError)
	slices.SortStableFunc(failed, func(a, b *Check) int {
		return cmp.Or(-compareBool(a.Security, b.Security), r.cited(a)-r.cited(b), strings.Compare(a.Name, b.Name))
	})
	return failed
}

// cited returns the rank of the check among those that support causes.
func (r *Run) cited(c *Check) int {
	at := 0
	for _, d := range r.Diagnoses {
		for _, e := range d.Seen {
			if e.Check == c.Name {
				return at
			}
			at++
		}
	}
	return at
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// Rerun returns the command that runs the check alone, with the flags of this
// run. Go does not cache a run with a flag of the suite, such as -env.
func (r *Run) Rerun(c *Check) string {
	name, _, _ := strings.Cut(c.Name, "/")
	pattern := message.Quote("^" + name + "$")
	switch {
	case r.Command != "":
		return fmt.Sprintf("%s %s -run %s", message.Quote(r.Command), r.Arguments, pattern)
	case r.Arguments != "":
		return fmt.Sprintf("go test ./validation %s -run %s", r.Arguments, pattern)
	case r.Environment != "":
		return fmt.Sprintf("go test ./validation %s -run %s", message.Quote("-env="+r.Environment), pattern)
	}
	return fmt.Sprintf("go test %s -run %s -count=1", message.Quote(c.Package), pattern)
}

// RerunFailed returns what runs again all checks that failed.
func (r *Run) RerunFailed() string {
	if r.Command != "" {
		return fmt.Sprintf("%s %s -run=failed", message.Quote(r.Command), r.Arguments)
	}
	return "make validate RUN=failed, with the same ENV and ARGS"
}

// ExplainCommand returns the command that prints the runbook's section about the
// check.
func (r *Run) ExplainCommand(c *Check) string {
	if r.Command != "" {
		return message.Quote(r.Command) + " -explain=" + message.Quote(c.Name)
	}
	return "go test ./validation -v -explain=" + message.Quote(c.Name)
}

// Group has the checks that were skipped for the same reason.
type Group struct {
	Reason string
	Checks []*Check
}

// Grouped groups the checks of one outcome by message, in order of appearance,
// because many checks are often skipped for one reason.
func (r *Run) Grouped(outcome string) []Group {
	return group(r.With(outcome), func(c *Check) string { return c.Message })
}

func group(checks []*Check, reason func(*Check) string) []Group {
	var groups []Group
	at := map[string]int{}
	for _, c := range checks {
		why := reason(c)
		i, known := at[why]
		if !known {
			i = len(groups)
			at[why] = i
			groups = append(groups, Group{Reason: why})
		}
		groups[i].Checks = append(groups[i].Checks, c)
	}
	return groups
}

// Duration formats a number of seconds for people.
func Duration(s float64) string {
	switch {
	case s < 1:
		return fmt.Sprintf("%.0f ms", s*1000)
	case s < 100:
		return fmt.Sprintf("%.1f s", s)
	}
	return fmt.Sprintf("%d min %02d s", int(s)/60, int(s)%60)
}

// Age formats a duration in one unit.
func Age(d time.Duration) string {
	switch {
	case d < time.Minute:
		return "less than a minute"
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h", int(d.Hours()))
	}
	return fmt.Sprintf("%d days", int(d.Hours()/24))
}
