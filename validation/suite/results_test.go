package suite

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/lsst-sqre/muster/validation/verdict"
)

// A run whose checks hang says so even if other checks did not begin.
func TestStuckRunSaysSo(t *testing.T) {
	t.Parallel()
	r := newResults()
	r.started = 2
	all := &verdict.Run{
		Checks: []*verdict.Check{{Name: "TestLate", Outcome: verdict.OutcomeBlocked, Message: "interrupted"}},
	}
	assert.Equal(t, "interrupted", r.incomplete(all))
	r.abortStuck("interrupted")
	assert.Equal(t, "interrupted, and checks did not end", r.incomplete(all))
}
