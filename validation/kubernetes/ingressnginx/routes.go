package ingressnginx

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/lsst-sqre/muster/validation/kubernetes"
)

// Access says who may use the paths of an object.
type Access int

const (
	// Guarded paths admit callers whom Gafaelfawr or another service admits.
	Guarded Access = iota
	// Anonymous paths have a GafaelfawrIngress that admits anyone.
	Anonymous
	// Unguarded paths have no authentication at all.
	Unguarded
)

// Route is one path that an Ingress serves, or that a GafaelfawrIngress wants
// and no Ingress has.
type Route struct {
	kubernetes.Object
	// Host is "" if the path is served under any name without a rule.
	Host, Path, PathType string
	// Aliases are further names of the host.
	Aliases []string
	// Service is the Service behind the path, as namespace/name.
	Service string
	Access  Access
	// NoAuthURL reports that the Ingress has no auth-url.
	NoAuthURL bool
	// Requires is what the Ingress requires of callers; "" is nothing.
	Requires Authentication
	// Class is the class of the Ingress.
	Class string
	// Signin is where the Ingress sends callers without a session, or "".
	Signin string
	// Implied says that the path belongs to a default backend and to no rule.
	Implied bool
	// Patterns names the Ingress whose pattern makes every path of the host a
	// pattern, or "".
	Patterns string
	// Returns says that a snippet answers some requests, before Gafaelfawr is asked.
	Returns bool
	// OwnPages says that pages of the ingress take the place of the application's 404, so that
	// one shows nothing.
	OwnPages bool
	// regex reports that ingress-nginx treats the path as a pattern.
	regex bool
}

// String names the object and the path.
func (r Route) String() string { return r.Object.String() + ", path " + r.Path }

// Literal reports whether the path is written as a pattern and no annotation makes
// ingress-nginx read it as one.
func (r Route) Literal() bool {
	return r.Kind == "Ingress" && !r.regex && r.Patterns == "" && r.PathType != "Exact" &&
		strings.ContainsAny(r.Path, metacharacters)
}

// Routes returns the paths of all Ingresses, and those that a GafaelfawrIngress
// only seems to protect. A canary has none, because it shares the paths and the
// authentication of another Ingress.
func Routes(ingresses []kubernetes.Ingress, protected []kubernetes.GafaelfawrIngress) []Route {
	ingresses = slices.SortedStableFunc(slices.Values(ingresses), older)
	parents := map[string]kubernetes.GafaelfawrIngress{}
	for _, g := range protected {
		parents[string(g.Meta.UID)] = g
	}
	var all []Route
	claimed := map[string]bool{}
	for _, i := range ingresses {
		for _, r := range routesOf(i.Object, i.Spec.Rules) {
			claimed[r.key()] = true
			if !isCanary(i) {
				all = append(all, routeOf(i, r, parents))
			}
		}
	}
	all = append(all, defaultRoutes(ingresses, all, parents)...)
	for _, g := range protected {
		for _, r := range routesOf(g.Object, g.Template.Spec.Rules) {
			r.regex = takesPatterns(g.Template.Metadata.Annotations, r.Path)
			if !g.Config.Scopes.Anonymous && !claimed[r.key()] {
				r.Class = "nginx"
				all = append(all, r)
			}
		}
	}
	share(all, aliasesOf(ingresses))
	slices.SortFunc(all, func(a, b Route) int {
		return cmp.Or(strings.Compare(a.ID(), b.ID()), strings.Compare(a.Kind, b.Kind),
			strings.Compare(a.Path, b.Path), strings.Compare(a.Host, b.Host))
	})
	return all
}

// older orders Ingresses as ingress-nginx reads them.
func older(a, b kubernetes.Ingress) int {
	return cmp.Or(a.Meta.CreationTimestamp.Compare(b.Meta.CreationTimestamp.Time), strings.Compare(a.ID(), b.ID()))
}

// routeOf fills in what the Ingress says about one of its paths.
func routeOf(i kubernetes.Ingress, r Route, parents map[string]kubernetes.GafaelfawrIngress) Route {
	r.Access = accessOf(i, r, parents)
	r.NoAuthURL = Annotation(i, "auth-url") == ""
	r.Requires = authenticationOf(i)
	r.Class = i.ClassOrAnnotation()
	r.Signin = Annotation(i, "auth-signin")
	r.regex = takesPatterns(i.Meta.Annotations, r.Path)
	r.Returns = returns.MatchString(Annotation(i, "configuration-snippet"))
	r.OwnPages = strings.Contains(Annotation(i, "custom-http-errors"), "404")
	return r
}

// defaultRoutes returns the routes of spec.defaultBackend. Without rules it
// serves any name. Otherwise it serves what no rule has at hosts that this
// Ingress is the first to name.
func defaultRoutes(
	ingresses []kubernetes.Ingress,
	ruled []Route,
	parents map[string]kubernetes.GafaelfawrIngress,
) []Route {
	var all []Route
	named := map[string]bool{}
	for _, r := range ruled {
		named[r.Host+" /"] = named[r.Host+" /"] || r.Path == "/" && r.PathType != "Exact"
	}
	for _, i := range ingresses {
		if isCanary(i) || i.Spec.DefaultBackend == nil || i.Spec.DefaultBackend.Service == nil {
			continue
		}
		hosts := []string{""}
		if len(i.Spec.Rules) > 0 {
			hosts = nil
			for _, rule := range i.Spec.Rules {
				hosts = append(hosts, rule.Host)
			}
		}
		for _, host := range hosts {
			if key := host + " /"; !named[key] {
				named[key] = true
				r := Route{Object: i.Object, Host: host, Path: "/", PathType: "Prefix", Implied: true,
					Service: i.Namespace() + "/" + i.Spec.DefaultBackend.Service.Name}
				all = append(all, routeOf(i, r, parents))
			}
		}
	}
	return all
}

