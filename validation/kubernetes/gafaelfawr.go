package kubernetes

import (
	"fmt"

	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
)

// GafaelfawrIngress is a resource of Gafaelfawr's operator.
type GafaelfawrIngress struct {
	Object   `json:",inline"`
	Config   gafaelfawr.IngressConfig `json:"config"`
	Template struct {
		Metadata gafaelfawr.Metadata      `json:"metadata"`
		Spec     networkingv1.IngressSpec `json:"spec"`
	} `json:"template"`
	Status OperatorStatus `json:"status"`
}

// Owns reports whether an owner reference names the resource, so that Kubernetes deletes what
// has it together with the resource.
func (g GafaelfawrIngress) Owns(o metav1.OwnerReference) bool {
	return o.UID == g.Meta.UID && o.Kind == "GafaelfawrIngress"
}

// GafaelfawrServiceToken is a resource of Gafaelfawr's operator.
type GafaelfawrServiceToken struct {
	Object `json:",inline"`
	Spec   struct {
		Service string   `json:"service"`
		Scopes  []string `json:"scopes"`
	} `json:"spec"`
	Status OperatorStatus `json:"status"`
}

// OperatorStatus is written by Gafaelfawr's operator: the result of the last
// change and, for service tokens, of the hourly check of the Secret.
type OperatorStatus struct {
	Create   *Condition `json:"create"`
	Periodic *Condition `json:"periodic"`
}

// Stale reports whether Gafaelfawr's operator has not processed the newest
// version of the resource. text says so. Otherwise something else has changed
// the Ingress since.
func (g GafaelfawrIngress) Stale() (text string, stale bool) {
	if s := g.Status.Create; s != nil && s.ObservedGeneration > 0 && s.ObservedGeneration < g.Meta.Generation {
		return fmt.Sprintf(" (the operator has not looked at the resource since it was changed: version %d of %d)",
			s.ObservedGeneration, g.Meta.Generation), true
	}
	return "", false
}
