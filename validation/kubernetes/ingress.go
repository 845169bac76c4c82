package kubernetes

import (
	"cmp"
	"slices"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
)

// Ingress is an Ingress of networking.k8s.io/v1.
type Ingress struct {
	Object `json:",inline"`
	Spec   networkingv1.IngressSpec   `json:"spec"`
	Status networkingv1.IngressStatus `json:"status"`
}

// Addressed reports whether a controller has written where it serves the Ingress.
func (i Ingress) Addressed() bool { return len(i.Status.LoadBalancer.Ingress) > 0 }

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

// HasRuleFor reports whether a rule is for the host.
func (i Ingress) HasRuleFor(host string) bool {
	return slices.ContainsFunc(i.Spec.Rules, func(r networkingv1.IngressRule) bool { return r.Host == host })
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

// Backends returns the Services to which the Ingress leads.
func (i Ingress) Backends() (all []networkingv1.IngressServiceBackend) {
	for _, b := range i.backends() {
		if b.Service != nil {
			all = append(all, *b.Service)
		}
	}
	return all
}

// ResourceBackends returns the kinds of the objects to which the Ingress leads in place
// of a Service.
func (i Ingress) ResourceBackends() (kinds []string) {
	for _, b := range i.backends() {
		if b.Resource != nil {
			kinds = append(kinds, b.Resource.Kind)
		}
	}
	return kinds
}

func (i Ingress) backends() (all []networkingv1.IngressBackend) {
	if i.Spec.DefaultBackend != nil {
		all = append(all, *i.Spec.DefaultBackend)
	}
	for _, r := range i.Spec.Rules {
		if r.HTTP == nil {
			continue
		}
		for _, p := range r.HTTP.Paths {
			all = append(all, p.Backend)
		}
	}
	return all
}

// HasPort reports whether the Service has the port, by its number or name. One that only
// names another host needs none.
func (s Service) HasPort(wanted networkingv1.ServiceBackendPort) bool {
	for _, p := range s.Spec.Ports {
		if wanted.Name != "" && p.Name == wanted.Name || wanted.Name == "" && p.Port == wanted.Number {
			return true
		}
	}
	return s.Spec.Type == corev1.ServiceTypeExternalName
}

// PortText names a port for people.
func PortText(p networkingv1.ServiceBackendPort) string {
	return cmp.Or(p.Name, strconv.Itoa(int(p.Number)))
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
	// The ConfigMaps that its chart makes of controller.addHeaders and proxySetHeaders.
	ControllerAnswers  = "ingress-nginx-custom-add-headers"
	ControllerRequests = "ingress-nginx-custom-proxy-headers"
)
