package suite

import (
	"bytes"
	"net/http"
	"slices"
	"strings"
)

// Nowhere is what a page looks like that is missing.
type Nowhere struct {
	// home answers at the deployment's host where no other route does.
	home SweepResult
	// edge is the ingress's own answer under a name that nobody has; nil where it
	// cannot be had.
	edge *Answer
	// replaced says that pages of the site stand in for what applications answer
	// with 404, so that 404 says nothing.
	replaced bool
}

// Nowhere learns what missing pages look like, from addresses that nobody has.
func (c *Check) Nowhere(all []Route) Nowhere {
	var n Nowhere
	address := "/muster-nowhere-" + c.run.Tokens.Suffix()
	for _, r := range all {
		if r.Covers(c.run.Env.Host(), address) {
			n.home.Route = r
		}
	}
	n.home.Answer = c.Get(Target{Path: address}, Anonymous)
	anyName := slices.ContainsFunc(all, func(r Route) bool { return r.Host == "" })
	if a := c.Send(
		Request{Host: unnamed(all, c.run.Env.Host()), Target: Target{Path: address}},
	); a.Err == nil &&
		!anyName &&
		a.Code == http.StatusNotFound {
		n.edge = a
	}
	// Both applications have a 404 of their own, in JSON.
	known := []string{"/auth" + address}
	if c.run.Env.Muster.Deployed == GoMuster {
		known = append(known, c.run.Env.Muster.Path+address)
	}
	n.replaced = !slices.ContainsFunc(known, func(path string) bool {
		a := c.Send(Request{Target: Target{Path: path}})
		return a.Err != nil || a.Code != http.StatusNotFound ||
			!alike(a, n.home.Answer) && (n.edge == nil || !alike(a, n.edge))
	})
	if n.replaced {
		c.Remark("pages of the site stand in for 404 of applications: whether a path is served cannot be seen from it")
	}
	return n
}

// Missing reports whether the ingress itself answers that it has no such path.
func (v SweepResult) Missing(n Nowhere) bool {
	if v.Err != nil || v.Code != http.StatusNotFound || n.replaced {
		return false
	}
	return v.ofNginx() || n.edge != nil && alike(v.Answer, n.edge)
}

// Like reports whether the answer is the page at an address that nobody has,
// though the route belongs to another application. Short answers say nothing:
// many applications have the same.
func (v SweepResult) Like(n Nowhere) bool {
	return v.Err == nil && v.Service != n.home.Service && !v.ofNginx() && len(v.Body) > 100 &&
		(v.Code != http.StatusNotFound || !n.replaced) &&
		strings.HasPrefix(v.Header.Get("Content-Type"), "text/html") && alike(v.Answer, n.home.Answer)
}

// alike reports whether two answers are the same page.
func alike(a, b *Answer) bool {
	start := func(a *Answer) []byte { return a.Body[:min(len(a.Body), 200)] }
	return a.Code == b.Code && a.Header.Get("Content-Type") == b.Header.Get("Content-Type") &&
		bytes.Equal(start(a), start(b))
}
