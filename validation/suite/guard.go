package suite

import (
	"context"
	"flag"
	"os"
	"sync"
	"time"

	"github.com/lsst-sqre/muster/validation/client"
)

// endMargin is how long before go test's own deadline the run is stopped, so
// that tokens can still be revoked.
func endMargin(timeout time.Duration) time.Duration { return min(20*time.Second, timeout/3) }

// grace is how long checks may take to end once the run is stopped.
const grace = 5 * time.Second

// killed is when package testing, or go test, would end the process without any
// clean-up, while checks run.
func (r *run) killed() (time.Time, bool) {
	timeout, ok := flag.Lookup("test.timeout").Value.(flag.Getter).Get().(time.Duration)
	if !ok || timeout == 0 {
		return time.Time{}, false
	}
	end := r.started.Add(timeout)
	if r.stuck.Load() {
		return end.Add(-endMargin(timeout) / 4), true
	}
	return end.Add(45 * time.Second), true // package testing lets go after the last check, go test a minute later
}

// guard revokes the tokens also where checks go on though the run was stopped,
// and ends the process: neither an interrupt nor -timeout waits for what hangs.
func (r *run) guard(started time.Time) (stop func()) {
	r.started = started
	over := make(chan struct{})
	wait := grace
	if end, ok := flag.Lookup("test.timeout").Value.(flag.Getter).Get().(time.Duration); ok && end > 0 {
		wait = min(wait, endMargin(end)/4)
	}
	go func() {
		select {
		case <-over:
			return
		case <-r.ctx.Done():
		}
		select {
		case <-over:
			return
		case <-time.After(wait):
		}
		r.stuck.Store(true)
		r.tokens.revokeAll(r.ctx)
		select {
		case <-over:
			return
		case <-time.After(wait):
		}
		r.results.abort(whyEnded(r.ctx).Error() + ", and checks did not end")
		r.exit(r.end(true, time.Since(started)))
	}()
	return sync.OnceFunc(func() { close(over) })
}

// exit ends the process where package testing cannot.
func (r *run) exit(code int) {
	if r.closeLocal != nil {
		r.closeLocal()
	}
	os.Exit(code)
}

// budget is a context that ends after a time for work of its own: what its
// requests wait for the deployment's sake is added.
type budget struct {
	mu    sync.Mutex
	end   time.Time
	timer *time.Timer
}

func (b *budget) extend(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.timer.Stop() {
		b.end = b.end.Add(d)
		b.timer.Reset(time.Until(b.end))
	}
}

// budgeted is a context with a budget.
type budgeted struct {
	context.Context
	budget *budget
}

// Deadline is as far as it is known now.
func (b budgeted) Deadline() (time.Time, bool) {
	b.budget.mu.Lock()
	defer b.budget.mu.Unlock()
	if end, bounded := b.Context.Deadline(); bounded && end.Before(b.budget.end) {
		return end, true
	}
	return b.budget.end, true
}

// withBudget is context.WithTimeoutCause with a budget.
func withBudget(parent context.Context, d time.Duration, cause error) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(parent)
	b := &budget{end: time.Now().Add(d)}
	b.mu.Lock()
	b.timer = time.AfterFunc(d, func() { cancel(cause) })
	b.mu.Unlock()
	return budgeted{client.OnWait(ctx, b.extend), b}, func() {
		b.timer.Stop()
		cancel(context.Canceled)
	}
}
