package cluster

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/lsst-sqre/muster/muster"
	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/kubernetes"
	"github.com/lsst-sqre/muster/validation/kubernetes/ingressnginx"
)

// Alteration is a field of one of Muster's own GafaelfawrIngresses that its chart writes
// differently. Without a field the GafaelfawrIngress is missing.
type Alteration struct {
	Of               kubernetes.Object
	Field, Want, Got string
	// Paths are those that it has, and those that it should have.
	Paths []string
}

// Alterations compares Muster's own GafaelfawrIngresses with those of its chart. What the
// values of the chart decide is the same in all of them. found is false if no namespace has
// them at the environment's path.
func (c *Cluster) Alterations() (all []Alteration, found bool) {
	routes := muster.Routes("", "")
	groups := map[string][]own{}
	for _, g := range List(c, kubernetes.GafaelfawrIngresses, "", "") {
		at := slices.IndexFunc(routes, func(r muster.Route) bool { return r.Name == g.Meta.Name })
		if at >= 0 {
			groups[g.Namespace()] = append(groups[g.Namespace()], own{g, routes[at], fieldsOf(g)})
		}
	}
	for _, namespace := range slices.Sorted(maps.Keys(groups)) {
		group := groups[namespace]
		if len(group) < len(routes)/2 || commonest(group, own.prefix) != c.env.Muster.Path {
			continue
		}
		found = true
		if changing := slices.ContainsFunc(group, func(o own) bool { return time.Since(o.Changed()) < c.Grace() }); changing {
			c.Remark("not judged: GafaelfawrIngresses of the namespace %s, which are being changed", namespace)
			continue
		}
		all = append(all, c.alterationsIn(namespace, group)...)
	}
	return all, found
}

// own is one of Muster's own GafaelfawrIngresses with the route that it is for and what its
// template has.
type own struct {
	kubernetes.GafaelfawrIngress
	route  muster.Route
	fields map[string]string
}

// alterationsIn are those of the Muster in one namespace.
func (c *Cluster) alterationsIn(namespace string, group []own) (all []Alteration) {
	scope := commonest(group, func(o own) string { return strings.Join(o.Config.Scopes.All, " ") })
	for _, route := range muster.Routes(c.env.Muster.Path, scope) {
		paths := []string{pathOf(route)}
		at := slices.IndexFunc(group, func(o own) bool { return o.route.Name == route.Name })
		if at < 0 {
			missing := kubernetes.Object{Kind: "GafaelfawrIngress"}
			missing.Meta.Namespace, missing.Meta.Name = namespace, route.Name
			all = append(all, Alteration{Of: missing, Paths: paths})
			continue
		}
		got := group[at].fields
		want := wanted(route, group)
		paths = append(paths, ingressnginx.PathsOf(group[at].Template.Spec.Rules)...)
		slices.Sort(paths)
		names := slices.Collect(maps.Keys(want))
		names = slices.AppendSeq(names, maps.Keys(got))
		slices.Sort(names)
		for _, name := range slices.Compact(names) {
			if want[name] != got[name] {
				all = append(all, Alteration{group[at].Object, name, want[name], got[name], slices.Compact(paths)})
			}
		}
	}
	return all
}

// wanted are the fields that the chart writes for a route.
func wanted(route muster.Route, group []own) map[string]string {
	want := configFields(route.Config)
	for _, o := range group {
		for name := range o.fields {
			if _, known := want[name]; !known && !strings.HasPrefix(name, "config.") {
				want[name] = commonest(group, func(o own) string { return o.fields[name] })
			}
		}
	}
	want["template.metadata.name"], want["path"], want["pathType"] = route.Name, route.Path, route.PathType
	return want
}

// prefix is the path of Muster, if the path of the GafaelfawrIngress is as it should be.
func (o own) prefix() string { return strings.TrimSuffix(o.fields["path"], o.route.Path) }

// commonest returns the value that most have.
func commonest(group []own, value func(own) string) string {
	count := map[string]int{}
	for _, o := range group {
		count[value(o)]++
	}
	values := slices.Sorted(maps.Keys(count))
	return slices.MaxFunc(values, func(a, b string) int { return count[a] - count[b] })
}

// pathOf is the path of a route as ingressnginx.PathsOf writes it.
func pathOf(r muster.Route) string {
	if r.PathType == "Exact" {
		return r.Path
	}
	return r.Path + "*"
}

// fieldsOf are the fields of a GafaelfawrIngress that make a difference, by their names.
func fieldsOf(g kubernetes.GafaelfawrIngress) map[string]string {
	all := configFields(g.Config)
	all["template.metadata.name"] = g.Template.Metadata.Name
	for name, value := range g.Template.Metadata.Annotations {
		all["annotation "+name] = value
	}
	for _, t := range g.Template.Spec.TLS {
		all["tls"] += strings.Join(t.Hosts, " ") + " with " + t.SecretName + " "
	}
	for _, rule := range g.Template.Spec.Rules {
		all["host"] = joined(all["host"], rule.Host)
		if rule.HTTP == nil {
			continue
		}
		for _, p := range rule.HTTP.Paths {
			all["path"] = joined(all["path"], p.Path)
			if p.PathType != nil {
				all["pathType"] = joined(all["pathType"], string(*p.PathType))
			}
			all["backend"] = joined(all["backend"], backend(p))
		}
	}
	return all
}

// joined adds a value to those of a list.
func joined(list, value string) string {
	if list == "" {
		return value
	}
	return list + ", " + value
}

func backend(p networkingv1.HTTPIngressPath) string {
	s := p.Backend.Service
	switch {
	case s == nil:
		return "no Service"
	case s.Port.Name != "":
		return s.Name + ":" + s.Port.Name
	}
	return s.Name + ":" + strconv.Itoa(int(s.Port.Number))
}

// configFields are the members of a config. What a default says is left out, and the order
// of lists means nothing.
func configFields(c gafaelfawr.IngressConfig) map[string]string {
	if c.AllowCookies != nil && *c.AllowCookies {
		c.AllowCookies = nil
	}
	if c.AuthType == "bearer" {
		c.AuthType = ""
	}
	all := map[string]string{}
	var members any
	raw, err := json.Marshal(c)
	if err == nil && json.Unmarshal(raw, &members) == nil {
		flatten(all, "config", members)
	}
	return all
}

// flatten adds the members of a JSON value, each by its path.
func flatten(all map[string]string, path string, value any) {
	switch v := value.(type) {
	case map[string]any:
		if len(v) == 0 {
			all[path] = "{}"
		}
		for name, member := range v {
			flatten(all, path+"."+name, member)
		}
	case []any:
		items := make([]string, len(v))
		for i, item := range v {
			items[i] = fmt.Sprint(item)
		}
		slices.Sort(items)
		all[path] = "[" + strings.Join(items, ", ") + "]"
	case float64:
		all[path] = strconv.FormatFloat(v, 'f', -1, 64)
	default:
		all[path] = fmt.Sprint(v)
	}
}
