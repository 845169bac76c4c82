package cluster

import (
	"slices"
	"time"

	"github.com/lsst-sqre/muster/validation/kubernetes"
)

// ApplicationsOfEnvironment returns the Applications of Argo CD that have the
// environment's label. Phalanx plans to drop that label. If the label comes
// from Phalanx's Git and no Application has it, the environment's list is used.
func (c *Cluster) ApplicationsOfEnvironment() []kubernetes.Application {
	argo := c.env.ArgoCD
	all := List(c, kubernetes.Applications, argo.Namespace, argo.Selector)
	if len(all) > 0 || argo.Selector == "" || !c.env.Derived("argocd.selector") {
		return all
	}
	all = List(c, kubernetes.Applications, argo.Namespace, "")
	all = which(all, func(a kubernetes.Application) bool {
		return slices.Contains(argo.Applications, a.Meta.Name)
	})
	if len(all) > 0 {
		c.Remark("no Application has the label %s: those that Phalanx's Git names are taken", argo.Selector)
	}
	return all
}

// ReconcileLimit returns how long Argo CD may leave an Application alone, or 0 if it looks
// only when it is told to.
func (c *Cluster) ReconcileLimit() time.Duration {
	return kubernetes.ReconcileLimit(tryGet(c, kubernetes.ConfigMaps, c.env.ArgoCD.Namespace, kubernetes.ArgoCDConfig))
}
