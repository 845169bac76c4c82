package suite

import (
	"slices"

	"github.com/lsst-sqre/muster/validation/kubernetes"
)

// Routes are the paths of all Ingresses that the deployment's ingress controller
// serves, and those that a GafaelfawrIngress protects on paper only. Those of
// other controllers are remarked: they are not behind this one.
func (c *Check) Routes() []Route {
	all := kubernetes.Routes(c.Ingresses(), List(c, GafaelfawrIngresses, "", ""))
	return slices.DeleteFunc(all, func(r Route) bool { return r.Access == Guarded && c.isCanary(r.Namespace()) })
}

// Ingresses are those that the deployment's ingress controller serves.
func (c *Check) Ingresses() []Ingress {
	all, others := List(c, Ingresses, "", ""), c.otherClasses()
	ours := slices.DeleteFunc(slices.Clone(all), func(i Ingress) bool { return others[i.ClassOrAnnotation()] })
	if n := len(all) - len(ours); n > 0 {
		c.Remark("not judged: %d Ingresses of classes that belong to other controllers than ingress-nginx", n)
	}
	return ours
}

// otherClasses are the classes of other controllers.
func (c *Check) otherClasses() map[string]bool {
	others := map[string]bool{}
	for _, class := range TryList(c, IngressClasses, "") { // without them all Ingresses are asked
		others[class.Meta.Name] = class.Meta.Name != "nginx" && class.Spec.Controller != kubernetes.NginxController
	}
	return others
}
