// Package files operates on files of an attacker or on a broken file system:
// with a deadline for operations that hang, and a bound for files that are
// read.
package files

import (
	"errors"
	"os"
	"sync/atomic"
	"time"
)

// Timeout bounds one operation on a file system.
const Timeout = 5 * time.Second

// Patience is Timeout, except in tests, which a busy machine may slow down.
var Patience = Timeout

// Guard bounds operations on a file system that may hang, such as NFS without
// its server. While one operation hangs, it begins no other.
type Guard struct{ busy atomic.Bool }

// ErrNoAnswer says that an operation was given up.
var ErrNoAnswer = errors.New("the file system does not answer")

// Do runs the operation and returns its error. It returns ErrNoAnswer if the
// operation takes longer than limit, or if an earlier one still hangs. The
// operation goes on then, so the caller may not use what it sets.
func (g *Guard) Do(limit time.Duration, operation func() error) error {
	if !g.busy.CompareAndSwap(false, true) {
		return ErrNoAnswer
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
		return ErrNoAnswer
	}
}

// ReadRegular reads a file. It refuses what is larger than limit, and links,
// devices and pipes, because a pipe never ends.
func ReadRegular(path string, limit int64) ([]byte, error) {
	info, err := os.Lstat(path)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, errors.New("it is not a regular file")
	case info.Size() > limit:
		return nil, errors.New("it is too large")
	}
	return os.ReadFile(path)
}
