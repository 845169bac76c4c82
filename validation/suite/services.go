package suite

import (
	"maps"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/lsst-sqre/muster/validation/kubernetes"
)

// Workloads are those that the environment declares under services. One that
// does not exist has no UID.
func (c *Check) Workloads() []Workload {
	var all []Workload
	for _, namespace := range c.serviceNamespaces() {
		existing := map[string]Workload{}
		for _, w := range c.workloadsIn(namespace) {
			existing[w.Path()] = w
		}
		for _, id := range c.run.env.Services[namespace] {
			w, ok := existing[namespace+"/"+id]
			if !ok {
				kind, name, _ := strings.Cut(id, "/")
				w.Kind, w.Meta.Namespace, w.Meta.Name = workloadKinds[kind], namespace, name
			}
			all = append(all, w)
		}
	}
	return all
}

var workloadKinds = map[string]string{
	"deployment": "Deployment", "statefulset": "StatefulSet", "daemonset": "DaemonSet",
}

func (c *Check) workloadsIn(namespace string) []Workload {
	var all []Workload
	for _, d := range List(c, Deployments, namespace, "") {
		all = append(all, d.Workload())
	}
	for _, s := range List(c, StatefulSets, namespace, "") {
		all = append(all, s.Workload())
	}
	for _, d := range List(c, DaemonSets, namespace, "") {
		all = append(all, d.Workload())
	}
	return all
}

// ServicePods are the pods in the namespaces of the declared services, but for
// those that have done their work.
func (c *Check) ServicePods() []Pod {
	var all []Pod
	for _, namespace := range c.serviceNamespaces() {
		all = append(all, slices.DeleteFunc(List(c, Pods, namespace, ""), kubernetes.Pod.Ended)...)
	}
	return all
}

// CronJobs are those in the namespaces of the declared services.
func (c *Check) CronJobs() []CronJob { return inServices(c, CronJobs) }

// Volumes are the claims in the namespaces of the declared services.
func (c *Check) Volumes() []Volume { return inServices(c, Volumes) }

func inServices[T any](c *Check, kind kubernetes.Kind[T]) []T {
	var all []T
	for _, namespace := range c.serviceNamespaces() {
		all = append(all, List(c, kind, namespace, "")...)
	}
	return all
}

func (c *Check) serviceNamespaces() []string { return slices.Sorted(maps.Keys(c.run.env.Services)) }

// ServiceAddress is the address of namespace/name:port inside the cluster, and
// false where there is no such Service.
func (c *Check) ServiceAddress(service string) (string, bool) {
	id, port, _ := strings.Cut(service, ":")
	if c.run.serviceAddress != nil {
		return c.run.serviceAddress(id)
	}
	namespace, name, _ := strings.Cut(id, "/")
	host := name + "." + namespace + ".svc.cluster.local"
	addresses, err := net.DefaultResolver.LookupHost(c.ctx, host)
	return net.JoinHostPort(host, port), err == nil && len(addresses) > 0
}

// ControllerStarted is when Argo CD's controller last started; the zero time
// where it does not run.
func (c *Check) ControllerStarted() time.Time {
	var newest time.Time
	for _, p := range List(c, Pods, c.run.env.ArgoCD.Namespace, "app.kubernetes.io/name=argocd-application-controller") {
		if p.Started().After(newest) {
			newest = p.Started()
		}
	}
	return newest
}
