// Package sweep requests every address that the Ingresses of a cluster serve.
package sweep

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

	"github.com/lsst-sqre/muster/validation/answers"
	"github.com/lsst-sqre/muster/validation/client"
	"github.com/lsst-sqre/muster/validation/cluster"
	"github.com/lsst-sqre/muster/validation/environment"
	"github.com/lsst-sqre/muster/validation/findings"
	"github.com/lsst-sqre/muster/validation/kubernetes/ingressnginx"
)

// Bounds of a sweep.
const (
	sweepConcurrent = 8
	// sweepRate is the number of requests a second if `rate` is not set.
	sweepRate = 50
	// namespaceBudget bounds the addresses of one namespace, so that one tenant
	// cannot use up the time of all.
	namespaceBudget = 2000
	// sweepMargin is the part of the check's time that is left after the
	// requests.
	sweepMargin = 5 * time.Second
	// recheckPause is the pause between two requests for the same address.
	recheckPause = time.Second
)

// Options configure a Sweeper.
type Options struct {
	Recorder    *findings.Recorder
	Sender      *answers.Sender
	Cluster     *cluster.Cluster
	Environment *environment.Environment
	// Context is the check's context, Run that of all checks.
	Context, Run context.Context
	// Ready ends the check if the deployment cannot be reached.
	Ready func()
	// Suffix makes unused addresses unique.
	Suffix func() string
}

// Sweeper requests the addresses of one check.
type Sweeper struct {
	*findings.Recorder
	sender   *answers.Sender
	cluster  *cluster.Cluster
	env      *environment.Environment
	ctx, run context.Context
	ready    func()
	suffix   func() string
}

// New returns the sweeper of one check.
func New(o Options) *Sweeper {
	return &Sweeper{Recorder: o.Recorder, sender: o.Sender, cluster: o.Cluster, env: o.Environment,
		ctx: o.Context, run: o.Run, ready: o.Ready, suffix: o.Suffix}
}

// Sweep requests every address of the wanted routes, with these headers and at
// a bounded rate. It uses all names of their hosts, and addresses next to open
// paths. Addresses that it did not request are not proven.
func (s *Sweeper) Sweep(all []ingressnginx.Route, wanted func(ingressnginx.Route) bool, with client.Request) []Result {
	s.ready()
	var results []Result
	for _, r := range all {
		if wanted(r) {
			results = append(results, s.addresses(all, r, with)...)
		}
		if r.Access == ingressnginx.Guarded || r.Kind != "Ingress" {
			continue
		}
		for _, path := range r.Neighbours(all) {
			if owner, ok := ingressnginx.Owner(all, r.Host, path); ok && wanted(owner) {
				results = append(results, s.to(owner, s.nameOf(all, r), path, with))
			}
		}
	}
	return s.sendAll(s.interleave(results))
}

// addresses returns the addresses of one route: all of its paths at its host,
// and its first path under the other names of the host.
func (s *Sweeper) addresses(all []ingressnginx.Route, r ingressnginx.Route, with client.Request) []Result {
	paths := r.Paths()
	if len(paths) == 0 {
		s.NotProven("a pattern of which no example can be made", r.String())
	}
	var results []Result
	for i, path := range paths {
		if exception(all, r, path) {
			continue
		}
		results = append(results, s.to(r, s.nameOf(all, r), path, with))
		for _, alias := range r.Aliases {
			if i == 0 && !strings.Contains(alias, "*") {
				results = append(results, s.to(r, alias, path, with))
			}
		}
	}
	return results
}

// to returns a request that has not been sent.
func (s *Sweeper) to(r ingressnginx.Route, host, path string, with client.Request) Result {
	with.Host = host
	with.Target = environment.Target{Path: (&url.URL{Path: path}).EscapedPath()}
	return Result{Route: r, Address: path, Answer: s.sender.Unsent(with), of: s}
}

// nameOf returns a name under which a route is served: one below a wildcard, or
// an unused name if the route has no host.
func (s *Sweeper) nameOf(all []ingressnginx.Route, r ingressnginx.Route) string {
	if parent, wild := strings.CutPrefix(r.Host, "*."); wild {
		return "muster-sweep." + parent
	}
	if r.Host != "" {
		return r.Host
	}
	own := s.env.Host()
	if !slices.ContainsFunc(
		all,
		func(o ingressnginx.Route) bool {
			return ingressnginx.HostIn([]string{o.Host}, own) || slices.Contains(o.Aliases, own)
		},
	) {
		return own
	}
	return unnamed(all, own)
}

