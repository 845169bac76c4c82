package kubernetes

import (
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// Deployment is a Deployment of apps/v1.
type Deployment struct {
	Object `json:",inline"`
	Spec   appsv1.DeploymentSpec   `json:"spec"`
	Status appsv1.DeploymentStatus `json:"status"`
}

// StatefulSet is a StatefulSet of apps/v1.
type StatefulSet struct {
	Object `json:",inline"`
	Spec   appsv1.StatefulSetSpec   `json:"spec"`
	Status appsv1.StatefulSetStatus `json:"status"`
}

// DaemonSet is a DaemonSet of apps/v1.
type DaemonSet struct {
	Object `json:",inline"`
	Spec   appsv1.DaemonSetSpec   `json:"spec"`
	Status appsv1.DaemonSetStatus `json:"status"`
}

// Workload is the common view of a Deployment, a StatefulSet or a DaemonSet.
type Workload struct {
	Object
	Template corev1.PodTemplateSpec
	// Strategy is how changes are rolled out.
	Strategy string
	// Claims names the volumes of its own that each pod of a StatefulSet has.
	Claims     []string
	Conditions []Condition
	// ObservedGeneration is the version of the object that the status describes.
	ObservedGeneration int64
	// Surges says that a rollout makes a pod before it ends another.
	Surges bool
	// Paused says that changes of the Deployment are not rolled out.
	Paused bool
	// Partition is the number of a StatefulSet's pods that stay of their revision.
	Partition int32
	// RollingOut says that a StatefulSet or a DaemonSet has pods of two revisions.
	RollingOut bool
	// Wanted is the number of pods there should be, and Replicas the number there
	// are. Ready and Available of them are so, and Updated have the newest
	// revision.
	Wanted, Replicas, Ready, Available, Updated int32
}

// Workload returns the Deployment as a Workload.
func (d Deployment) Workload() Workload {
	w := Workload{
		Object: d.Object, Template: d.Spec.Template, Strategy: string(d.Spec.Strategy.Type),
		ObservedGeneration: d.Status.ObservedGeneration, Paused: d.Spec.Paused, Surges: d.surges(),
		Wanted: oneIfNil(d.Spec.Replicas), Replicas: d.Status.Replicas, Ready: d.Status.ReadyReplicas,
		Available: d.Status.AvailableReplicas, Updated: d.Status.UpdatedReplicas,
	}
	for _, c := range d.Status.Conditions {
		w.Conditions = append(w.Conditions, Condition{
			Type: string(c.Type), Status: string(c.Status), Reason: c.Reason, Message: c.Message,
			Since: c.LastTransitionTime, Updated: c.LastUpdateTime,
		})
	}
	return w
}

// surges reports whether a rollout may end no pod before a new one is ready, as a quarter of fewer than four
// rounds to none.
func (d Deployment) surges() bool {
	limits := d.Spec.Strategy.RollingUpdate
	if d.Spec.Strategy.Type == appsv1.RecreateDeploymentStrategyType || limits != nil && limits.MaxUnavailable == nil {
		return false // it does not say
	}
	quarter := intstr.FromString("25%")
	if limits != nil {
		quarter = *limits.MaxUnavailable
	}
	spare, err := intstr.GetScaledValueFromIntOrPercent(&quarter, int(oneIfNil(d.Spec.Replicas)), false)
	return err == nil && spare == 0
}

// Workload returns the StatefulSet as a Workload.
func (s StatefulSet) Workload() Workload {
	var claims []string
	for _, c := range s.Spec.VolumeClaimTemplates {
		claims = append(claims, c.Name)
	}
	partition := int32(0)
	if r := s.Spec.UpdateStrategy.RollingUpdate; r != nil && r.Partition != nil {
		partition = *r.Partition
	}
	return Workload{
		Object: s.Object, Template: s.Spec.Template, Strategy: string(s.Spec.UpdateStrategy.Type), Claims: claims,
		Partition:          partition,
		ObservedGeneration: s.Status.ObservedGeneration,
		RollingOut:         s.Status.UpdateRevision != s.Status.CurrentRevision,
		Wanted:             oneIfNil(s.Spec.Replicas), Replicas: s.Status.Replicas, Ready: s.Status.ReadyReplicas,
		Available: s.Status.ReadyReplicas, Updated: s.Status.UpdatedReplicas,
	}
}

// Workload returns the DaemonSet as a Workload.
func (d DaemonSet) Workload() Workload {
	return Workload{
		Object: d.Object, Template: d.Spec.Template,
		Strategy:           string(d.Spec.UpdateStrategy.Type),
		ObservedGeneration: d.Status.ObservedGeneration,
		RollingOut:         d.Status.UpdatedNumberScheduled < d.Status.DesiredNumberScheduled,
		Wanted:             d.Status.DesiredNumberScheduled,
		Replicas:           d.Status.UpdatedNumberScheduled,
		Ready:              d.Status.NumberReady,
		Available:          d.Status.NumberReady,
		Updated:            d.Status.UpdatedNumberScheduled,
	}
}

func oneIfNil(replicas *int32) int32 {
	if replicas == nil {
		return 1
	}
	return *replicas
}

// Makes reports whether the pod has the labels of the workload's template.
func (w Workload) Makes(p Pod) bool {
	for name, value := range w.Template.Labels {
		if p.Meta.Labels[name] != value {
			return false
		}
	}
	return p.Namespace() == w.Namespace() && len(w.Template.Labels) > 0
}

// Has reports whether the pods of the workload have all the labels.
func (w Workload) Has(labels map[string]string) bool {
	for name, value := range labels {
		if w.Template.Labels[name] != value {
			return false
		}
	}
	return true
}

// Containers returns the containers that may listen: also init containers that go on
// running beside the others.
func (w Workload) Containers() []corev1.Container {
	all := slices.Clone(w.Template.Spec.Containers)
	for _, c := range w.Template.Spec.InitContainers {
		if c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways {
			all = append(all, c)
		}
	}
	return all
}

// Path returns namespace/kind/name, the kind in lower case.
func (w Workload) Path() string {
	return w.Namespace() + "/" + strings.ToLower(w.Kind) + "/" + w.Meta.Name
}
