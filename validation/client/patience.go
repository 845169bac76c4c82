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
	// firstPause is the first of the pauses between the tries of one request, which
	// double up to longestPause. longestPause bounds what a Retry-After asks for, too.
	firstPause   = 500 * time.Millisecond
	longestPause = 15 * time.Second
	// doubtfulTries is how often a request is sent that gets 429 or 503 while it is
	// not known whether anything limits the client: 503 is also the answer of an
	// ingress whose application has no endpoint. limitedTries is how often it is
	// sent where something does.
	doubtfulTries = 4
	limitedTries  = 12
	// doubtfulPaths is how many paths may keep their 503 before it counts as the
	// state of the deployment, which no patience changes.
	doubtfulPaths = 4
	// slowest is the least rate to which the client slows down, a second, and
	// slowing is by what part it does each time.
	slowest = 1
	slowing = 0.7
)

// ErrLimited explains failures where something in front of the deployment goes
// on refusing this client.
var ErrLimited = errors.New("something in front of the deployment limits how often this client may ask")

// Patience slows the client down where something in front of the deployment
// limits it: an answer 429 or 503 that is not Gafaelfawr's says nothing of the
// deployment, and the request is sent again after a pause.
type Patience struct {
	mu    sync.Mutex
	limit *rate.Limiter // nil while there is no bound
	// sent are the times of the requests of the last second.
	sent   []time.Time
	slowed time.Time
	// refusals and recovered count, for each status, the answers that refused the
	// client and the requests that were answered otherwise after one. kept are those
	// of requests on connections that are shared.
	refusals, recovered map[int]int
	kept                int
	// stays are paths whose answer did not change with patience.
	stays map[string]bool
}

// newPatience begins with a rate a second; 0 is none.
func newPatience(perSecond float64) *Patience {
	p := &Patience{refusals: map[int]int{}, recovered: map[int]int{}, stays: map[string]bool{}}
	if perSecond > 0 {
		p.limit = rate.NewLimiter(rate.Limit(perSecond), max(1, int(perSecond)))
	}
	return p
}

// Limited reports whether requests were refused for their number: refused first,
// and answered when they were sent again. A 429 says so itself, even if no request
// comes through again.
func (p *Patience) Limited() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.limits(http.StatusTooManyRequests) || p.limits(http.StatusServiceUnavailable)
}

// limits reports whether answers of that status are a limit. The caller holds the
// lock.
func (p *Patience) limits(status int) bool {
	return p.recovered[status] > 0 || status == http.StatusTooManyRequests && p.refusals[status] >= doubtfulTries
}

// Kept reports whether requests on shared connections were refused, too, and not
// only those on connections of their own.
func (p *Patience) Kept() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.kept > 0
}

// String says how the client was limited, "" if it was not.
func (p *Patience) String() string {
	if !p.Limited() {
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

// pause waits, on nobody's account: what the context is given for its own work
// is not used up.
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

// refused files a refusal, and reports how long to wait before the request is
// sent again, and whether that makes sense.
func (p *Patience) refused(where string, status, tries int, after time.Duration, shared bool) (time.Duration, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refusals[status]++
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

// slowDown lowers the rate, once a second at most. The caller holds the lock.
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

// answered files an answer that is no refusal, after one with that status.
func (p *Patience) answered(where string, after int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.stays, where)
	if after != 0 {
		p.recovered[after]++
	}
}

// known reports whether something limits the client with that status.
func (p *Patience) known(status int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.recovered[status] > 0
}

// onWait and onRefusal are the keys of a context's functions that are called
// before each pause, and for each refusal.
type (
	onWait    struct{}
	onRefusal struct{}
)

// OnWait returns a context whose requests call f before each pause that they
// make for the deployment's sake.
func OnWait(ctx context.Context, f func(time.Duration)) context.Context {
	return context.WithValue(ctx, onWait{}, f)
}
