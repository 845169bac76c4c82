package kubernetes

import (
	"cmp"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/stretchr/testify/assert"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
)

// identityHeaders are those that Gafaelfawr answers for: whatever the client
// sends under these names must not reach an application.
var identityHeaders = []string{
	gafaelfawr.HeaderAuthorization, gafaelfawr.HeaderCookie, gafaelfawr.HeaderEmail,
	gafaelfawr.HeaderService, gafaelfawr.HeaderToken, gafaelfawr.HeaderUser,
}

// SnippetVariables are what the operator's configuration-snippet copies out of
// Gafaelfawr's answer, and what ingress-nginx's server-snippet must know.
var SnippetVariables = []string{
	"auth_error_body", "auth_ratelimit_limit", "auth_ratelimit_remaining", "auth_ratelimit_reset",
	"auth_ratelimit_resource",
	"auth_ratelimit_used", "auth_retry_after", "auth_status", "auth_www_authenticate",
}

// Differences are in what an Ingress is not what Gafaelfawr's operator makes of
// the resource, a sentence each (recorded with 15.0.0 and 15.4.1).
func (g GafaelfawrIngress) Differences(i Ingress, host string) []string {
	var all []string
	differ := func(format string, args ...any) { all = append(all, fmt.Sprintf(format, args...)) }
	if !slices.ContainsFunc(i.Meta.OwnerReferences, func(o metav1.OwnerReference) bool { return o.UID == g.Meta.UID }) {
		differ("it does not belong to the GafaelfawrIngress %s", g.Meta.Name)
	}
	if i.Class() != "nginx" {
		differ("its ingressClassName is %q and not nginx", i.Class())
	}
	all = append(all, g.wrongAuthURL(i.Annotation("auth-url"))...)
	for _, name := range identityHeaders {
		if !slices.Contains(strings.Split(i.Annotation("auth-response-headers"), ","), name) {
			differ("auth-response-headers does not take away the client's %s", name)
		}
	}
	if got := i.Annotation("satisfy"); got == "any" {
		differ("satisfy is any: whoever comes from an address of whitelist-source-range needs no token")
	}
	if got := i.Annotation("auth-method"); got != "GET" {
		differ("auth-method is %q and not GET", got)
	}
	if !g.Config.Scopes.Anonymous {
		all = append(all, g.wrongErrorMapping(i, host)...)
	}
	if d := g.Config.AuthCacheDuration; d != "" && (i.Annotation("auth-cache-duration") != "200 202 401 "+d ||
		!strings.Contains(i.Annotation("auth-cache-key"), "$http_authorization")) {
		differ("auth-cache-duration or auth-cache-key is not for authCacheDuration %s", d)
	}
	if want, got := claims(g.Template.Spec.Rules), claims(i.Spec.Rules); !slices.Equal(want, got) {
		differ("its paths are %s and not %s", strings.Join(got, ", "), strings.Join(want, ", "))
	}
	if !assert.ObjectsAreEqual(tlsHosts(g.Template.Spec.TLS), tlsHosts(i.Spec.TLS)) {
		differ("its tls is for %v and not for %v", tlsHosts(i.Spec.TLS), tlsHosts(g.Template.Spec.TLS))
	}
	return all
}

// LooksDeaf is evidence for an Ingress that differs: the operator has not dealt
// with the newest version of the resource. It is empty where it has, so that
// someone else changed the Ingress since.
func (g GafaelfawrIngress) LooksDeaf() string {
	if s := g.Status.Create; s != nil && s.ObservedGeneration > 0 && s.ObservedGeneration < g.Meta.Generation {
		return fmt.Sprintf(" (the operator has not looked at the resource since it was changed: version %d of %d)",
			s.ObservedGeneration, g.Meta.Generation)
	}
	return ""
}

