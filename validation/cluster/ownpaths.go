package cluster

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/lsst-sqre/muster/validation/kubernetes"
	"github.com/lsst-sqre/muster/validation/kubernetes/ingressnginx"
)

// Misled is what keeps a path from the Service that it is meant for: an Ingress, or the
// Service itself where no Ingress is near.
type Misled struct {
	kubernetes.Object
	// Field of the Ingress, its value, and what is wrong with it.
	Field, Got, Text string
}

// GafaelfawrService returns Gafaelfawr's Service as namespace/name: that which most Ingresses
// ask who may come in, or that of Phalanx.
func (c *Cluster) GafaelfawrService() string {
	asked, most := map[string]int{}, ""
	for _, i := range c.Ingresses() {
		if a, ok := c.AuthTarget(i); ok && strings.HasPrefix(a.Path, "/ingress/") {
			asked[ingressnginx.ServiceOf(a.Host)]++
		}
	}
	for service, times := range asked {
		if service != "" && (times > asked[most] || times == asked[most] && service < most || most == "") {
			most = service
		}
	}
	return cmp.Or(most, "gafaelfawr/gafaelfawr")
}

// ServiceNamed returns the Service of that application in the namespace, by its label or its
// name, as namespace/name, or "".
func (c *Cluster) ServiceNamed(namespace, name string) string {
	for _, s := range List(c, kubernetes.Services, "", "") {
		if s.Namespace() == namespace && (s.Meta.Name == name || s.Meta.Labels["app.kubernetes.io/name"] == name) {
			return s.ID()
		}
	}
	return ""
}

// Misled returns why no Ingress leads a path of the deployment's host to the Service, and
// false if one does. Without strict any Service will do.
func (c *Cluster) Misled(service, path string, strict bool) (Misled, bool) {
	ingresses := map[string]kubernetes.Ingress{}
	all := which(List(c, kubernetes.Ingresses, "", ""),
		func(i kubernetes.Ingress) bool { return !ingressnginx.Canary(i) })
	for _, i := range all {
		ingresses[i.ID()] = i
	}
	server, owner, owned := c.ownerOf(path)
	if owned && (!strict || c.leads(owner.Service, service)) {
		return c.portless(owner, ingresses[owner.ID()])
	}
	if near, ok := c.nearest(all, service, path, server); ok {
		return c.astray(near, owner, service, path, server), true
	}
	o := kubernetes.Object{Kind: "Service"}
	o.Meta.Namespace, o.Meta.Name, _ = strings.Cut(service, "/")
	if service == "" {
		o.Kind, o.Meta.Name = "Namespace", kubernetes.ControllerNamespace
	}
	return Misled{o, "Ingress", "", "no Ingress leads " + path + " of " + c.env.Host() + " to it"}, true
}

// Diverted returns what of the Ingress of a path can keep requests from the application: one
// was answered with that status, or 0 before any. ok is false if nothing of it can.
func (c *Cluster) Diverted(path string, status int) (m Misled, ok bool) {
	_, owner, owned := c.ownerOf(path)
	if !owned {
		return m, false
	}
	for _, i := range List(c, kubernetes.Ingresses, owner.Namespace(), "") {
		if i.ID() != owner.ID() {
			continue
		}
		for _, d := range ingressnginx.Diversions(i, owner, path, status) {
			return Misled{i.Object, d.Annotation, d.Value, fmt.Sprintf("%s is %q: %s", d.Annotation, d.Value, d.Breaks)}, true
		}
	}
	return m, false
}

// ownerOf returns the route by which ingress-nginx serves a path of the deployment's host, and
// the host of its rules.
func (c *Cluster) ownerOf(path string) (server string, owner ingressnginx.Route, owned bool) {
	routes := which(c.Routes(), func(r ingressnginx.Route) bool { return r.Kind == "Ingress" && c.serves(r.Class) })
	server = ingressnginx.ServerOf(routes, c.env.Host())
	owner, owned = ingressnginx.Owner(routes, server, path)
	return server, owner, owned
}

