package kubernetes

import (
	"cmp"

	networkingv1 "k8s.io/api/networking/v1"
)

// Ingress is an Ingress of networking.k8s.io/v1.
type Ingress struct {
	Object `json:",inline"`
	Spec   networkingv1.IngressSpec `json:"spec"`
}

// Class returns the ingressClassName, or "".
func (i Ingress) Class() string {
	if i.Spec.IngressClassName == nil {
		return ""
	}
	return *i.Spec.IngressClassName
}

// ClassOrAnnotation returns the ingressClassName or, without one, the older
// annotation.
func (i Ingress) ClassOrAnnotation() string {
	return cmp.Or(i.Class(), i.Meta.Annotations["kubernetes.io/ingress.class"])
}

// TLSHosts returns the hosts for which the Ingress has a certificate: those
// that an entry lists or, if it lists none, those of the rules.
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

// IngressClass is an IngressClass of networking.k8s.io/v1.
type IngressClass struct {
	Object `json:",inline"`
	Spec   networkingv1.IngressClassSpec `json:"spec"`
}

// Namespace and name of Phalanx's ingress controller.
const (
	ControllerNamespace = "ingress-nginx"
	ControllerLabel     = "app.kubernetes.io/name=ingress-nginx"
	ControllerConfig    = "ingress-nginx-controller"
)
