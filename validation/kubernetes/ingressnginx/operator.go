package ingressnginx

import (
	"cmp"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/kubernetes"
)

// identityHeaders are set by Gafaelfawr alone: a client's value must not reach
// an application.
var identityHeaders = []string{
	gafaelfawr.HeaderAuthorization, gafaelfawr.HeaderCookie, gafaelfawr.HeaderEmail,
	gafaelfawr.HeaderService, gafaelfawr.HeaderToken, gafaelfawr.HeaderUser,
}

// SnippetVariables are the variables that the operator's configuration-snippet
// copies from Gafaelfawr's answer. ingress-nginx's server-snippet must declare
// them.
var SnippetVariables = []string{
	"auth_error_body", "auth_ratelimit_limit", "auth_ratelimit_remaining", "auth_ratelimit_reset",
	"auth_ratelimit_resource",
	"auth_ratelimit_used", "auth_retry_after", "auth_status", "auth_www_authenticate",
}

// Difference is a field of an Ingress that Gafaelfawr's operator would write
// differently.
type Difference struct {
	// Field is an annotation or a member of the Ingress; Got is its value.
	Field, Got string
	// Text describes the difference in a sentence.
	Text string
}

// differences collects the differences of an Ingress.
type differences []Difference

func (all *differences) add(field, got, format string, args ...any) {
	*all = append(*all, Difference{field, got, fmt.Sprintf(format, args...)})
}

// Differences compares an Ingress with the one that Gafaelfawr's operator would
// make of the resource (recorded with 15.0.0 and 15.4.1).
func Differences(g kubernetes.GafaelfawrIngress, i kubernetes.Ingress, host string) []Difference {
	var all differences
	if !slices.ContainsFunc(i.Meta.OwnerReferences, g.Owns) {
		all.add("ownerReferences", "", "it does not belong to the GafaelfawrIngress %s, and stays when that is deleted",
			g.Meta.Name)
	}
	if got := i.Class(); got != "nginx" {
		all.add("ingressClassName", got, "its ingressClassName is %q and not nginx", got)
	}
	wrongAuthURL(g, &all, Annotation(i, "auth-url"))
	for _, name := range identityHeaders {
		if got := Annotation(i, "auth-response-headers"); !slices.Contains(strings.Split(got, ","), name) {
			all.add("auth-response-headers", got, "auth-response-headers does not take away the client's %s", name)
		}
	}
	if got := Annotation(i, "satisfy"); got == "any" {
		all.add("satisfy", got, "satisfy is any: whoever comes from an address of whitelist-source-range needs no token")
	}
	if got := Annotation(i, "auth-method"); got != "GET" {
		all.add("auth-method", got, "auth-method is %q and not GET", got)
	}
	if !g.Config.Scopes.Anonymous {
		wrongErrorMapping(g, &all, i, host)
	}
	if d, got := g.Config.AuthCacheDuration, Annotation(i, "auth-cache-duration"); d != "" && (got != "200 202 401 "+d ||
		!strings.Contains(Annotation(i, "auth-cache-key"), "$http_authorization")) {
		all.add("auth-cache-duration", got, "auth-cache-duration or auth-cache-key is not for authCacheDuration %s", d)
	}
	snippetAdditions(g, &all, i)
	otherAnnotations(g, &all, i)
	if want, got := claims(g.Template.Spec.Rules), claims(i.Spec.Rules); !slices.Equal(want, got) {
		all.add("rules", strings.Join(got, ", "), "its paths are %s and not %s", strings.Join(got, ", "),
			strings.Join(want, ", "))
	}
	if want, got := tlsHosts(g.Template.Spec.TLS), tlsHosts(i.Spec.TLS); !slices.Equal(want, got) {
		all.add("tls", strings.Join(got, ", "), "its tls is for %v and not for %v", got, want)
	}
	return all
}

// operators are the annotations that the operator makes or adds to; functions above
// compare them.
var operators = []string{"auth-cache-duration", "auth-cache-key", "auth-method", "auth-response-headers", "auth-signin",
	"auth-url", "configuration-snippet", "satisfy"}

// otherAnnotations compares ingress-nginx's annotations that come from the template.
func otherAnnotations(g kubernetes.GafaelfawrIngress, all *differences, i kubernetes.Ingress) {
	want := g.Template.Metadata.Annotations
	for _, name := range slices.Sorted(maps.Keys(i.Meta.Annotations)) {
		short, ours := strings.CutPrefix(name, annotationPrefix)
		if _, given := want[name]; ours && !given && !slices.Contains(operators, short) {
			all.add(short, i.Meta.Annotations[name], "it has %s: %q, which the template of the GafaelfawrIngress does not have",
				short, i.Meta.Annotations[name])
		}
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		short, ours := strings.CutPrefix(name, annotationPrefix)
		if got, has := i.Meta.Annotations[name]; ours && !slices.Contains(operators, short) && (!has || got != want[name]) {
			all.add(short, got, "%s is %q and not %q as in the template of the GafaelfawrIngress", short, got, want[name])
		}
	}
}

// wrongAuthURL compares the auth-url. It compares values instead of text,
// because the order of parameters does not matter.
func wrongAuthURL(g kubernetes.GafaelfawrIngress, all *differences, text string) {
	u, err := url.Parse(text)
	if text == "" || err != nil {
		all.add("auth-url", text, "it has no auth-url (%q): callers are let in without being asked for anything", text)
		return
	}
	path, want := "/ingress/auth", authQuery(g.Config)
	if g.Config.Scopes.Anonymous {
		path, want = "/ingress/anonymous", url.Values{}
	}
	if !IsGafaelfawr(u.Hostname()) || u.Path != path {
		all.add("auth-url", text, "auth-url asks %s%s and not Gafaelfawr's %s", u.Host, u.Path, path)
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
			all.add("auth-url", text, "auth-url has %s=%s and not %s", name,
				strings.Join(got[name], ","), strings.Join(want[name], ","))
		}
	}
	if strings.Contains(text, "%") {
		all.add("auth-url", text, "auth-url has a percent sign, which ingress-nginx 1.12 and later refuse: "+
			"it then ignores the whole Ingress")
	}
}

