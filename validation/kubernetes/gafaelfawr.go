package kubernetes

import (
	networkingv1 "k8s.io/api/networking/v1"

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

// GafaelfawrServiceToken is a resource of Gafaelfawr's operator.
type GafaelfawrServiceToken struct {
	Object `json:",inline"`
	Spec   struct {
		Service string   `json:"service"`
		Scopes  []string `json:"scopes"`
	} `json:"spec"`
	Status OperatorStatus `json:"status"`
}

// OperatorStatus is what Gafaelfawr's operator writes: the outcome of the last
// change and, of service tokens, of the hourly look at the Secret.
type OperatorStatus struct {
	Create   *Condition `json:"create"`
	Periodic *Condition `json:"periodic"`
}
