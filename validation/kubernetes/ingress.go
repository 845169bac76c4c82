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

// NginxController is what an IngressClass of ingress-nginx names.
const NginxController = "k8s.io/ingress-nginx"

// path is one path of an Ingress and the service behind it, none where its
// backend is another resource.
type path struct {
	host, path, kind string
	service          networkingv1.IngressServiceBackend
}

func pathsOf(rules []networkingv1.IngressRule) []path {
	var all []path
	for _, rule := range rules {
		if rule.HTTP == nil {
			continue
		}
		for _, p := range rule.HTTP.Paths {
			one := path{host: rule.Host, path: p.Path}
			if p.PathType != nil {
				one.kind = string(*p.PathType)
			}
			if p.Backend.Service != nil {
				one.service = *p.Backend.Service
			}
			all = append(all, one)
		}
	}
	return all
}
