package sweep

import (
	"bytes"
	"net/http"
	"slices"
	"strings"

	"github.com/lsst-sqre/muster/validation/answers"
	"github.com/lsst-sqre/muster/validation/client"
	"github.com/lsst-sqre/muster/validation/environment"
	"github.com/lsst-sqre/muster/validation/kubernetes/ingressnginx"
	"github.com/lsst-sqre/muster/validation/tokens"
)

// MissingPages knows what missing pages look like.
type MissingPages struct {
	// home answers at the deployment's host if no other route does.
	home Result
	// edge is the ingress's own answer under an unused name, or nil if there is
	// none.
	edge *answers.Answer
	// replaced says that pages of the site replace 404s of applications, so that
	// a 404 shows nothing.
	replaced bool
}

// MissingPages requests unused addresses to learn what missing pages look like.
func (s *Sweeper) MissingPages(all []ingressnginx.Route) MissingPages {
	var n MissingPages
	address := "/muster-nowhere-" + s.suffix()
	for _, r := range all {
		if r.Covers(s.env.Host(), address) {
			n.home.Route = r
		}
	}
	n.home.Answer = s.sender.Get(environment.Target{Path: address}, tokens.Anonymous)
	anyName := slices.ContainsFunc(all, func(r ingressnginx.Route) bool { return r.Host == "" })
	if a := s.sender.Send(
		client.Request{Host: unnamed(all, s.env.Host()), Target: environment.Target{Path: address}},
	); a.Err == nil &&
		!anyName &&
		a.Code == http.StatusNotFound {
		n.edge = a
	}
	// Gafaelfawr and Muster have a 404 of their own, in JSON.
	known := []string{"/auth" + address}
	if s.env.Muster.Deployed == environment.GoMuster {
		known = append(known, s.env.Muster.Path+address)
	}
	n.replaced = !slices.ContainsFunc(known, func(path string) bool {
		a := s.sender.Send(client.Request{Target: environment.Target{Path: path}})
		return a.Err != nil || a.Code != http.StatusNotFound ||
			!alike(a, n.home.Answer) && (n.edge == nil || !alike(a, n.edge))
	})
	if n.replaced {
		s.Remark("pages of the site stand in for 404 of applications: whether a path is served cannot be seen from it")
	}
	return n
}

// Missing reports whether the ingress itself answered that it has no such path.
func (v Result) Missing(n MissingPages) bool {
	if v.Err != nil || v.Code != http.StatusNotFound || n.replaced || v.OwnPages {
		return false
	}
	return v.ofNginx() || n.edge != nil && alike(v.Answer, n.edge)
}

// Like reports whether the answer is the page at an unused address although the
// route belongs to another application. Short answers show nothing, because
// many applications have the same.
func (v Result) Like(n MissingPages) bool {
	return v.Err == nil && v.Service != n.home.Service && !v.ofNginx() && len(v.Body) > 100 &&
		(v.Code != http.StatusNotFound || !n.replaced) &&
		strings.HasPrefix(v.Header.Get("Content-Type"), "text/html") && alike(v.Answer, n.home.Answer)
}

// alike reports whether two answers are the same page.
func alike(a, b *answers.Answer) bool {
	start := func(a *answers.Answer) []byte { return a.Body[:min(len(a.Body), 200)] }
	return a.Code == b.Code && a.Header.Get("Content-Type") == b.Header.Get("Content-Type") &&
		bytes.Equal(start(a), start(b))
}
