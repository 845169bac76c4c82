package files

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestGuard(t *testing.T) {
	t.Parallel()
	var d Guard
	broken := errors.New("broken")
	assert.NoError(t, d.Do(time.Minute, func() error { return nil }))
	assert.ErrorIs(t, d.Do(time.Minute, func() error { return broken }), broken)
	back := make(chan struct{})
	assert.ErrorIs(t, d.Do(time.Millisecond, func() error { <-back; return nil }), ErrNoAnswer)
	assert.ErrorIs(t, d.Do(time.Minute, func() error { t.Error("it is asked again"); return nil }), ErrNoAnswer)
	close(back)
	require.Eventually(t, func() bool { return d.Do(time.Minute, func() error { return nil }) == nil },
		time.Minute, time.Millisecond, "it answers again")
}
