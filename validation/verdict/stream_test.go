package verdict

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// read gives the events of one test to a stream and returns the only check.
func read(t *testing.T, events ...event) *Check {
	t.Helper()
	var lines bytes.Buffer
	for _, e := range events {
		e.Package, e.Test = "p", "TestA"
		require.NoError(t, json.NewEncoder(&lines).Encode(e))
	}
	s, err := Read(&lines, nil)
	require.NoError(t, err)
	checks := s.Run(nil).Checks
	require.Len(t, checks, 1)
	return checks[0]
}

func output(text string) event { return event{Action: "output", Output: text} }

// The output of a check is what it wrote. The lines of go test are left out,
// even a long one that comes in several events, and lines that only look similar
// stay.
func TestOutputIsWithoutFraming(t *testing.T) {
	t.Parallel()
	c := read(t, event{Action: "run"}, output("=== RUN   TestA\n"), output("=== PAUSE TestA\n"),
		output("=== CONT  TestA\n"), output("=== NAME  TestA\n"), output("=== ATTR  TestA key value\n"),
		output("=== ARTIFACTS TestA "), output("/tmp/a\n"), output("own\n"), output("the log says --- PASS: x\n"),
		output("  --- FAIL: indented\n"), output("=== RUNNING\n"), output("--- BENCH: TestA\n"),
		output("--- SKIP: TestA (0.00s)\n"), output("--- PASS: TestA (0.00s)\n"), output("no line end"),
		output("--- FAIL: TestA (0.00s)\n"), output("=\n"), event{Action: "fail"})
	assert.Equal(t, "own\nthe log says --- PASS: x\n  --- FAIL: indented\n=== RUNNING\nno line end\n=", c.Output)
}

// A check that ran several times, as with -count=2, has the worst of its
// results and all of its time.
func TestResultsOfACheckAreJoined(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ first, then, outcome string }{
		{"pass", "fail", OutcomeFail}, {"fail", "pass", OutcomeFail}, {"pass", "pass", OutcomePass},
		{"skip", "pass", OutcomePass}, {"pass", "skip", OutcomePass}, {"skip", "fail", OutcomeFail},
	} {
		check := read(t, event{Action: "run"}, event{Action: c.first, Elapsed: 1.5},
			event{Action: "run"}, event{Action: c.then, Elapsed: 2})
		assert.Equal(t, c.outcome, check.Outcome, "%s, then %s", c.first, c.then)
		assert.InDelta(t, 3.5, check.Seconds, 0)
	}
}
