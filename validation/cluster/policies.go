package cluster

import (
	"slices"

	"github.com/lsst-sqre/muster/validation/kubernetes"
	"github.com/lsst-sqre/muster/validation/kubernetes/ingressnginx"
)

// KeptOut is a workload behind an Ingress with a policy that keeps the ingress controller from it.
type KeptOut struct {
	Policy   kubernetes.NetworkPolicy
	Workload kubernetes.Workload
	Pod      kubernetes.Pod
	// Path leads to the workload without a login, "" if none does.
	Path string
}

// KeptOut returns the declared workloads behind Ingresses to which no policy lets the controller
// connect. Most networks let the pods of a node's own network in, whatever a policy says.
func (c *Cluster) KeptOut() (all []KeptOut) {
	pods := c.ControllerPods()
	if len(pods) == 0 || slices.ContainsFunc(pods, func(p kubernetes.Pod) bool { return p.Spec.HostNetwork }) {
		return nil
	}
	behind := map[string]bool{}
	for _, i := range c.Ingresses() {
		for _, b := range i.Backends() {
			behind[i.Namespace()+"/"+b.Name] = true
		}
	}
	services := which(List(c, kubernetes.Services, "", ""), func(s kubernetes.Service) bool { return behind[s.ID()] })
	var own kubernetes.Namespace
	for _, n := range List(c, kubernetes.Namespaces, "", "") {
		if n.Meta.Name == kubernetes.ControllerNamespace {
			own = n
		}
	}
	for _, w := range c.Workloads() {
		entrances := w.Entrances(services)
		if w.Meta.UID == "" || len(entrances) == 0 {
			continue
		}
		limits := which(List(c, kubernetes.NetworkPolicies, w.Namespace(), ""),
			func(n kubernetes.NetworkPolicy) bool { return n.Selects(w.Template.Labels) && n.Limits() })
		in := slices.ContainsFunc(limits, func(n kubernetes.NetworkPolicy) bool {
			return slices.ContainsFunc(pods, func(p kubernetes.Pod) bool { return n.LetsIn(p, own, entrances) })
		})
		if len(limits) > 0 && !in {
			all = append(all, KeptOut{limits[0], w, pods[0], c.openPath(w, services)})
		}
	}
	return all
}

// openPath returns a path of the deployment's host that leads to the workload, and that nobody guards.
func (c *Cluster) openPath(w kubernetes.Workload, services []kubernetes.Service) string {
	for _, r := range c.Routes() {
		of := slices.IndexFunc(services, func(s kubernetes.Service) bool { return s.ID() == r.Service })
		if r.Host == c.env.Host() && r.Access != ingressnginx.Guarded && of >= 0 && len(w.Entrances(services[of:of+1])) > 0 {
			return r.Path
		}
	}
	return ""
}
