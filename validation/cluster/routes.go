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
	return slices.DeleteFunc(
		all,
		func(r ingressnginx.Route) bool { return r.Access == ingressnginx.Guarded && c.isCanary(r.Namespace()) },
	)
}

// Ingresses returns the Ingresses that the deployment's ingress controller
// serves.
func (c *Cluster) Ingresses() []kubernetes.Ingress {
	all, others := List(c, kubernetes.Ingresses, "", ""), c.otherClasses()
	ours := which(all, func(i kubernetes.Ingress) bool { return !others[i.ClassOrAnnotation()] })
	if n := len(all) - len(ours); n > 0 {
		c.Remark("not judged: %d Ingresses of classes that belong to other controllers than ingress-nginx", n)
	}
	return ours
}

// otherClasses returns the classes of other controllers.
func (c *Cluster) otherClasses() map[string]bool {
	others := map[string]bool{}
	for _, class := range TryList(c, kubernetes.IngressClasses, "") { // without the classes, all Ingresses count
		others[class.Meta.Name] = class.Meta.Name != "nginx" && class.Spec.Controller != ingressnginx.NginxController
	}
	return others
}
