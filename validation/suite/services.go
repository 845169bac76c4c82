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
	namespaces := c.serviceNamespaces()
	existing, closed := c.workloadsIn(namespaces)
	var all []Workload
	for _, namespace := range namespaces {
		for _, id := range c.run.env.Services[namespace] {
			kind, name, _ := strings.Cut(id, "/")
			if closed[namespace+"/"+kind] {
				continue
			}
			w, ok := existing[namespace+"/"+id]
			if !ok {
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

// workloadsIn are the workloads of namespaces by their path; closed are the kinds
// of them, as namespace/kind, that may not be read.
func (c *Check) workloadsIn(namespaces []string) (all map[string]Workload, closed map[string]bool) {
	deployments, noDeployments := listEach(c, Deployments, namespaces)
	statefulSets, noStatefulSets := listEach(c, StatefulSets, namespaces)
	daemonSets, noDaemonSets := listEach(c, DaemonSets, namespaces)
	all, closed = map[string]Workload{}, map[string]bool{}
	for _, d := range deployments {
		all[d.Workload().Path()] = d.Workload()
	}
	for _, s := range statefulSets {
		all[s.Workload().Path()] = s.Workload()
	}
	for _, d := range daemonSets {
		all[d.Workload().Path()] = d.Workload()
	}
	for kind, namespaces := range map[string][]string{
		"deployment": noDeployments, "statefulset": noStatefulSets, "daemonset": noDaemonSets,
	} {
		for _, namespace := range namespaces {
			closed[namespace+"/"+kind] = true
		}
	}
	return all, closed
}

// ServicePods are the pods in the namespaces of the declared services, but for
// those that have done their work, and those of a node that is lost.
func (c *Check) ServicePods() []Pod {
	now := time.Now()
	return slices.DeleteFunc(inServices(c, Pods), func(p Pod) bool {
		if p.Gone(now) {
			c.Remark("%s was deleted at %s and is still there: its node %s may be lost",
				p, p.Meta.DeletionTimestamp.UTC().Format(time.RFC3339), p.Spec.NodeName)
		}
		return p.Ended() || p.Gone(now)
	})
}

// CronJobs are those in the namespaces of the declared services.
func (c *Check) CronJobs() []CronJob { return inServices(c, CronJobs) }

// OwnValidation reports whether a CronJob of Muster's chart runs this suite.
func (c *Check) OwnValidation(j CronJob) bool {
	return j.Meta.Name == ownCronJob || j.Meta.Labels["app.kubernetes.io/name"] == ownCronJob
}

// ownCronJob is the CronJob of Muster's chart, and the name on its label.
const ownCronJob = "muster-validation"

// Jobs are those in the namespaces of the declared services.
func (c *Check) Jobs() []kubernetes.Job { return inServices(c, Jobs) }

// Volumes are the claims in the namespaces of the declared services.
func (c *Check) Volumes() []Volume { return inServices(c, Volumes) }

func inServices[T any](c *Check, kind kubernetes.Kind[T]) []T {
	all, _ := listEach(c, kind, c.serviceNamespaces())
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
