package suite

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/lsst-sqre/muster/muster"
	"github.com/lsst-sqre/muster/validation/findings"
	"github.com/lsst-sqre/muster/validation/kubernetes"
	"github.com/lsst-sqre/muster/validation/message"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// SweepResult is a request for an address of a route, and what came back.
type SweepResult struct {
	Route
	*Answer
	// Address is the path that was asked for, as the Ingress would write it.
	Address string
	of      *Check
}

// Refused reports whether the caller was kept out without asking the
// application: 401, 403 or a redirect to the login, 400 where a certificate is
// wanted.
func (v SweepResult) Refused(all []Route) bool {
	if v.Err != nil || v.Header.Get(muster.InstanceHeader) != "" {
		return false
	}
	switch v.Code {
	case http.StatusUnauthorized, http.StatusForbidden:
		return true
	case http.StatusBadRequest:
		return v.Asks.Certificate() && v.ofNginx()
	case http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect:
		location, err := url.Parse(v.Header.Get("Location"))
		return err == nil && (v.toLogin(location) || v.toOtherLogin(all, location))
	}
	return false
}

// toLogin reports whether a redirect leads to the deployment's login.
func (v SweepResult) toLogin(location *url.URL) bool {
	host := v.of.run.Env.Host()
	return location.Scheme == "https" && location.Hostname() == host && location.Path == "/login"
}

// toOtherLogin reports whether a redirect leads to the login of another
// authentication than Gafaelfawr's, which the Ingress names. It must be one of
// another application at a host of the deployment: an application that redirects
// to its own pages was asked.
func (v SweepResult) toOtherLogin(all []Route, location *url.URL) bool {
	asked, _ := url.Parse(strings.TrimPrefix(string(v.Asks), "auth-url "))
	if v.Signin == "" || asked == nil || kubernetes.IsGafaelfawr(asked.Hostname()) {
		return false
	}
	host := cmp.Or(v.Request.Host, v.of.run.Env.Host())
	text := kubernetes.Expand(v.Signin, map[string]string{"host": host, "http_host": host, "best_http_host": host,
		"scheme": "https", "pass_access_scheme": "https"})
	to, err := url.Parse(text)
	if err != nil || to.Scheme != "https" || to.Path == "" || location.Scheme != to.Scheme || location.Host != to.Host ||
		location.Path != to.Path {
		return false
	}
	owner, known := kubernetes.Owner(all, to.Hostname(), to.Path)
	return known && owner.Service != v.Service
}

// Unavailable reports whether nobody is behind the path: the ingress says so, or
// something else does and the Service has no endpoints.
func (v SweepResult) Unavailable() bool {
	switch v.Code {
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return v.ofNginx() && v.Code == http.StatusServiceUnavailable || !v.of.HasEndpoints(v.Service)
	}
	return false
}

func (v SweepResult) ofNginx() bool { return kubernetes.IsErrorPage(v.Body) }

// Result is what came back, and why, as far as the objects say.
func (v SweepResult) Result(all []Route) string {
	text := fmt.Sprintf("GET %s: ", v.Request.Target.Path)
	if host := v.Request.Host; host != "" && host != v.of.run.Env.Host() {
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

// why is what the objects say of an answer that should have been a refusal.
func (v SweepResult) why(all []Route) string {
	broader, ok := v.Broader(all)
	switch {
	case v.Asks == "" && v.Kind == "Ingress":
		return "; the Ingress has no auth-url"
	case !ok || v.Access != Guarded:
		return ""
	case v.Patterns != "" && !broader.Covers(v.Host, v.Address):
		return fmt.Sprintf("; %s asks for no login and answers: since %s has a pattern, every path of the host stands for "+
			"whatever begins with it, in any case", broader, v.Patterns)
	}
	return fmt.Sprintf("; %s asks for no login and contains this path", broader)
}

// Broader is the closest of the other routes that take the address and ask for no
// login: the one that answers where the route's own Ingress does not.
func (v SweepResult) Broader(all []Route) (closest Route, ok bool) {
	for _, o := range all {
		if o.Access != Guarded && o.Takes(v.Host, v.Address) && (!ok || len(o.Path) > len(closest.Path)) {
			closest, ok = o, true
		}
	}
	return closest, ok
}

// reason is what came back, for rules.
func (v SweepResult) reason(all []Route) Reason {
	if broader, ok := v.Broader(all); ok && v.Access == Guarded && v.Patterns != "" && !v.ofNginx() &&
		!broader.Covers(v.Host, v.Address) {
		return verdict.Of(verdict.CodeShadowed, "by", broader.String(), "pattern", v.Patterns)
	}
	switch {
	case v.Err != nil:
		return Because(v.Err)
	case v.ofNginx() && (v.Code == http.StatusNotFound || v.Code == http.StatusServiceUnavailable):
		return verdict.Of(verdict.CodeNotServed, "status", strconv.Itoa(v.Code))
	}
	return verdict.Status(v.Code, v.Header.Get("Content-Type"))
}

// Complaint is what is wrong with an address.
type Complaint struct {
	SweepResult
	expected, actual string
	reason           Reason
}

// Complain is a complaint of an address, beside what the other routes say of it.
func (v SweepResult) Complain(all []Route, expected string) Complaint {
	return Complaint{SweepResult: v, expected: expected, actual: v.Result(all), reason: v.reason(all)}
}

// complaintsShown is how many findings that differ only in the object are told
// one by one.
const complaintsShown = 5

// Complain records what is wrong: holes first and, of what differs only in the
// object, five findings and a count.
func (c *Check) Complain(complaints []Complaint) {
	type kind struct {
		expected string
		code     int
		failed   bool
	}
	var order []kind
	groups := map[kind][]Complaint{}
	for _, one := range complaints {
		k := kind{one.expected, one.Code, one.Err != nil}
		if groups[k] == nil {
			order = append(order, k)
		}
		groups[k] = append(groups[k], one)
	}
	slices.SortStableFunc(order, func(a, b kind) int { return number01(a.code/100 != 2) - number01(b.code/100 != 2) })
	for _, k := range order {
		group := groups[k]
		for _, one := range group[:min(complaintsShown, len(group))] {
			c.complain(one)
		}
		if rest := group[min(complaintsShown, len(group)):]; len(rest) > 0 {
			f := findings.Failure{
				Finding: findings.New(k.expected, fmt.Sprintf("and %d more like these: %s", len(rest), few(rest)), rest[0].reason),
				About:   rest[0].Subject(),
			}
			c.Record(f)
		}
	}
}

func (c *Check) complain(one Complaint) {
	c.Concerns(one.Namespace())
	f := findings.Failure{Finding: findings.New(one.expected, one.String()+": "+one.actual, one.reason), About: one.Subject()}
	f.Object = one.String()
	f.Hole = one.reason.Code == verdict.CodeShadowed // whatever the application answered
	c.Record(f)
}

func few(all []Complaint) string {
	names := make([]string, len(all))
	for i, one := range all {
		names[i] = one.String()
	}
	return message.Few(names)
}

func number01(b bool) int {
	if b {
		return 1
	}
	return 0
}
