// Package filestest makes file systems hang for tests.
package filestest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/validation/runner/files"
)

// Hang lets an operation of the guard hang until answer is called.
func Hang(t *testing.T, g *files.Guard) (answer func()) {
	t.Helper()
	back := make(chan struct{})
	require.ErrorIs(t, g.Do(0, func() error { <-back; return nil }), files.ErrNoAnswer)
	return func() {
		close(back)
		answers := func() bool { return g.Do(time.Minute, func() error { return nil }) == nil }
		require.Eventually(t, answers, time.Minute, time.Millisecond)
	}
}
