// Package historytest makes runs for tests.
package historytest

import (
	"iter"
	"slices"
	"time"

	"github.com/lsst-sqre/muster/validation/runner/history"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// Noon is when the first run begins.
var Noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// Ended returns a run with the verdict, which took 20 seconds from some time
// after Noon.
func Ended(id, result string, after time.Duration, checks ...*verdict.Check) history.Run {
	counts := map[string]int{}
	for _, c := range checks {
		counts[c.Outcome]++
	}
	return history.Run{
		ID: id, Trigger: history.OnSchedule, Started: Noon.Add(after), Ended: Noon.Add(after + 20*time.Second),
		Report: &verdict.Run{Verdict: result, Seconds: 20, Counts: counts, Checks: checks},
	}
}

// Check returns a check with the outcome.
func Check(name, outcome string) *verdict.Check {
	return &verdict.Check{Name: name, Outcome: outcome, Seconds: 0.25}
}

// SecurityCheck returns a check whose failure lets callers in.
func SecurityCheck(outcome string) *verdict.Check {
	c := Check("TestOpen", outcome)
	c.Security = true
	return c
}

// Green returns a run that passed.
func Green(id string) history.Run { return Ended(id, verdict.Pass, 0, Check("TestA", "pass")) }

// Red returns a run in which these checks failed.
func Red(id string, checks ...string) history.Run {
	run := Ended(id, verdict.Fail, 0)
	for _, name := range checks {
		run.Report.Checks = append(run.Report.Checks, Check(name, "fail"))
		run.Report.Counts["fail"]++
	}
	return run
}

// Incomplete returns a run that found nothing.
func Incomplete(id string) history.Run { return Ended(id, verdict.Incomplete, 0) }

// Backward returns runs as a resumer gets them; here the oldest is first.
func Backward(runs ...history.Run) iter.Seq[history.Run] {
	return func(yield func(history.Run) bool) {
		for _, run := range slices.Backward(runs) {
			if !yield(run) {
				return
			}
		}
	}
}
