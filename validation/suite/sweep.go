package suite

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sync/errgroup" // bounds concurrency
	"golang.org/x/time/rate"     // bounds the rate

	"github.com/lsst-sqre/muster/muster"
	"github.com/lsst-sqre/muster/validation/client"
	"github.com/lsst-sqre/muster/validation/kubernetes"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// What a sweep may do to a deployment at most.
const (
	sweepRate       = 50 // requests a second
	sweepConcurrent = 8
)

// SweepResult is a request for an address of a route, and what came back.
type SweepResult struct {
	Route
	*Answer
}

// Sweep asks for every address of the routes at this deployment's host, with
// these headers, at a bounded rate. What is not asked is remarked.
func (c *Check) Sweep(all []Route, wanted func(Route) bool, with Request) []SweepResult {
	c.require(c.run.preconditions.trusted)
	var results []SweepResult
	elsewhere := map[string]bool{}
	for _, r := range all {
		if !wanted(r) {
			continue
		}
		if !c.AtHost(r) {
			if !elsewhere[r.Host] {
				c.Remark("not asked, another host: %s of %s", r.Host, r)
			}
			elsewhere[r.Host] = true
			continue
		}
		paths := r.Paths()
		if len(paths) == 0 {
			c.Remark("not asked, a pattern: %s", r)
		}
		for _, path := range paths {
			if !exception(all, r, path) {
				request := with
				request.Target = Target{Path: path}
				results = append(results, SweepResult{r, &Answer{Response: client.Response{Request: request}, check: c}})
			}
		}
	}
	c.askAll(results)
	return results
}

// exception reports whether an exact path is declared for others than the
// prefix route that contains it.
func exception(all []Route, r Route, path string) bool {
	return r.PathType != "Exact" && slices.ContainsFunc(all, func(o Route) bool {
		return o.Host == r.Host && o.PathType == "Exact" && o.Path == path && o.Access != r.Access
	})
}

func (c *Check) askAll(results []SweepResult) {
	limit := rate.NewLimiter(sweepRate, sweepConcurrent)
	var group errgroup.Group
	group.SetLimit(sweepConcurrent)
	for i := range results {
		group.Go(func() error {
			if err := limit.Wait(c.ctx); err != nil {
				return err
			}
			results[i].Answer = c.send(results[i].Request)
			return nil
		})
	}
	if err := group.Wait(); err == nil && c.ctx.Err() == nil {
		return
	}
	// The limiter gives up before a deadline that it would miss.
	if end, bounded := c.run.ctx.Deadline(); bounded {
		if own, _ := c.ctx.Deadline(); own.Equal(end) {
			c.Block(fmt.Sprintf("-timeout leaves too little time for a sweep of %d paths", len(results)))
		}
	}
	c.unable("the sweep to end in time", fmt.Sprintf("%d paths were too many", len(results)))
}

// Refused reports whether the caller was kept out without asking the
// application: 401, 403 or a redirect to the login.
func (v SweepResult) Refused() bool {
	if v.Err != nil || v.Header.Get(muster.InstanceHeader) != "" {
		return false
	}
	switch v.Code {
	case http.StatusUnauthorized, http.StatusForbidden:
		return true
	case http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect:
		location := v.Header.Get("Location")
		login := "https://" + v.check.run.env.Host() + "/login"
		return location == login || strings.HasPrefix(location, login+"?") || v.Signin != "" && strings.HasPrefix(location, v.Signin)
	}
	return false
}

// Missing reports whether the ingress itself answers that it has no such path.
func (v SweepResult) Missing() bool { return v.Code == http.StatusNotFound && v.ofNginx() }

// Unavailable reports whether the ingress itself answers that nobody is there.
func (v SweepResult) Unavailable() bool {
	return v.Code == http.StatusServiceUnavailable && v.ofNginx()
}

func (v SweepResult) ofNginx() bool { return kubernetes.IsErrorPage(v.Body) }

// Result is what came back, and why, as far as the objects tell.
func (v SweepResult) Result(all []Route) string {
	text := fmt.Sprintf("GET %s: ", v.Request.Target.Path)
	switch {
	case v.Err != nil:
		text += v.Err.Error()
	case v.Missing():
		text += "404 of ingress-nginx itself: it does not serve this path"
	case v.Unavailable():
		text += "503 of ingress-nginx itself, which did not ask for authentication"
	default:
		text += v.Excerpt()
		if broader, ok := v.Broader(all); v.NoAuthURL {
			text += "; the Ingress has no auth-url"
		} else if ok && v.Access == Guarded {
			text += fmt.Sprintf("; %s asks for no login and contains this path", broader)
		}
	}
	return text
}

// Broader is the closest of the other routes that contain the address and ask
// for no login: the one that answers where the route's own Ingress does not.
func (v SweepResult) Broader(all []Route) (closest Route, ok bool) {
	for _, o := range all {
		if o.Access != Guarded && o.Covers(v.Host, v.Request.Target.Path) && (!ok || len(o.Path) > len(closest.Path)) {
			closest, ok = o, true
		}
	}
	return closest, ok
}

// Nowhere is what answers at an address that no route but the broadest has.
func (c *Check) Nowhere(all []Route) SweepResult {
	var v SweepResult
	address := "/muster-nowhere-" + c.run.tokens.suffix
	for _, r := range all {
		if r.Covers(c.run.env.Host(), address) {
			v.Route = r
		}
	}
	v.Answer = c.Get(Target{Path: address}, Anonymous)
	return v
}

// Like reports whether the answer is the page at an address that nobody has,
// though the route belongs to another application. Short answers say nothing:
// many applications have the same.
func (v SweepResult) Like(nowhere SweepResult) bool {
	start := func(v SweepResult) string { return string(v.Body[:min(len(v.Body), 200)]) }
	return v.Err == nil && v.Service != nowhere.Service && v.Code == nowhere.Code && !v.ofNginx() &&
		len(v.Body) > 100 && strings.HasPrefix(v.Header.Get("Content-Type"), "text/html") && start(v) == start(nowhere)
}

// ExpectResult is Expect of what an address answered.
func (c *Check) ExpectResult(v SweepResult, ok bool, expected, actual string) bool {
	if ok {
		return true
	}
	c.Concerns(v.Namespace())
	f := failure{Finding: finding(expected, v.String()+": "+actual, v.reason()), about: v.response()}
	f.Object = v.Route.String()
	return c.record(f)
}

// reason is what came back, for rules.
func (v SweepResult) reason() Reason {
	switch {
	case v.Err != nil:
		return Because(v.Err)
	case v.Missing(), v.Unavailable():
		return verdict.Of(verdict.CodeNotServed, "status", strconv.Itoa(v.Code))
	}
	return v.status()
}
