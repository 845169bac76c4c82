package kubernetes

import networkingv1 "k8s.io/api/networking/v1"

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

// IngressClass of networking.k8s.io/v1.
type IngressClass struct {
	Object `json:",inline"`
	Spec   networkingv1.IngressClassSpec `json:"spec"`
}

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
