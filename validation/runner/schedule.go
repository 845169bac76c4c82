package runner

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/lsst-sqre/muster/validation/runner/history"
)

// jitter is a random duration of up to a tenth of the interval, so that runners
// that started together do not load their deployments together.
func jitter(interval time.Duration) time.Duration { return rand.N(interval/10 + 1) } //nolint:gosec // no secret

// firstWait is how long the first run waits, at most an interval: applications
// that are installed together with the runner need a while until they answer, and
// must not be announced as red.
const firstWait = 2 * time.Minute

// schedule starts a run after every interval until ctx ends. The next start counts
// from the last one.
func (r *Runner) schedule(ctx context.Context) {
	if r.cfg.Interval == 0 {
		return
	}
	wait := initialWait(r.cfg.Interval)
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
		wait = nextWait(r.cfg.Interval)
	}
}

// initialWait is the time from the start of the runner to its first run.
func initialWait(interval time.Duration) time.Duration {
	return min(interval, firstWait+jitter(firstWait))
}

// nextWait is the time from one scheduled start to the next.
func nextWait(interval time.Duration) time.Duration { return interval + jitter(interval) }

// beginScheduled starts a run. A whole run in progress replaces it; it waits for
// one of picked checks.
func (r *Runner) beginScheduled(ctx context.Context) {
	for {
		a, joined, err := r.begin(runRequest{trigger: history.OnSchedule, detached: true})
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
			r.log.Info("scheduled run skipped", "cause", err)
			return
		case joined:
			r.log.Info("scheduled run skipped", "cause", &busyError{run: a})
		}
		r.leave(a)
		return
	}
}
