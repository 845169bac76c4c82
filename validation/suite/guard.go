package suite

import (
	"context"
	"flag"
	"os"
	"sync"
	"time"

	"github.com/lsst-sqre/muster/validation/client"
	"github.com/lsst-sqre/muster/validation/tokens"
)

// endMargin returns how long before go test's own deadline the run stops, so
// that tokens can still be revoked.
func endMargin(timeout time.Duration) time.Duration { return min(20*time.Second, timeout/3) }

// grace is how long checks may take to end after the run has been stopped.
const grace = 5 * time.Second

// testTimeout returns the value of -timeout; 0 is none.
func testTimeout() time.Duration {
	timeout, _ := flag.Lookup("test.timeout").Value.(flag.Getter).Get().(time.Duration) // the type of this flag
	return timeout
}

// graceWithin returns how long the guard waits for checks that were stopped.
// Two such waits and the revocation of the tokens fit into the end margin.
func graceWithin(timeout time.Duration) time.Duration {
	if timeout == 0 {
		return grace
	}
	return endMargin(timeout) / 4 // at most grace
}

// killed returns when package testing or go test would end the process without
// any clean-up while checks run.
func (r *run) killed(timeout time.Duration) (time.Time, bool) {
	if timeout == 0 {
		return time.Time{}, false
	}
	end := r.started.Add(timeout)
	if r.stuck.Load() {
		return end.Add(-endMargin(timeout) / 4), true
	}
	return end.Add(45 * time.Second), true // package testing stops after the last check, go test a minute later
}

// guard revokes the tokens and ends the process, even if checks go on after the
// run was stopped. Neither an interrupt nor -timeout waits for a check that
// hangs.
func (r *run) guard(started time.Time) (stop func()) {
	r.started = started
	over := make(chan struct{})
	wait := graceWithin(testTimeout())
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
		r.Tokens.RevokeAll(r.ctx)
		select {
		case <-over:
			return
		case <-time.After(wait):
		}
		r.results.abortStuck(client.WhyEnded(r.ctx).Error())
		r.exit(r.end(true, time.Since(started)))
	}()
	return sync.OnceFunc(func() { close(over) })
}

// exit ends the process if package testing cannot.
func (r *run) exit(code int) {
	if r.closeLocal != nil {
		r.closeLocal()
	}
	os.Exit(code)
}

// makeTokens gives the run its token factory.
func (r *run) makeTokens() {
	r.Tokens = tokens.New(tokens.Options{
		Context: r.ctx, Environment: r.Env, Client: r.Client, Kubernetes: r.Kube, Fact: r.results.fact,
		Ready:    func(ctx context.Context) error { return r.preconditions.Tokens.Verify(ctx) },
		Patience: r.options.Patience, Deadline: func() (time.Time, bool) { return r.killed(testTimeout()) },
		Waiting: func() {
			complain("muster: revoking tokens at " + r.Env.URL +
				" takes a while: requests are refused or lost, and tried again")
		},
	})
}

// endRound revokes the tokens after the last check has ended, because package
// testing may end the process afterwards, for example if it cannot write a
// profile.
func (r *run) endRound() {
	if r.rounds.end() && r.plan == nil {
		r.Tokens.RevokeAll(r.ctx)
	}
}