// unnamed returns a name that no rule has. It is below the deployment's host,
// unless a wildcard takes that.
func unnamed(all []ingressnginx.Route, host string) string {
	name := "muster-sweep." + host
	if slices.ContainsFunc(all, func(o ingressnginx.Route) bool { return ingressnginx.HostIn([]string{o.Host}, name) }) {
		return "muster-sweep.invalid"
	}
	return name
}

// exception reports whether an exact path is open to other callers than the
// prefix route that contains it.
func exception(all []ingressnginx.Route, r ingressnginx.Route, path string) bool {
	return r.PathType != "Exact" && slices.ContainsFunc(all, func(o ingressnginx.Route) bool {
		return o.Host == r.Host && o.PathType == "Exact" && o.Path == path && o.Access != r.Access
	})
}

// interleave orders results so that namespaces take turns, and so that the first
// address of every Ingress comes before the second of any. It leaves out what
// exceeds the budget of a namespace.
func (s *Sweeper) interleave(results []Result) []Result {
	type turn struct {
		Result
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
			s.NotProven("too many addresses in one namespace", fmt.Sprintf("%d of namespace %s", left, namespace))
			queue = queue[:namespaceBudget]
		}
		queues[namespace] = queue
		longest = max(longest, len(queue))
	}
	sorted := slices.Sorted(maps.Keys(queues))
	var all []Result
	for i := range longest {
		for _, namespace := range sorted {
			if i < len(queues[namespace]) {
				all = append(all, queues[namespace][i].Result)
			}
		}
	}
	return all
}

// sendAll sends the requests and returns the results that were in time.
func (s *Sweeper) sendAll(results []Result) []Result {
	ctx, cancel := s.ctx, context.CancelFunc(func() {})
	if end, bounded := ctx.Deadline(); bounded {
		ctx, cancel = context.WithDeadline(ctx, end.Add(-min(sweepMargin, time.Until(end)/4)))
	}
	defer cancel()
	limit := rate.NewLimiter(rate.Limit(cmp.Or(s.env.Rate, sweepRate)), sweepConcurrent)
	var group errgroup.Group
	group.SetLimit(sweepConcurrent)
	made := make([]bool, len(results))
	for i := range results {
		group.Go(func() error {
			// The limiter gives up before a deadline that it would miss.
			if err := limit.Wait(ctx); err != nil {
				return err
			}
			results[i].Answer, made[i] = s.sender.Send(results[i].Request), true
			return nil
		})
	}
	_ = group.Wait() // requests that were not sent are counted
	return s.inTime(results, made)
}

// inTime returns the results of requests that were sent. The others are not
// proven.
func (s *Sweeper) inTime(results []Result, made []bool) []Result {
	var asked []Result
	late := map[string]int{}
	for i, v := range results {
		if made[i] {
			asked = append(asked, v)
		} else {
			late[v.Namespace()]++
		}
	}
	why := "the time was over"
	if end, bounded := s.run.Deadline(); bounded {
		if own, _ := s.ctx.Deadline(); own.Equal(end) {
			why = fmt.Sprintf("-timeout leaves too little time for a sweep of %d paths", len(results))
		}
	}
	for _, namespace := range slices.Sorted(maps.Keys(late)) {
		s.NotProven(why, fmt.Sprintf("%d addresses of namespace %s", late[namespace], namespace))
	}
	return asked
}

// Recheck repeats results that are wrong if their objects are younger than
// -settle, because the ingress controller may not have loaded them. It ends
// when all are right or their objects are old enough, so that a true fault
// stays one.
func (s *Sweeper) Recheck(results []Result, well func(Result) bool) {
	if s.env.Local {
		return
	}
	until := time.Now().Add(s.cluster.Settling())
	for time.Now().Before(until) {
		again := false
		for i, v := range results {
			if well(v) || time.Since(v.Changed()) > s.cluster.Settling() {
				continue
			}
			results[i].Answer = s.sender.Send(v.Request)
			again = again || !well(results[i])
		}
		if !again {
			return
		}
		select {
		case <-s.ctx.Done():
			return
		case <-time.After(recheckPause):
		}
	}
}
