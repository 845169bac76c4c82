package ingressnginx

import (
	"regexp"
	"slices"
	"strings"

	"github.com/lsst-sqre/muster/validation/kubernetes"
)

// ServerOf returns the host of the rules by which ingress-nginx serves a name: its own, that
// of which it is an alias, that of a wildcard, or "", the rules without a host.
func ServerOf(all []Route, name string) string {
	_, parent, _ := strings.Cut(name, ".")
	for _, is := range []func(r Route) bool{
		func(r Route) bool { return r.Host == name },
		func(r Route) bool { return slices.Contains(r.Aliases, name) },
		func(r Route) bool { return r.Host == "*."+parent },
	} {
		if at := slices.IndexFunc(all, is); at >= 0 {
			return all[at].Host
		}
	}
	return ""
}

// Canary reports whether the Ingress shares the paths of another Ingress.
func Canary(i kubernetes.Ingress) bool { return isCanary(i) }

// RoutesOf are the paths of one Ingress.
func RoutesOf(i kubernetes.Ingress) (all []Route) {
	for _, r := range routesOf(i.Object, i.Spec.Rules) {
		all = append(all, routeOf(i, r, nil))
	}
	return all
}

// leastBody is the least proxy-body-size with which a form or a small request fits.
const leastBody = "1k"

// returns matches a directive that answers in the application's place.
var returns = regexp.MustCompile(`(?m)(^|[;{}])\s*return\s`)

// diverting are annotations with which an Ingress can keep requests from the application to
// which it leads, from ingress-nginx's documentation (Annotations). answers are the statuses
// by which that shows; none is any.
var diverting = []struct {
	name, effect string
	answers      []int
	diverts      func(value string) bool
}{
	{"configuration-snippet", "it answers some requests itself", nil, returns.MatchString},
	{"server-snippet", "it answers some requests itself", nil, returns.MatchString},
	{"permanent-redirect", "it sends everybody elsewhere", nil, isSet},
	{"temporal-redirect", "it sends everybody elsewhere", nil, isSet},
	{"app-root", "it sends who asks for / elsewhere", nil, isSet},
	{"custom-http-errors", "pages of the ingress take the place of the application's", nil, isSet},
	{"backend-protocol", "it speaks another protocol to the application", nil,
		func(v string) bool { return v != "" && v != "HTTP" }},
	{"proxy-body-size", "requests that have a body get 413", []int{413},
		func(v string) bool { return v != "" && !unlimited(v, leastBody) }},
	{"whitelist-source-range", "other addresses get 403", []int{403}, isSet},
	{"allowlist-source-range", "other addresses get 403", []int{403}, isSet},
	{"denylist-source-range", "these addresses get 403", []int{403}, isSet},
	{"auth-url", "somebody is asked who may come in", []int{302, 401, 403, 500}, isSet},
	{"auth-type", "it wants a user and a password", []int{401, 503}, isSet},
	{"auth-tls-secret", "clients need a certificate of their own", []int{400, 403}, isSet},
}

// Diversions returns the annotations that can keep requests for the path from the application,
// those first that show in an answer of that status; 0 is any.
func Diversions(i kubernetes.Ingress, r Route, path string, status int) (all []Weakness) {
	if target := Annotation(i, "rewrite-target"); target != "" && rewritten(r.Path, target, path) != path {
		all = append(all, Weakness{"rewrite-target", target, "requests arrive at another path"})
	}
	var others []Weakness
	for _, d := range diverting {
		value := Annotation(i, d.name)
		switch w := (Weakness{d.name, value, d.effect}); {
		case !d.diverts(value):
		case slices.Contains(d.answers, status):
			all = slices.Insert(all, 0, w)
		case len(d.answers) == 0 || status == 0:
			others = append(others, w)
		}
	}
	return append(all, others...)
}

// rewritten is the path that an application gets with a rewrite-target.
func rewritten(pattern, target, path string) string {
	re, err := regexp.Compile("(?i)" + pattern)
	if err != nil {
		return path
	}
	match := re.FindStringSubmatchIndex(path)
	if match == nil {
		return path
	}
	return string(re.ExpandString(nil, groupOf.ReplaceAllString(target, "$${$1}"), path, match))
}
