package sweep

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/lsst-sqre/muster/muster"
	"github.com/lsst-sqre/muster/validation/answers"
	"github.com/lsst-sqre/muster/validation/findings"
	"github.com/lsst-sqre/muster/validation/kubernetes/ingressnginx"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// Result is a request to an address of a route, and its response.
type Result struct {
	ingressnginx.Route
	*answers.Answer
	// Address is the path that was asked for, as the Ingress would write it.
	Address string
	// of is the Sweeper that asked.
	of *Sweeper
}

// Refused reports whether the caller was kept out without asking the
// application: 401, 403 or a redirect to the login, 400 where a certificate is
// wanted.
func (v Result) Refused(all []ingressnginx.Route) bool {
	if v.Err != nil || v.Header.Get(muster.InstanceHeader) != "" {
		return false
	}
	switch v.Code {
	case http.StatusUnauthorized, http.StatusForbidden:
		return true
	case http.StatusBadRequest:
		return v.Requires.Certificate() && v.ofNginx()
	case http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect:
		location, err := url.Parse(v.Header.Get("Location"))
		return err == nil && (v.toLogin(location) || v.toOtherLogin(all, location) || v.bySnippet(location))
	case http.StatusMovedPermanently, http.StatusPermanentRedirect:
		location, err := url.Parse(v.Header.Get("Location"))
		return err == nil && v.bySnippet(location)
	}
	return false
}

// bySnippet reports whether nginx itself redirects to another path of the host, because a
// snippet says so. The application was not asked.
func (v Result) bySnippet(location *url.URL) bool {
	host := cmp.Or(v.Request.Host, v.of.env.Host())
	return v.Returns && v.ofNginx() && location.Hostname() == host
}

// toLogin reports whether a redirect leads to the deployment's login.
func (v Result) toLogin(location *url.URL) bool {
	host := v.of.env.Host()
	return location.Scheme == "https" && location.Hostname() == host && location.Path == "/login"
}

// toOtherLogin reports whether a redirect leads to the login of another
// authentication than Gafaelfawr's, which the Ingress names. It must be one of
// another application at a host of the deployment: an application that redirects
// to its own pages was asked.
func (v Result) toOtherLogin(all []ingressnginx.Route, location *url.URL) bool {
	asked, _ := url.Parse(strings.TrimPrefix(string(v.Requires), "auth-url "))
	if v.Signin == "" || asked == nil || ingressnginx.IsGafaelfawr(asked.Hostname()) {
		return false
	}
	host := cmp.Or(v.Request.Host, v.of.env.Host())
	text := ingressnginx.Expand(v.Signin, map[string]string{"host": host, "http_host": host, "best_http_host": host,
		"scheme": "https", "pass_access_scheme": "https"})
	to, err := url.Parse(text)
	if err != nil || to.Scheme != "https" || location.Scheme != to.Scheme || location.Host != to.Host ||
		cmp.Or(location.Path, "/") != cmp.Or(to.Path, "/") {
		return false
	}
	owner, known := ingressnginx.Owner(all, to.Hostname(), cmp.Or(to.Path, "/"))
	return known && owner.Service != v.Service
}

// Unavailable reports whether the path has no backend: the ingress says so, or
// something else answers and the Service has no endpoints.
func (v Result) Unavailable() bool {
	switch v.Code {
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return v.ofNginx() && v.Code == http.StatusServiceUnavailable || !v.of.cluster.HasEndpoints(v.Service)
	}
	return false
}

func (v Result) ofNginx() bool { return ingressnginx.IsErrorPage(v.Body) }

// Result describes the response and, as far as objects show it, its reason.
func (v Result) Result(all []ingressnginx.Route) string {
	text := fmt.Sprintf("GET %s: ", v.Request.Target.Path)
	if host := v.Request.Host; host != "" && host != v.of.env.Host() {
		text = fmt.Sprintf("GET https://%s%s: ", host, v.Request.Target.Path)
	}
	switch {
	case v.Err != nil:
		return text + v.Err.Error()
	case v.Code == http.StatusNotFound && v.ofNginx():
		return text + "404 of ingress-nginx itself: it does not serve this path"
	case v.Code == http.StatusServiceUnavailable && v.ofNginx():
		return text + "503 of ingress-nginx itself, which did not ask for authentication"
	}
	return text + v.Excerpt() + v.why(all)
}

// why explains, from the objects, an answer that should have been a refusal.
func (v Result) why(all []ingressnginx.Route) string {
	broader, ok := v.Broader(all)
	switch {
	case v.Requires == "" && v.Kind == "Ingress":
		return "; the Ingress has no auth-url"
	case !ok || v.Access != ingressnginx.Guarded:
		return ""
	case v.Patterns != "" && !broader.Covers(v.Host, v.Address):
		return fmt.Sprintf("; %s asks for no login and answers: since %s has a pattern, every path of the host stands for "+
			"whatever begins with it, in any case", broader, v.Patterns)
	}
	return fmt.Sprintf("; %s asks for no login and contains this path", broader)
}

// Broader returns the closest other route that takes the address and requires
// no login. It answers if the route's own Ingress does not.
func (v Result) Broader(all []ingressnginx.Route) (closest ingressnginx.Route, ok bool) {
	for _, o := range all {
		if o.Access != ingressnginx.Guarded && o.Takes(v.Host, v.Address) && (!ok || len(o.Path) > len(closest.Path)) {
			closest, ok = o, true
		}
	}
	return closest, ok
}

// reason returns the response for rules.
func (v Result) reason(all []ingressnginx.Route) verdict.Reason {
	if broader, ok := v.Broader(all); ok && v.Access == ingressnginx.Guarded && v.Patterns != "" && !v.ofNginx() &&
		!broader.Covers(v.Host, v.Address) {
		return verdict.Of(verdict.CodeShadowed, "by", broader.String(), "pattern", v.Patterns)
	}
	switch {
	case v.Err != nil:
		return findings.Because(v.Err)
	case v.ofNginx() && (v.Code == http.StatusNotFound || v.Code == http.StatusServiceUnavailable):
		return verdict.Of(verdict.CodeNotServed, "status", strconv.Itoa(v.Code))
	}
	return verdict.Status(v.Code, v.Header.Get("Content-Type"))
}
