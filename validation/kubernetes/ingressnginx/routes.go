package ingressnginx

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/lsst-sqre/muster/validation/kubernetes"
)

// Access is what an object asks of the callers of its paths.
type Access int

const (
	// Guarded paths are for callers whom Gafaelfawr, or another service, lets in.
	Guarded Access = iota
	// Anonymous paths have a GafaelfawrIngress that lets in anyone.
	Anonymous
	// Unguarded paths have no authentication at all.
	Unguarded
)

// Route is one path that an Ingress serves, or that a GafaelfawrIngress asks
// for and no Ingress has.
type Route struct {
	kubernetes.Object
	// Host is "" for a path that is served under any name that no rule has.
	Host, Path, PathType string
	// Aliases are further names of the host.
	Aliases []string
	// Service behind the path, by its namespace/name.
	Service string
	Access  Access
	// NoAuthURL reports that the Ingress asks nobody whether to let a caller in.
	NoAuthURL bool
	// Asks is what the Ingress asks callers for, "" for nothing.
	Asks Authentication
	// Class is the class of the Ingress.
	Class string
	// Signin is where the Ingress sends callers without a session, "" for nowhere.
	Signin string
	// Implied is the path of a default backend, which no rule has.
	Implied bool
	// Patterns names the Ingress whose pattern turns every path of the host into
	// one; "" where none does.
	Patterns string
	// regex reports that ingress-nginx takes the path for a pattern.
	regex bool
}

// String names the object and the path.
func (r Route) String() string { return r.Object.String() + ", path " + r.Path }

// Routes are the paths of all Ingresses, and those that a GafaelfawrIngress
// protects on paper only. A canary has none: it shares those of another Ingress,
// which also says who gets in.
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

// older is the order in which ingress-nginx reads Ingresses.
func older(a, b kubernetes.Ingress) int {
	return cmp.Or(a.Meta.CreationTimestamp.Compare(b.Meta.CreationTimestamp.Time), strings.Compare(a.ID(), b.ID()))
}

// routeOf fills in what the Ingress says of one of its paths.
func routeOf(i kubernetes.Ingress, r Route, parents map[string]kubernetes.GafaelfawrIngress) Route {
	r.Access = accessOf(i, r, parents)
	r.NoAuthURL = Annotation(i, "auth-url") == ""
	r.Asks = AuthenticationOf(i)
	r.Class = i.ClassOrAnnotation()
	r.Signin = Annotation(i, "auth-signin")
	r.regex = takesPatterns(i.Meta.Annotations, r.Path)
	return r
}

// defaultRoutes are those of spec.defaultBackend: under any name for an Ingress
// without rules, else for what no rule has at a host that the Ingress is the
// first to name.
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

// aliasesOf are the further names of hosts: of each those of the oldest Ingress
// that has any.
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

// share gives all routes of a host what one Ingress sets for all of them.
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

// key tells routes of one namespace apart.
func (r Route) key() string {
	return strings.Join([]string{r.Namespace(), r.Host, r.PathType, r.Path}, " ")
}

// accessOf believes the owner before the annotations, which may have been
// edited. That anyone may come in is only what a GafaelfawrIngress says, of its
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
	if a := AuthenticationOf(i); a == "" || a == asksAnonymous {
		return Unguarded
	}
	return Guarded
}

// Covers reports whether the route's path is, or begins, that path.
func (r Route) Covers(host, path string) bool {
	if r.Host != host {
		return false
	}
	prefix := strings.TrimSuffix(r.Path, "/")
	return r.Path == path || r.PathType != "Exact" && (path == prefix || strings.HasPrefix(path, prefix+"/"))
}

// Takes reports whether ingress-nginx would serve that path by this route, if no
// longer one takes it: as soon as one path of a host is a pattern, all are.
func (r Route) Takes(host, path string) bool {
	if r.Patterns == "" {
		return r.Covers(host, path)
	}
	re, err := regexp.Compile("(?i)^" + r.Path)
	return err == nil && r.Host == host && re.MatchString(path)
}

// Owner is the route that declares a path: an exact one, else the longest that
// contains it. Patterns own what they match.
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

// HostIn reports whether a host is in a list, in which *. stands for one label.
func HostIn(list []string, host string) bool {
	_, parent, _ := strings.Cut(host, ".")
	return slices.Contains(list, host) || slices.Contains(list, "*."+parent)
}

// path is one path of an Ingress and the service behind it, none where its
// backend is another resource.
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
