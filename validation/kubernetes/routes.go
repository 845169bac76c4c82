package kubernetes

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"
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
	Object
	Host, Path, PathType string
	// Service behind the path, by its namespace/name.
	Service string
	Access  Access
	// NoAuthURL tells that the Ingress asks nobody whether to let a caller in.
	NoAuthURL bool
	// regex tells that ingress-nginx takes the path for a pattern.
	regex bool
	// Signin is where the Ingress sends callers without a session, "" for nowhere.
	Signin string
}

// String names the object and the path.
func (r Route) String() string { return r.Object.String() + ", path " + r.Path }

// Routes are the paths of all Ingresses, and those that a GafaelfawrIngress
// protects on paper only. Rules without a host are for the given one.
func Routes(ingresses []Ingress, protected []GafaelfawrIngress, host string) []Route {
	parents := map[string]GafaelfawrIngress{}
	for _, g := range protected {
		parents[string(g.Meta.UID)] = g
	}
	var all []Route
	claimed := map[string]bool{}
	for _, i := range ingresses {
		for _, r := range routesOf(i.Object, i.Spec.Rules, host) {
			r.Access = accessOf(i, parents)
			r.NoAuthURL = i.Annotation("auth-url") == ""
			r.regex = takesPatterns(i.Meta.Annotations)
			r.Signin = i.Annotation("auth-signin")
			claimed[r.key()] = true
			all = append(all, r)
		}
	}
	for _, g := range protected {
		for _, r := range routesOf(g.Object, g.Template.Spec.Rules, host) {
			r.regex = takesPatterns(g.Template.Metadata.Annotations)
			if !g.Config.Scopes.Anonymous && !claimed[r.key()] {
				all = append(all, r)
			}
		}
	}
	slices.SortFunc(all, func(a, b Route) int {
		return cmp.Or(strings.Compare(a.ID(), b.ID()), strings.Compare(a.Kind, b.Kind),
			strings.Compare(a.Path, b.Path), strings.Compare(a.Host, b.Host))
	})
	return all
}

// key tells routes of one namespace apart.
func (r Route) key() string {
	return strings.Join([]string{r.Namespace(), r.Host, r.PathType, r.Path}, " ")
}

// accessOf believes the owner before the annotations, which may have been
// edited.
func accessOf(i Ingress, parents map[string]GafaelfawrIngress) Access {
	for _, o := range i.Meta.OwnerReferences {
		if g, ok := parents[string(o.UID)]; ok {
			if g.Config.Scopes.Anonymous {
				return Anonymous
			}
			return Guarded
		}
	}
	switch url := i.Annotation("auth-url"); {
	case url == "":
		return Unguarded
	case strings.HasSuffix(url, "/ingress/anonymous"):
		return Anonymous
	}
	return Guarded
}

// pattern is what makes a path a pattern; a dot alone does not.
const pattern = `([*+?^$|\{`

// Paths are those that the route must answer: of a prefix, also one below it.
// There is none where a pattern is not understood.
func (r Route) Paths() []string {
	path := r.Path
	if path == "" {
		path = "/"
	}
	if r.regex && strings.ContainsAny(path, pattern) {
		re, err := regexp.Compile("(?i)^" + path)
		start := path[:strings.IndexAny(path, pattern)]
		if err != nil {
			return nil
		}
		for _, try := range []string{start, start + "muster-sweep", start + "/muster-sweep", start + "/muster/sweep"} {
			if re.MatchString(try) && strings.HasPrefix(try, "/") {
				return []string{try}
			}
		}
		return nil
	}
	if r.PathType == "Exact" {
		return []string{path}
	}
	return []string{path, strings.TrimSuffix(path, "/") + "/muster-sweep"}
}

// Covers reports whether the route's path is, or begins, that path.
func (r Route) Covers(host, path string) bool {
	if r.Host != host {
		return false
	}
	prefix := strings.TrimSuffix(r.Path, "/")
	return r.Path == path || r.PathType != "Exact" && (path == prefix || strings.HasPrefix(path, prefix+"/"))
}

func routesOf(o Object, rules []networkingv1.IngressRule, anyHost string) []Route {
	var all []Route
	for _, p := range pathsOf(rules) {
		all = append(all, Route{Object: o, Host: cmp.Or(p.host, anyHost), Path: p.path, PathType: p.kind,
			Service: o.Namespace() + "/" + p.service.Name})
	}
	return all
}
