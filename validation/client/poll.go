package client

import (
	"context"
	"errors"
	"time"
)

// Poll calls try until it succeeds or ctx ends, in the caller's goroutine and
// with pauses. Its error joins the last error and the reason why there was no
// further try.
func Poll(ctx context.Context, pause time.Duration, try func(context.Context) error) error {
	var last error
	for {
		if ctx.Err() != nil {
			return errors.Join(last, context.Cause(ctx))
		}
		if err := try(ctx); err == nil {
			return nil
		} else if ctx.Err() == nil || last == nil { // an interrupted try gives no new error
			last = err
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
}
