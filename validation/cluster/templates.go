package cluster

import "github.com/lsst-sqre/muster/validation/kubernetes"

// Templates returns what makes pods: in all namespaces if the account may read them,
// else in those of the declared services.
func (c *Cluster) Templates() (all []kubernetes.Template) {
	for _, d := range anywhere(c, kubernetes.Deployments) {
		all = append(all, kubernetes.Template{Object: d.Object, Pods: d.Spec.Template})
	}
	for _, s := range anywhere(c, kubernetes.StatefulSets) {
		all = append(all, kubernetes.Template{Object: s.Object, Pods: s.Spec.Template})
	}
	for _, d := range anywhere(c, kubernetes.DaemonSets) {
		all = append(all, kubernetes.Template{Object: d.Object, Pods: d.Spec.Template})
	}
	for _, j := range anywhere(c, kubernetes.CronJobs) {
		all = append(all, kubernetes.Template{Object: j.Object, Pods: j.Spec.JobTemplate.Spec.Template})
	}
	return all
}

func anywhere[T any](c *Cluster, kind kubernetes.Kind[T]) []T {
	if l := listOnce(c, kind, "", ""); l.err == nil {
		return l.decoded(c)
	}
	return inServices(c, kind)
}
