package client

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	// firstPause is the first pause between two tries of one request. Pauses
	// double up to longestPause, which also bounds a Retry-After.
	firstPause   = 500 * time.Millisecond
	longestPause = 15 * time.Second
	// doubtfulTries is how often a request is sent that gets 429 or 503 while it
	// is unknown whether anything limits the client, because an ingress also
	// answers 503 if an application has no endpoint. limitedTries is how often it
	// is sent under a known limit.
	doubtfulTries = 4
	limitedTries  = 12
	// doubtfulPaths is how many paths may keep their 503 before 503 counts as the
	// state of the deployment, which no patience changes.
	doubtfulPaths = 4
	// limitedPaths is at how many paths a 429 shows a limit of the client: an application
	// answers 429, too, and Gafaelfawr's where its own headers are lost.
	limitedPaths = 2
	// slowest is the lowest rate of the client, in requests a second. slowing is
	// the factor of each reduction.
	slowest = 1
	slowing = 0.7
)

// ErrLimited explains failures after something in front of the deployment went
// on refusing this client.
var ErrLimited = errors.New("something in front of the deployment limits how often this client may ask")

// Patience slows the client down if something in front of the deployment limits
// it. A 429 or 503 that is not Gafaelfawr's says nothing about the deployment,
// so the request is sent again after a pause.
type Patience struct {
	mu    sync.Mutex
	limit *rate.Limiter // nil while there is no bound
	// sent has the times of the requests of the last second.
	sent   []time.Time
	slowed time.Time
	// refusals and recovered count, for each status, the answers that refused the
	// client and the requests that were answered differently after a refusal.
	// kept are the refusals on shared connections.
	refusals, recovered map[int]int
	kept                int
	// tooMany has the paths that got 429.
	tooMany map[string]bool
	// stays has the paths whose answer did not change with patience.
	stays map[string]bool
}

// newPatience starts at a rate in requests a second; 0 means no limit.
func newPatience(perSecond float64) *Patience {
	p := &Patience{refusals: map[int]int{}, recovered: map[int]int{}, stays: map[string]bool{}, tooMany: map[string]bool{}}
	if perSecond > 0 {
		p.limit = rate.NewLimiter(rate.Limit(perSecond), max(1, int(perSecond)))
	}
	return p
}

// limited reports whether requests were refused because of their number:
// refused first, and answered when they were sent again. A 429 at several paths shows
// that even if no request succeeds later.
func (p *Patience) limited() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.limits(http.StatusTooManyRequests) || p.limits(http.StatusServiceUnavailable)
}

// limits reports whether the status means a limit. The caller holds the lock.
func (p *Patience) limits(status int) bool {
	return p.recovered[status] > 0 ||
		status == http.StatusTooManyRequests && p.refusals[status] >= doubtfulTries && len(p.tooMany) >= limitedPaths
}

// Kept reports whether requests on shared connections were refused, too, not
// only those on connections of their own.
func (p *Patience) Kept() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.kept > 0
}

// String says how the client was limited, or "".
func (p *Patience) String() string {
	if !p.limited() {
		return ""
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	var parts []string
	for _, status := range []int{http.StatusTooManyRequests, http.StatusServiceUnavailable} {
		if p.limits(status) {
			parts = append(parts, fmt.Sprintf("%d answers %d", p.refusals[status], status))
		}
	}
	text := strings.Join(parts, " and ") + " that are not Gafaelfawr's; the requests were sent again, slower"
	if p.limit != nil {
		text += fmt.Sprintf(", at last %.3g a second: write rate: %.0f", p.limit.Limit(), max(1, float64(p.limit.Limit())))
	}
	return text
}

// wait waits until the next request may be sent.
func (p *Patience) wait(ctx context.Context) error {
	p.mu.Lock()
	now := time.Now()
	var delay time.Duration
	if p.limit != nil {
		delay = p.limit.ReserveN(now, 1).DelayFrom(now)
	}
	for len(p.sent) > 0 && now.Sub(p.sent[0]) > time.Second {
		p.sent = p.sent[1:]
	}
	p.sent = append(p.sent, now.Add(delay))
	p.mu.Unlock()
	return pause(ctx, delay)
}

// pause waits without using up the context's budget for its own work.
func pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	if waits, ok := ctx.Value(onWait{}).(func(time.Duration)); ok {
		waits(d)
	}
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(d):
		return nil
	}
}

// refused records a refusal. It returns how long to wait before the next try,
// and whether that makes sense.
func (p *Patience) refused(where string, status, tries int, after time.Duration, shared bool) (time.Duration, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refusals[status]++
	if status == http.StatusTooManyRequests {
		_, path, _ := strings.Cut(where, " ") // behind the method
		p.tooMany[path] = true
	}
	if shared {
		p.kept++
	}
	known := p.limits(status)
	most := doubtfulTries
	if known {
		most = limitedTries
		p.slowDown()
	}
	if p.stays[where] && !known || len(p.stays) >= doubtfulPaths && !known || tries >= most {
		p.stays[where] = true
		return 0, false
	}
	if after == 0 {
		after = min(firstPause<<min(tries-1, 10), longestPause/3)
	}
	if !known {
		after = min(after, longestPause/3)
	}
	return min(after, longestPause) + rand.N(firstPause), true //nolint:gosec // only spreads requests
}

// slowDown lowers the rate, at most once a second. The caller holds the lock.
func (p *Patience) slowDown() {
	now := time.Now()
	if now.Sub(p.slowed) < time.Second {
		return
	}
	p.slowed = now
	current := float64(max(len(p.sent), 2))
	if p.limit != nil {
		current = min(current, float64(p.limit.Limit()))
	}
	p.limit = rate.NewLimiter(rate.Limit(max(slowest, current*slowing)), 1)
	p.limit.ReserveN(now, 1)
}

// answered records an answer that is no refusal, after one with that status.
func (p *Patience) answered(where string, after int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.stays, where)
	if after != 0 {
		p.recovered[after]++
	}
}

// known reports whether something is known to limit the client with that
// status.
func (p *Patience) known(status int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.recovered[status] > 0
}

// onWait and onRefusal are context keys of functions for each pause and each
// refusal.
type (
	onWait    struct{}
	onRefusal struct{}
)

// whenWaiting returns a context whose requests call f before each pause that they
// make for the deployment's sake.
func whenWaiting(ctx context.Context, f func(time.Duration)) context.Context {
	return context.WithValue(ctx, onWait{}, f)
}
