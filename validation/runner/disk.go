package runner

import (
	"errors"
	"sync/atomic"
	"time"
)

// disk asks a file system that may hang: NFS whose server is gone lets nobody go
// who waits for it. What hangs is not asked a second time.
type disk struct{ busy atomic.Bool }

var errNoAnswer = errors.New("the file system does not answer")

// ask carries out a question and returns its error, or errNoAnswer if that takes
// longer than limit, or one before still hangs.
func (d *disk) ask(limit time.Duration, question func() error) error {
	if !d.busy.CompareAndSwap(false, true) {
		return errNoAnswer
	}
	answer := make(chan error, 1)
	go func() {
		err := question()
		d.busy.Store(false)
		answer <- err
	}()
	select {
	case err := <-answer:
		return err
	case <-time.After(limit):
		return errNoAnswer
	}
}