// aliasesOf returns the further names of each host, taken from the oldest
// Ingress that has any.
func aliasesOf(ingresses []kubernetes.Ingress) map[string][]string {
	aliases := map[string][]string{}
	for _, i := range ingresses {
		for _, rule := range i.Spec.Rules {
			if len(aliases[rule.Host]) == 0 && !isCanary(i) {
				aliases[rule.Host] = Aliases(i)
			}
		}
	}
	for host, names := range aliases {
		aliases[host] = slices.DeleteFunc(names, func(name string) bool { _, taken := aliases[name]; return taken })
	}
	return aliases
}

// share gives all routes of a host the settings that one Ingress makes for all
// of them.
func share(all []Route, aliases map[string][]string) {
	patterns := map[string]string{}
	for _, r := range all {
		if r.regex && r.Kind == "Ingress" && patterns[r.Host] == "" {
			patterns[r.Host] = r.Object.String()
		}
	}
	for at := range all {
		all[at].Aliases, all[at].Patterns = aliases[all[at].Host], patterns[all[at].Host]
	}
}

// key distinguishes routes of one namespace.
func (r Route) key() string {
	return strings.Join([]string{r.Namespace(), r.Host, r.PathType, r.Path}, " ")
}

// accessOf trusts the owner more than the annotations, because those may have
// been edited. Only a GafaelfawrIngress can open a path to anyone, and only its
// own paths.
func accessOf(i kubernetes.Ingress, r Route, parents map[string]kubernetes.GafaelfawrIngress) Access {
	for _, o := range i.Meta.OwnerReferences {
		g, ok := parents[string(o.UID)]
		if !ok || g.Namespace() != i.Namespace() {
			continue
		}
		if !g.Config.Scopes.Anonymous {
			return Guarded
		}
		if slices.ContainsFunc(routesOf(g.Object, g.Template.Spec.Rules), func(o Route) bool { return o.key() == r.key() }) {
			return Anonymous
		}
	}
	if a := authenticationOf(i); a == "" || a == anonymousAuthURL {
		return Unguarded
	}
	return Guarded
}

// Covers reports whether the route's path equals or begins the path.
func (r Route) Covers(host, path string) bool {
	if r.Host != host {
		return false
	}
	prefix := strings.TrimSuffix(r.Path, "/")
	return r.Path == path || r.PathType != "Exact" && (path == prefix || strings.HasPrefix(path, prefix+"/"))
}

// Takes reports whether ingress-nginx would serve the path by this route unless
// a longer one takes it. If one path of a host is a pattern, all are.
func (r Route) Takes(host, path string) bool {
	if r.Patterns == "" {
		return r.Covers(host, path)
	}
	re, err := regexp.Compile("(?i)^" + r.Path)
	return err == nil && r.Host == host && re.MatchString(path)
}

// Owner returns the route that declares a path: an exact one, else the longest
// that contains it. Patterns own what they match.
func Owner(all []Route, host, path string) (owner Route, ok bool) {
	for _, r := range all {
		declares := r.Covers(host, path)
		if r.isPattern() {
			declares = r.Takes(host, path)
		}
		switch {
		case !declares:
		case r.PathType == "Exact" && r.Path == path:
			return r, true
		case !ok || len(r.Path) > len(owner.Path):
			owner, ok = r, true
		}
	}
	return owner, ok
}

func routesOf(o kubernetes.Object, rules []networkingv1.IngressRule) []Route {
	var all []Route
	for _, p := range pathsOf(rules) {
		all = append(all, Route{Object: o, Host: p.host, Path: cmp.Or(p.path, "/"), PathType: p.kind,
			Service: o.Namespace() + "/" + p.service.Name})
	}
	return all
}

// HostIn reports whether a host matches a list, in which *. stands for one
// label.
func HostIn(list []string, host string) bool {
	_, parent, _ := strings.Cut(host, ".")
	return slices.Contains(list, host) || slices.Contains(list, "*."+parent)
}

// path is one path of an Ingress with its Service. It has none if the backend
// is another resource.
type path struct {
	host, path, kind string
	service          networkingv1.IngressServiceBackend
}

func pathsOf(rules []networkingv1.IngressRule) []path {
	var all []path
	for _, rule := range rules {
		if rule.HTTP == nil {
			continue
		}
		for _, p := range rule.HTTP.Paths {
			one := path{host: rule.Host, path: p.Path}
			if p.PathType != nil {
				one.kind = string(*p.PathType)
			}
			if p.Backend.Service != nil {
				one.service = *p.Backend.Service
			}
			all = append(all, one)
		}
	}
	return all
}