// wrongAuthURL compares the URL that the ingress asks. Values are compared and
// not the text: the order of parameters is no matter.
func (g GafaelfawrIngress) wrongAuthURL(text string) []string {
	u, err := url.Parse(text)
	if text == "" || err != nil {
		return []string{fmt.Sprintf("it has no auth-url (%q): callers are let in without being asked for anything", text)}
	}
	var all []string
	path, want := "/ingress/auth", authQuery(g.Config)
	if g.Config.Scopes.Anonymous {
		path, want = "/ingress/anonymous", url.Values{}
	}
	if h := u.Hostname(); h != "gafaelfawr.gafaelfawr" && !strings.HasPrefix(h, "gafaelfawr.gafaelfawr.svc") ||
		u.Path != path {
		all = append(all, fmt.Sprintf("auth-url asks %s%s and not Gafaelfawr's %s", u.Host, u.Path, path))
	}
	got := u.Query()
	names := slices.Sorted(maps.Keys(want))
	for name := range got {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, name := range names {
		if !slices.Equal(want[name], got[name]) {
			all = append(all, fmt.Sprintf("auth-url has %s=%s and not %s", name,
				strings.Join(got[name], ","), strings.Join(want[name], ",")))
		}
	}
	if strings.Contains(text, "%") {
		all = append(all, "auth-url has a percent sign, which ingress-nginx 1.12 and later refuse: "+
			"it then ignores the whole Ingress")
	}
	return all
}

// authQuery is what the operator writes behind the ? of an auth-url.
func authQuery(c gafaelfawr.IngressConfig) url.Values {
	q := url.Values{}
	add := func(set bool, name string, values ...string) {
		if set && len(values) > 0 {
			q[name] = values
		}
	}
	add(c.AllowCookies != nil && !*c.AllowCookies, "allow_cookies", "false")
	add(c.AllowOptions, "allow_options", "true")
	add(c.AuthType != "", "auth_type", c.AuthType)
	if d := c.Delegate; d != nil {
		add(d.Notebook != nil, "notebook", "true")
		if d.Internal != nil {
			add(true, "delegate_to", d.Internal.Service)
			add(true, "delegate_scope", d.Internal.Scopes...)
		}
		add(d.MinimumLifetime != 0, "minimum_lifetime", strconv.Itoa(d.MinimumLifetime))
		add(d.UseAuthorization, "use_authorization", "true")
	}
	add(true, "only_service", c.OnlyServices...)
	add(true, "scope", slices.Concat(c.Scopes.All, c.Scopes.Any)...)
	add(c.Scopes.Any != nil, "satisfy", "any")
	add(c.Service != "", "service", c.Service)
	add(c.UserDomain, "user_domain", "true")
	add(c.Username != "", "username", c.Username)
	return q
}

func (g GafaelfawrIngress) wrongErrorMapping(i Ingress, host string) []string {
	var all []string
	snippet := i.Annotation("configuration-snippet")
	for _, variable := range SnippetVariables {
		if !strings.Contains(snippet, "auth_request_set $"+variable+" ") {
			all = append(all, "configuration-snippet does not copy $"+variable+": errors of Gafaelfawr are lost")
		}
	}
	if !strings.Contains(snippet, "error_page 403 = @autherror") {
		all = append(all, "configuration-snippet does not map 403 to @autherror: 400 and 429 become 403")
	}
	if got := i.Annotation("auth-cache-duration"); got != "" && g.Config.AuthCacheDuration == "" {
		all = append(all, fmt.Sprintf("auth-cache-duration is %q, so that revoked tokens go on working: "+
			"without authCacheDuration no answer is kept", got))
	}
	login := "https://" + host + "/login"
	if got := i.Annotation("auth-signin"); g.Config.LoginRedirect && got != login || !g.Config.LoginRedirect && got != "" {
		all = append(all, fmt.Sprintf("auth-signin is %q, with loginRedirect %v", got, g.Config.LoginRedirect))
	}
	return all
}

func claims(rules []networkingv1.IngressRule) []string {
	var all []string
	for _, p := range pathsOf(rules) {
		port := cmp.Or(p.service.Port.Name, strconv.Itoa(int(p.service.Port.Number)))
		all = append(all, fmt.Sprintf("%s%s (%s, to %s:%s)", p.host, p.path, p.kind, p.service.Name, port))
	}
	return all
}

func tlsHosts(tls []networkingv1.IngressTLS) []string {
	hosts := []string{}
	for _, t := range tls {
		hosts = append(hosts, t.Hosts...)
	}
	slices.Sort(hosts)
	return hosts
}
