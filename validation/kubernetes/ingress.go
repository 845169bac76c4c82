package kubernetes

import (
	"cmp"

	networkingv1 "k8s.io/api/networking/v1"
)

// Ingress is one of networking.k8s.io/v1.
type Ingress struct {
	Object `json:",inline"`
	Spec   networkingv1.IngressSpec `json:"spec"`
}

// Class is the ingressClassName; "" where there is none.
func (i Ingress) Class() string {
	if i.Spec.IngressClassName == nil {
		return ""
	}
	return *i.Spec.IngressClassName
}

// ClassOrAnnotation is the ingressClassName or, without one, what the older
// annotation says.
func (i Ingress) ClassOrAnnotation() string {
	return cmp.Or(i.Class(), i.Meta.Annotations["kubernetes.io/ingress.class"])
}

// TLSHosts are the hosts for which the Ingress has a certificate: those that it
// lists or, of an entry that lists none, those of its rules.
func (i Ingress) TLSHosts() []string {
	var hosts []string
	for _, t := range i.Spec.TLS {
		hosts = append(hosts, t.Hosts...)
		if len(t.Hosts) > 0 {
			continue
		}
		for _, r := range i.Spec.Rules {
			hosts = append(hosts, r.Host)
		}
	}
	return hosts
}

// IngressClass of networking.k8s.io/v1.
type IngressClass struct {
	Object `json:",inline"`
	Spec   networkingv1.IngressClassSpec `json:"spec"`
}

// Where Phalanx installs the ingress controller.
const (
	ControllerNamespace = "ingress-nginx"
	ControllerLabel     = "app.kubernetes.io/name=ingress-nginx"
	ControllerConfig    = "ingress-nginx-controller"
)