// authQuery returns the query that the operator writes into an auth-url.
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

// parameters are what Gafaelfawr reads of an auth-url's query. It ignores all others.
var parameters = []string{
	"allow_cookies", "allow_options", "auth_type", "delegate_scope", "delegate_to", "minimum_lifetime", "notebook",
	"only_service", "satisfy", "scope", "service", "use_authorization", "user_domain", "username",
}

// restrictions are those of them without which every account gets in.
var restrictions = []string{"scope", "only_service", "username", "user_domain"}

// Ignored is a parameter of an auth-url that Gafaelfawr ignores, with the one that was meant.
type Ignored struct{ Parameter, Meant string }

// QueryOf returns what Gafaelfawr ignores of the query of an auth-url, and whether the rest restricts
// who may come in.
func QueryOf(authURL string) (ignored []Ignored, restricts bool) {
	u, err := url.Parse(authURL)
	if err != nil {
		return nil, true // nginx does not load it
	}
	query := u.Query()
	for _, name := range slices.Sorted(maps.Keys(query)) {
		if !slices.Contains(parameters, name) {
			ignored = append(ignored, Ignored{name, meant(name)})
		}
	}
	restricts = slices.ContainsFunc(restrictions, func(name string) bool {
		off := name == "user_domain" && slices.Contains([]string{"", "false", "0"}, query.Get(name))
		return len(query[name]) > 0 && !off
	})
	return ignored, restricts
}

// meant returns the parameter that a misspelt one stands for: the same letters but for case, signs
// and a plural, or scope.
func meant(name string) string {
	plain := func(text string) string {
		return strings.TrimSuffix(strings.NewReplacer("-", "", "_", "", "[]", "").Replace(strings.ToLower(text)), "s")
	}
	at := slices.IndexFunc(parameters, func(known string) bool { return plain(known) == plain(name) })
	if at < 0 {
		return "scope"
	}
	return parameters[at]
}

func wrongErrorMapping(g kubernetes.GafaelfawrIngress, all *differences, i kubernetes.Ingress, host string) {
	snippet := Annotation(i, "configuration-snippet")
	for _, variable := range SnippetVariables {
		if !strings.Contains(snippet, "auth_request_set $"+variable+" ") {
			all.add("configuration-snippet", "", "configuration-snippet does not copy $%s: errors of Gafaelfawr are lost",
				variable)
		}
	}
	for _, variable := range SnippetVariables {
		if strings.HasPrefix(variable, "auth_ratelimit_") && !regexp.MustCompile(`more_set_headers .*\$`+variable+`\b`).
			MatchString(snippet) {
			all.add("configuration-snippet", "", "configuration-snippet does not tell clients $%s", variable)
		}
	}
	if !strings.Contains(snippet, "error_page 403 = @autherror") {
		all.add("configuration-snippet", "", "configuration-snippet does not map 403 to @autherror: 400 and 429 become 403")
	}
	if got := Annotation(i, "auth-cache-duration"); got != "" && g.Config.AuthCacheDuration == "" {
		all.add("auth-cache-duration", got, "auth-cache-duration is %q, so that revoked tokens go on working: "+
			"without authCacheDuration no answer is kept", got)
	}
	login := "https://" + host + "/login"
	if got := Annotation(i, "auth-signin"); g.Config.LoginRedirect && got != login ||
		!g.Config.LoginRedirect && got != "" {
		all.add("auth-signin", got, "auth-signin is %q, with loginRedirect %v", got, g.Config.LoginRedirect)
	}
}

// snippetAdditions are lines of the configuration-snippet that decide about requests, and that
// neither the operator nor the template has.
func snippetAdditions(g kubernetes.GafaelfawrIngress, all *differences, i kubernetes.Ingress) {
	own := g.Template.Metadata.Annotations[annotationPrefix+"configuration-snippet"]
	for line := range strings.Lines(Annotation(i, "configuration-snippet")) {
		line = strings.TrimSpace(line)
		if replacing.MatchString(line) && !strings.HasPrefix(line, "error_page 403 = @autherror") &&
			!strings.Contains(own, line) {
			all.add("configuration-snippet", line, "configuration-snippet has %q, which the template of the GafaelfawrIngress "+
				"does not have", line)
		}
	}
}

func claims(rules []networkingv1.IngressRule) []string {
	var all []string
	for _, p := range pathsOf(rules) {
		port := cmp.Or(p.service.Port.Name, strconv.Itoa(int(p.service.Port.Number)))
		all = append(all, fmt.Sprintf("%s%s (%s, to %s:%s)", p.host, p.path, p.kind, p.service.Name, port))
	}
	return all
}

// PathsOf are the paths of rules, each once, with a star behind those that take in all
// below them.
func PathsOf(rules ...[]networkingv1.IngressRule) []string {
	var all []string
	for _, p := range pathsOf(slices.Concat(rules...)) {
		path := p.path
		if p.kind != "Exact" {
			path += "*"
		}
		all = append(all, path)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func tlsHosts(tls []networkingv1.IngressTLS) []string {
	hosts := []string{}
	for _, t := range tls {
		hosts = append(hosts, t.Hosts...)
	}
	slices.Sort(hosts)
	return hosts
}
