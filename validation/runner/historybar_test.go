package runner

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/lsst-sqre/muster/validation/runner/history"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// A history bar shows the oldest run first, and counts no run that was stopped.
func TestHistoryBarOfACheck(t *testing.T) {
	t.Parallel()
	stored := func(outcome, stopped string) *history.Stored {
		s := &history.Stored{Outcomes: map[string]string{"TestA": outcome}}
		s.Stopped = stopped
		return s
	}
	bar := historyBarOf("TestA", []*history.Stored{
		stored(verdict.OutcomePass, ""), stored(verdict.OutcomeFail, ""), stored(verdict.OutcomeFail, "by a person"),
		stored(verdict.OutcomeSkip, ""), stored(verdict.OutcomeFail, ""),
	})
	assert.Equal(t, []string{"red", history.Colour(verdict.OutcomeSkip), "", "red", "green"}, bar.Marks)
	assert.Equal(t, "In the last 5 runs: passed 1 time, failed 2 times.", bar.Text)
}
