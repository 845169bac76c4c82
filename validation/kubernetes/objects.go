package kubernetes

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// Object has what all Kubernetes objects have. The types of this package hold
// only what checks read.
type Object struct {
	Kind string            `json:"kind"`
	Meta metav1.ObjectMeta `json:"metadata"`
}

// String names the object as a person would.
func (o Object) String() string {
	if o.Meta.Namespace == "" {
		return o.Kind + " " + o.Meta.Name
	}
	return o.Kind + " " + o.ID()
}

// ID returns namespace/name.
func (o Object) ID() string { return o.Meta.Namespace + "/" + o.Meta.Name }

// Namespace returns the object's namespace, or "" for a cluster-wide one.
func (o Object) Namespace() string { return o.Meta.Namespace }

// Age returns how long ago the object was created.
func (o Object) Age() time.Duration { return time.Since(o.Meta.CreationTimestamp.Time) }

// Deleting reports whether the object was deleted and still exists.
func (o Object) Deleting() bool { return o.Meta.DeletionTimestamp != nil }

// Changed returns when the content of the object last changed.
func (o Object) Changed() time.Time {
	last := o.Meta.CreationTimestamp.Time
	for _, f := range o.Meta.ManagedFields {
		if f.Time != nil && f.Time.After(last) {
			last = f.Time.Time
		}
	}
	return last
}

// Service is a Service of v1.
type Service struct {
	Object `json:",inline"`
	Spec   corev1.ServiceSpec   `json:"spec"`
	Status corev1.ServiceStatus `json:"status"`
}

// Addressed reports whether the Service has the load balancer's address that it wants.
func (s Service) Addressed() bool {
	return s.Spec.Type != corev1.ServiceTypeLoadBalancer || len(s.Status.LoadBalancer.Ingress) > 0
}

// WrongPorts says which ports of the Service lead past those that containers of its
// pods declare. A number that none of them declares may be there all the same, and is
// left alone.
func (s Service) WrongPorts(containers []corev1.Container) (wrong []string) {
	for _, p := range s.Spec.Ports {
		protocol, target := cmp.Or(p.Protocol, corev1.ProtocolTCP), p.TargetPort.IntVal
		if p.TargetPort.Type == intstr.Int && target == 0 {
			target = p.Port
		}
		var names, numbers []corev1.ContainerPort
		for _, c := range containers {
			for _, port := range c.Ports {
				if p.TargetPort.Type == intstr.String && port.Name == p.TargetPort.StrVal || port.ContainerPort == target {
					numbers = append(numbers, port)
				} else if p.Name != "" && port.Name == p.Name {
					names = append(names, port)
				}
			}
		}
		speaks := func(port corev1.ContainerPort) bool { return cmp.Or(port.Protocol, corev1.ProtocolTCP) == protocol }
		switch {
		case len(numbers) == 0 && p.TargetPort.Type == intstr.String:
			wrong = append(wrong, fmt.Sprintf("its port %d leads to the port %q, and its pods have none of that name", p.Port,
				p.TargetPort.StrVal))
		case len(numbers) > 0 && !slices.ContainsFunc(numbers, speaks):
			wrong = append(wrong, fmt.Sprintf("its port %d speaks %s, and the pods' port does not", p.Port, protocol))
		case len(numbers) == 0 && len(names) > 0:
			wrong = append(wrong, fmt.Sprintf("its port %s leads to %s, and that of the pods is %d", p.Name,
				p.TargetPort.String(), names[0].ContainerPort))
		}
	}
	return wrong
}

// Outside reports whether the Service can be reached without the ingress.
func (s Service) Outside() bool {
	return s.Spec.Type == corev1.ServiceTypeLoadBalancer || s.Spec.Type == corev1.ServiceTypeNodePort ||
		len(s.Spec.ExternalIPs) > 0
}

// ConfigMap is a ConfigMap of v1.
type ConfigMap struct {
	Object `json:",inline"`
	Data   map[string]string `json:"data"`
}

// Secret is a Secret of v1. Its values never reach an output.
type Secret struct {
	Object `json:",inline"`
	Type   string            `json:"type"`
	Data   map[string][]byte `json:"data"`
	// Immutable says that nobody can change the values.
	Immutable bool `json:"immutable"`
}

// EndpointSlice is an EndpointSlice of discovery.k8s.io/v1.
type EndpointSlice struct {
	Object    `json:",inline"`
	Endpoints []discoveryv1.Endpoint     `json:"endpoints"`
	Ports     []discoveryv1.EndpointPort `json:"ports"`
}

// Service returns the ID of the Service that the endpoints are of.
func (e EndpointSlice) Service() string {
	return e.Namespace() + "/" + e.Meta.Labels[discoveryv1.LabelServiceName]
}

// Ready reports whether any endpoint is ready. An endpoint without the
// condition counts as ready.
func (e EndpointSlice) Ready() bool {
	for _, p := range e.Endpoints {
		if p.Conditions.Ready == nil || *p.Conditions.Ready {
			return true
		}
	}
	return false
}

// Volume is a PersistentVolumeClaim of v1.
type Volume struct {
	Object `json:",inline"`
	Spec   corev1.PersistentVolumeClaimSpec   `json:"spec"`
	Status corev1.PersistentVolumeClaimStatus `json:"status"`
}

// Leads reports whether the Service selects the pod.
func (s Service) Leads(p Pod) bool {
	return len(s.Spec.Selector) > 0 && s.Namespace() == p.Namespace() &&
		labels.SelectorFromSet(s.Spec.Selector).Matches(labels.Set(p.Meta.Labels))
}
