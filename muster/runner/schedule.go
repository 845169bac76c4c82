package runner

import (
	"context"
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
// counts from the last one; a run that is still under way then is not doubled.
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
		a, _, err := r.begin(asked{trigger: OnSchedule, alone: true, forGood: true})
		if err != nil {
			r.log.Info("a scheduled run is left out", "cause", err)
		} else {
			r.leave(a)
		}
		wait = r.cfg.Interval + jitter(r.cfg.Interval)
	}
}
