package runner

import (
	"errors"
	"sync/atomic"
	"time"
)

// storeTimeout bounds one operation on a file system.
const storeTimeout = 5 * time.Second

// storePatience is that, but in tests, which a busy machine may slow down.
var storePatience = storeTimeout

// guard bounds operations on a file system that may hang: whoever asks NFS whose
// server is gone waits for ever. While one operation hangs, it begins no other.
type guard struct{ busy atomic.Bool }

var errNoAnswer = errors.New("the file system does not answer")

// do runs the operation and returns its error. It returns errNoAnswer if the
// operation takes longer than limit, or if an earlier one still hangs. The
// operation goes on then, so the caller may not use what it sets.
func (g *guard) do(limit time.Duration, operation func() error) error {
	if !g.busy.CompareAndSwap(false, true) {
		return errNoAnswer
	}
	result := make(chan error, 1)
	go func() {
		err := operation()
		g.busy.Store(false)
		result <- err
	}()
	timeout := time.NewTimer(limit)
	defer timeout.Stop()
	select {
	case err := <-result:
		return err
	case <-timeout.C:
		return errNoAnswer
	}
}
