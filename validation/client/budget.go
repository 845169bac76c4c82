package client

import (
	"context"
	"sync"
	"time"
)

// budget is a deadline for a caller's own work. It moves by the time that
// requests wait for the deployment.
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

// Deadline returns the deadline as it is known now.
func (b budgeted) Deadline() (time.Time, bool) {
	b.budget.mu.Lock()
	defer b.budget.mu.Unlock()
	if end, bounded := b.Context.Deadline(); bounded && end.Before(b.budget.end) {
		return end, true
	}
	return b.budget.end, true
}

// WithBudget is context.WithTimeoutCause with a budget.
func WithBudget(parent context.Context, d time.Duration, cause error) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(parent)
	b := &budget{end: time.Now().Add(d)}
	b.mu.Lock()
	b.timer = time.AfterFunc(d, func() { cancel(cause) })
	b.mu.Unlock()
	return budgeted{whenWaiting(ctx, b.extend), b}, func() {
		b.timer.Stop()
		cancel(context.Canceled)
	}
}
