package runner

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"
)

// jitter is a random part of up to a tenth of the interval, so that runners
// that were started together do not ask their deployments together.
func jitter(interval time.Duration) time.Duration { return rand.N(interval/10 + 1) } //nolint:gosec // no secret

// firstWait is how long, at most an interval, the first run is waited for: what
// is installed together with the runner needs a while until it is served, and
// must not be told as red.
const firstWait = 2 * time.Minute

// schedule runs the validation every so often until ctx ends. The next start
// counts from the last one.
func (r *Runner) schedule(ctx context.Context) {
	if r.cfg.Interval == 0 {
		return
	}
	wait := min(r.cfg.Interval, firstWait+jitter(firstWait))
	for {
		r.mu.Lock()
		r.next = r.now().Add(wait)
		r.mu.Unlock()
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
		r.beginScheduled(ctx)
		wait = r.cfg.Interval + jitter(r.cfg.Interval)
	}
}

// beginScheduled starts a run. A whole one that is under way stands for it; one
// of picked checks is waited for.
func (r *Runner) beginScheduled(ctx context.Context) {
	for {
		a, joined, err := r.begin(asked{trigger: OnSchedule, forGood: true})
		if busy, ok := errors.AsType[*busyError](err); ok {
			select {
			case <-busy.run.ended:
				continue
			case <-ctx.Done():
				return
			}
		}
		switch {
		case err != nil:
			r.log.Info("a scheduled run is left out", "cause", err)
			return
		case joined:
			r.log.Info("a scheduled run is left out", "cause", &busyError{run: a})
		}
		r.leave(a)
		return
	}
}