// serves reports whether ingress-nginx serves Ingresses of a class. Without leave to read
// the classes, it is Phalanx's.
func (c *Cluster) serves(class string) bool {
	classes := TryList(c, kubernetes.IngressClasses, "")
	return class == "nginx" || slices.ContainsFunc(classes, func(k kubernetes.IngressClass) bool {
		return k.Meta.Name == class && k.Spec.Controller == ingressnginx.NginxController
	})
}

// leads reports whether a Service leads to the other: it is the same, selects the same pods,
// or is another name of it.
func (c *Cluster) leads(service, to string) bool {
	if service == to || to == "" {
		return true
	}
	var from, wanted kubernetes.Service
	for _, s := range List(c, kubernetes.Services, "", "") {
		switch s.ID() {
		case service:
			from = s
		case to:
			wanted = s
		}
	}
	same := from.Namespace() == wanted.Namespace() && len(wanted.Spec.Selector) > 0
	for label, value := range wanted.Spec.Selector {
		same = same && from.Spec.Selector[label] == value
	}
	return same || from.Spec.ExternalName != "" && ingressnginx.ServiceOf(from.Spec.ExternalName) == to
}

// portless says that the Service of a route lacks the port that its Ingress names.
func (c *Cluster) portless(r ingressnginx.Route, i kubernetes.Ingress) (Misled, bool) {
	for _, b := range c.MissingBackends() {
		if b.ID() == r.ID() && b.Kind == "port" {
			return Misled{i.Object, "port", "", b.Text}, true
		}
	}
	return Misled{}, false
}

// near is the route of an Ingress that would lead a path to its Service but for what is wrong.
type near struct {
	ingressnginx.Route
	of kubernetes.Ingress
}

// nearest returns the route that has most of what it takes.
func (c *Cluster) nearest(all []kubernetes.Ingress, service, path, server string) (best near, ok bool) {
	most := 0
	namespace, _, _ := strings.Cut(service, "/")
	for _, i := range all {
		for _, r := range ingressnginx.RoutesOf(i) {
			points := 0
			leads, begins := service != "" && c.leads(r.Service, service), beginsWith(r.Path, path)
			if !leads && (!begins || r.Namespace() != namespace) {
				continue
			}
			for point, has := range map[int]bool{5: leads, 4: r.Covers(r.Host, path), 2: begins, 1: r.Host == server} {
				if has {
					points += point
				}
			}
			if points > most {
				best, most, ok = near{r, i}, points, true
			}
		}
	}
	return best, ok
}

// beginsWith reports whether a path is at or below another.
func beginsWith(prefix, path string) bool {
	prefix = strings.TrimSuffix(prefix, "/")
	return path == prefix || strings.HasPrefix(path, prefix+"/")
}

// astray says what is wrong with the nearest route.
func (c *Cluster) astray(n near, owner ingressnginx.Route, service, path, server string) Misled {
	m := Misled{Object: n.Object}
	say := func(field, got, format string, args ...any) Misled {
		m.Field, m.Got, m.Text = field, got, fmt.Sprintf(format, args...)
		return m
	}
	switch {
	case !c.serves(n.of.ClassOrAnnotation()):
		return say("ingressClassName", n.of.ClassOrAnnotation(), "its class is %q, which ingress-nginx does not serve",
			n.of.ClassOrAnnotation())
	case n.Host == "" && server != "":
		return say("host", "", "it has no host, and other Ingresses have rules for %s", server)
	case n.Host != server:
		return say("host", n.Host, "it is for the host %s", n.Host)
	case n.Covers(n.Host, path) && !c.leads(n.Service, service):
		return say("service", n.Service, "it leads %s to Service %s", n.Path, n.Service)
	case n.Covers(n.Host, path):
		return say("path", n.Path, "%s takes %s", owner, path)
	case beginsWith(n.Path, path):
		return say("pathType", n.PathType, "its path %s is of type %s, without what is below", n.Path, n.PathType)
	}
	return say("path", n.Path, "it has the path %s and not %s", n.Path, path)
}
