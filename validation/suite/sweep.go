package suite

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup" // bounds concurrency
	"golang.org/x/time/rate"     // bounds the rate

	"github.com/lsst-sqre/muster/validation/kubernetes"
)

// What a sweep does at most.
const (
	sweepConcurrent = 8
	// sweepRate is how many requests a second it makes where `rate` says nothing.
	sweepRate = 50
	// namespaceBudget bounds the addresses of one namespace, so that one tenant
	// cannot use up the time of all.
	namespaceBudget = 2000
	// sweepMargin is left of the check's time for what comes after the requests.
	sweepMargin = 5 * time.Second
	// askAgain lies between two requests for the same address.
	askAgain = time.Second
)

// Sweep asks for every address of the routes that are wanted, with these headers,
// at a bounded rate: under all names of their hosts, and next to open paths. What
// is not asked is not proven.
func (c *Check) Sweep(all []Route, wanted func(Route) bool, with Request) []SweepResult {
	c.require(c.run.preconditions.Front)
	var results []SweepResult
	for _, r := range all {
		if wanted(r) {
			results = append(results, c.addresses(all, r, with)...)
		}
		if r.Access == Guarded || r.Kind != "Ingress" {
			continue
		}
		for _, path := range r.Neighbours(all) {
			if owner, ok := kubernetes.Owner(all, r.Host, path); ok && wanted(owner) {
				results = append(results, c.to(owner, c.nameOf(all, r), path, with))
			}
		}
	}
	return c.askAll(c.inTurns(results))
}

// addresses are those of one route: all of its paths at its host, the first of
// them under the other names of the host.
func (c *Check) addresses(all []Route, r Route, with Request) []SweepResult {
	paths := r.Paths()
	if len(paths) == 0 {
		c.NotProven("a pattern of which no example can be made", r.String())
	}
	var results []SweepResult
	for i, path := range paths {
		if exception(all, r, path) {
			continue
		}
		results = append(results, c.to(r, c.nameOf(all, r), path, with))
		for _, alias := range r.Aliases {
			if i == 0 && !strings.Contains(alias, "*") {
				results = append(results, c.to(r, alias, path, with))
			}
		}
	}
	return results
}

// to is a request that is still to be made.
func (c *Check) to(r Route, host, path string, with Request) SweepResult {
	with.Host = host
	with.Target = Target{Path: (&url.URL{Path: path}).EscapedPath()}
	return SweepResult{Route: r, Address: path, Answer: c.Unsent(with), of: c}
}

// nameOf is a name under which a route is served: one below a wildcard, or one
// that no rule has where the route has no host.
func (c *Check) nameOf(all []Route, r Route) string {
	if parent, wild := strings.CutPrefix(r.Host, "*."); wild {
		return "muster-sweep." + parent
	}
	if r.Host != "" {
		return r.Host
	}
	own := c.run.Env.Host()
	if !slices.ContainsFunc(
		all,
		func(o Route) bool { return HostIn([]string{o.Host}, own) || slices.Contains(o.Aliases, own) },
	) {
		return own
	}
	return unnamed(all, own)
}

// unnamed is a name that no rule has: below the deployment's host or, where a
// wildcard takes that, below none.
func unnamed(all []Route, host string) string {
	name := "muster-sweep." + host
	if slices.ContainsFunc(all, func(o Route) bool { return HostIn([]string{o.Host}, name) }) {
		return "muster-sweep.invalid"
	}
	return name
}

// exception reports whether an exact path is declared for others than the
// prefix route that contains it.
func exception(all []Route, r Route, path string) bool {
	return r.PathType != "Exact" && slices.ContainsFunc(all, func(o Route) bool {
		return o.Host == r.Host && o.PathType == "Exact" && o.Path == path && o.Access != r.Access
	})
}

// inTurns orders results so that each namespace has its turn, and in each the
// first address of every Ingress comes before the second of any. What is above
// the budget of a namespace is left out.
func (c *Check) inTurns(results []SweepResult) []SweepResult {
	type turn struct {
		SweepResult
		rank int
	}
	ofIngress := map[string]int{}
	queues := map[string][]turn{}
	for _, v := range results {
		key := v.Kind + " " + v.ID()
		queues[v.Namespace()] = append(queues[v.Namespace()], turn{v, ofIngress[key]})
		ofIngress[key]++
	}
	longest := 0
	for namespace, queue := range queues {
		slices.SortStableFunc(queue, func(a, b turn) int { return cmp.Compare(a.rank, b.rank) })
		if left := len(queue) - namespaceBudget; left > 0 {
			c.NotProven("too many addresses in one namespace", fmt.Sprintf("%d of namespace %s", left, namespace))
			queue = queue[:namespaceBudget]
		}
		queues[namespace] = queue
		longest = max(longest, len(queue))
	}
	sorted := slices.Sorted(maps.Keys(queues))
	var all []SweepResult
	for i := range longest {
		for _, namespace := range sorted {
			if i < len(queues[namespace]) {
				all = append(all, queues[namespace][i].SweepResult)
			}
		}
	}
	return all
}

// askAll makes the requests and returns the results that were made in time.
func (c *Check) askAll(results []SweepResult) []SweepResult {
	ctx, cancel := c.ctx, context.CancelFunc(func() {})
	if end, bounded := ctx.Deadline(); bounded {
		ctx, cancel = context.WithDeadline(ctx, end.Add(-min(sweepMargin, time.Until(end)/4)))
	}
	defer cancel()
	limit := rate.NewLimiter(rate.Limit(cmp.Or(c.run.Env.Rate, sweepRate)), sweepConcurrent)
	var group errgroup.Group
	group.SetLimit(sweepConcurrent)
	made := make([]bool, len(results))
	for i := range results {
		group.Go(func() error {
			// The limiter gives up before a deadline that it would miss.
			if err := limit.Wait(ctx); err != nil {
				return err
			}
			results[i].Answer, made[i] = c.Send(results[i].Request), true
			return nil
		})
	}
	_ = group.Wait() // what was not made is counted
	return c.inTime(results, made)
}

// inTime are the results that were made. The others are not proven.
func (c *Check) inTime(results []SweepResult, made []bool) []SweepResult {
	var asked []SweepResult
	late := map[string]int{}
	for i, v := range results {
		if made[i] {
			asked = append(asked, v)
		} else {
			late[v.Namespace()]++
		}
	}
	why := "the time was over"
	if end, bounded := c.run.ctx.Deadline(); bounded {
		if own, _ := c.ctx.Deadline(); own.Equal(end) {
			why = fmt.Sprintf("-timeout leaves too little time for a sweep of %d paths", len(results))
		}
	}
	for _, namespace := range slices.Sorted(maps.Keys(late)) {
		c.NotProven(why, fmt.Sprintf("%d addresses of namespace %s", late[namespace], namespace))
	}
	return asked
}

// AskAgain repeats results that are not as they should be, of objects that are
// younger than -settle: the ingress controller may not have loaded them. It ends
// when all are well or old enough, so that a true fault stays one.
func (c *Check) AskAgain(results []SweepResult, well func(SweepResult) bool) {
	if c.run.Env.Local {
		return
	}
	until := time.Now().Add(c.run.options.Settle)
	for time.Now().Before(until) {
		again := false
		for i, v := range results {
			if well(v) || time.Since(v.Changed()) > c.run.options.Settle {
				continue
			}
			results[i].Answer = c.Send(v.Request)
			again = again || !well(results[i])
		}
		if !again {
			return
		}
		select {
		case <-c.ctx.Done():
			return
		case <-time.After(askAgain):
		}
	}
}
