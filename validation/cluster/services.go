package cluster

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/lsst-sqre/muster/validation/environment"
	"github.com/lsst-sqre/muster/validation/kubernetes"
)

// Workloads returns the workloads that the environment declares under services.
// A missing one has no UID.
func (c *Cluster) Workloads() []kubernetes.Workload {
	namespaces := c.serviceNamespaces()
	existing, closed := c.workloadsIn(namespaces)
	var all []kubernetes.Workload
	for _, namespace := range namespaces {
		for _, id := range c.env.Services[namespace] {
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

// UndeclaredWorkloads returns the workloads in the namespaces of the declared services
// that the environment does not declare.
func (c *Cluster) UndeclaredWorkloads() (all []kubernetes.Workload) {
	declared := map[string]bool{}
	for namespace, ids := range c.env.Services {
		for _, id := range ids {
			declared[namespace+"/"+id] = true
		}
	}
	existing, _ := c.workloadsIn(c.serviceNamespaces())
	for path, w := range existing {
		if !declared[path] && w.Wanted > 0 {
			all = append(all, w)
		}
	}
	return all
}

var workloadKinds = map[string]string{
	"deployment": "Deployment", "statefulset": "StatefulSet", "daemonset": "DaemonSet",
}

// workloadsIn returns the workloads of namespaces by their path. closed are the
// kinds, as namespace/kind, that may not be read.
func (c *Cluster) workloadsIn(namespaces []string) (all map[string]kubernetes.Workload, closed map[string]bool) {
	for _, kind := range []schema.GroupVersionResource{kubernetes.Deployments.Resource, kubernetes.StatefulSets.Resource,
		kubernetes.DaemonSets.Resource} {
		c.kubernetes("list", kind)
	}
	var reads sync.WaitGroup // what is asked for at the same time is kept, and taken below
	reads.Go(func() { readEach(c, kubernetes.Deployments, namespaces) })
	reads.Go(func() { readEach(c, kubernetes.StatefulSets, namespaces) })
	reads.Go(func() { readEach(c, kubernetes.DaemonSets, namespaces) })
	reads.Wait()
	deployments, noDeployments := listEach(c, kubernetes.Deployments, namespaces)
	statefulSets, noStatefulSets := listEach(c, kubernetes.StatefulSets, namespaces)
	daemonSets, noDaemonSets := listEach(c, kubernetes.DaemonSets, namespaces)
	all, closed = map[string]kubernetes.Workload{}, map[string]bool{}
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

// ServicePods returns the pods in the namespaces of the declared services,
// except completed pods and pods on a lost node.
func (c *Cluster) ServicePods() []kubernetes.Pod {
	now := time.Now()
	return slices.DeleteFunc(inServices(c, kubernetes.Pods), func(p kubernetes.Pod) bool {
		if p.Gone(now) {
			c.Remark("%s was deleted at %s and is still there: its node %s may be lost",
				p, p.Meta.DeletionTimestamp.UTC().Format(time.RFC3339), p.Spec.NodeName)
		}
		return p.Ended() || p.Gone(now)
	})
}

// CronJobs returns the CronJobs in the namespaces of the declared services.
func (c *Cluster) CronJobs() []kubernetes.CronJob { return inServices(c, kubernetes.CronJobs) }

// OwnValidation reports whether a CronJob of Muster's chart runs this suite. It
// stands beside the server, because any team could use the name.
func (c *Cluster) OwnValidation(j kubernetes.CronJob) bool {
	return j.Meta.Name == "muster-validation" && slices.Contains(c.env.Services[j.Meta.Namespace], "deployment/muster")
}

// WithinCluster reports whether this suite runs in a pod of the cluster, so that its own failure
// may be what it looks at.
func (c *Cluster) WithinCluster() bool { return c.env.Has(environment.Inside) && !c.env.Local }

// Jobs returns the Jobs in the namespaces of the declared services.
func (c *Cluster) Jobs() []kubernetes.Job { return inServices(c, kubernetes.Jobs) }

// Volumes returns the claims in the namespaces of the declared services.
func (c *Cluster) Volumes() []kubernetes.Volume { return inServices(c, kubernetes.Volumes) }

// Autoscalers returns the HorizontalPodAutoscalers in the namespaces of the declared services.
func (c *Cluster) Autoscalers() []kubernetes.Autoscaler { return inServices(c, kubernetes.Autoscalers) }

// DisruptionBudgets returns the PodDisruptionBudgets in the namespaces of the declared services.
func (c *Cluster) DisruptionBudgets() []kubernetes.DisruptionBudget {
	return inServices(c, kubernetes.DisruptionBudgets)
}

func inServices[T any](c *Cluster, kind kubernetes.Kind[T]) []T {
	all, _ := listEach(c, kind, c.serviceNamespaces())
	return all
}

func (c *Cluster) serviceNamespaces() []string { return slices.Sorted(maps.Keys(c.env.Services)) }

// ControllerStarted returns when Argo CD's controller last started, or the zero
// time if it does not run.
func (c *Cluster) ControllerStarted() time.Time {
	var newest time.Time
	const controller = "app.kubernetes.io/name=argocd-application-controller"
	for _, p := range List(c, kubernetes.Pods, c.env.ArgoCD.Namespace, controller) {
		if p.Started().After(newest) {
			newest = p.Started()
		}
	}
	return newest
}
