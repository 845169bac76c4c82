package suite

import (
	"slices"

	"github.com/lsst-sqre/muster/validation/kubernetes"
)

// Routes are the paths of all Ingresses in the cluster, and those that a
// GafaelfawrIngress protects on paper only.
func (c *Check) Routes() []Route {
	protected, ingresses := List(c, GafaelfawrIngresses, "", ""), List(c, Ingresses, "", "")
	all := kubernetes.Routes(ingresses, protected, c.run.env.Host())
	return slices.DeleteFunc(all, func(r Route) bool { return r.Meta.Labels[canaryLabel] != "" })
}

// AtHost reports whether the route is at this deployment's host.
func (c *Check) AtHost(r Route) bool { return r.Host == c.run.env.Host() }
