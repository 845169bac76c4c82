package suite

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// A run that was stopped revokes its tokens before go test ends the process.
// The guard waits twice for checks that hang.
func TestGraceFitsIntoTheTimeout(t *testing.T) {
	t.Parallel()
	assert.Equal(t, grace, graceWithin(0), "nothing ends the process")
	assert.Equal(t, grace, graceWithin(time.Hour))
	for _, timeout := range []time.Duration{time.Second, 3 * time.Second, 30 * time.Second, time.Minute} {
		assert.LessOrEqual(t, graceWithin(timeout), endMargin(timeout)/4, timeout)
		assert.Positive(t, graceWithin(timeout))
	}
}

// Revocation has until go test kills the process: a minute after the last check
// has ended, but at once after -timeout while a check hangs.
func TestKilled(t *testing.T) {
	t.Parallel()
	r := &run{started: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	_, ever := r.killed(0)
	assert.False(t, ever)
	at, _ := r.killed(10 * time.Minute)
	assert.Equal(t, r.started.Add(10*time.Minute+45*time.Second), at)
	r.stuck.Store(true)
	at, ever = r.killed(10 * time.Minute)
	assert.True(t, ever)
	assert.Equal(t, r.started.Add(10*time.Minute-5*time.Second), at)
}
