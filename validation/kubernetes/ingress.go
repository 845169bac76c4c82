package kubernetes

import "github.com/lsst-sqre/muster/muster/gafaelfawr"

// Ingress is one of networking.k8s.io/v1.
type Ingress struct {
	Object `json:",inline"`
	Spec   struct {
		Class string                   `json:"ingressClassName"`
		Rules []gafaelfawr.IngressRule `json:"rules"`
		TLS   []gafaelfawr.IngressTLS  `json:"tls"`
	} `json:"spec"`
}

// IngressClass of networking.k8s.io/v1.
type IngressClass struct {
	Object `json:",inline"`
	Spec   struct {
		Controller string `json:"controller"`
	} `json:"spec"`
}
