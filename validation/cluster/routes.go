package cluster

import (
	"slices"

	"github.com/lsst-sqre/muster/validation/kubernetes"
	"github.com/lsst-sqre/muster/validation/kubernetes/ingressnginx"
)

// Routes returns the paths of all Ingresses that the deployment's ingress
// controller serves, including those that a GafaelfawrIngress only seems to
// protect. Ingresses of other controllers are remarked, because they are not
// behind this one.
func (c *Cluster) Routes() []ingressnginx.Route {
	all := ingressnginx.Routes(c.Ingresses(), List(c, kubernetes.GafaelfawrIngresses, "", ""))
	return slices.DeleteFunc(all,
		func(r ingressnginx.Route) bool { return r.Access == ingressnginx.Guarded && c.isCanary(r.Namespace()) })
}

// Ingresses returns the Ingresses that the deployment's ingress controller
// serves.
func (c *Cluster) Ingresses() []kubernetes.Ingress {
	all := List(c, kubernetes.Ingresses, "", "")
	others := c.ServedByOthers()
	ours := which(all, func(i kubernetes.Ingress) bool { return !others(i) })
	if n := len(all) - len(ours); n > 0 {
		c.Remark("not judged: %d Ingresses of classes that belong to other controllers than ingress-nginx", n)
	}
	return ours
}

// googleClasses are the classes that GKE's own controller serves.
var googleClasses = []string{"gce", "gce-internal", "gce-multi-cluster"}

// ServedByOthers reports whether another controller than ingress-nginx serves the
// Ingress: its class is one of that controller or, as with some clouds, no IngressClass
// has its name and yet some controller has given it an address. Google's classes have no
// IngressClass, and their first address takes minutes.
func (c *Cluster) ServedByOthers() func(kubernetes.Ingress) bool {
	others := map[string]bool{}
	classes := TryList(c, kubernetes.IngressClasses, "") // without the classes, all Ingresses count
	for _, class := range classes {
		others[class.Meta.Name] = class.Meta.Name != "nginx" && class.Spec.Controller != ingressnginx.NginxController
	}
	return func(i kubernetes.Ingress) bool {
		other, known := others[i.ClassOrAnnotation()]
		google := len(classes) > 0 && !known && slices.Contains(googleClasses, i.ClassOrAnnotation())
		return other || google || !known && len(classes) > 0 && i.ClassOrAnnotation() != "" && i.Addressed()
	}
}
