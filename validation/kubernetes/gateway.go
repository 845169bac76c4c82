package kubernetes

import (
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// GatewayRoute is an HTTPRoute or another route of the Gateway API
// (gateway.networking.k8s.io), as far as checks read it.
type GatewayRoute struct {
	Object `json:",inline"`
	Spec   struct {
		Rules []struct {
			Matches []struct {
				Path struct {
					Value string `json:"value"`
				} `json:"path"`
			} `json:"matches"`
			Filters []struct {
				Type string `json:"type"`
			} `json:"filters"`
			BackendRefs []any `json:"backendRefs"`
		} `json:"rules"`
	} `json:"spec"`
}

// OnlyRedirects reports whether the route leads to no Service.
func (r GatewayRoute) OnlyRedirects() bool {
	for _, rule := range r.Spec.Rules {
		if len(rule.BackendRefs) > 0 {
			return false
		}
		for _, f := range rule.Filters {
			if f.Type != "RequestRedirect" { // others can name a backend
				return false
			}
		}
	}
	return len(r.Spec.Rules) > 0
}

// challengePath begins the paths at which an authority looks for the answer to HTTP-01.
const challengePath = "/.well-known/acme-challenge/"

// Solves reports whether cert-manager made the route to answer a challenge.
func (r GatewayRoute) Solves() bool {
	for _, rule := range r.Spec.Rules {
		for _, m := range rule.Matches {
			if !strings.HasPrefix(m.Path.Value, challengePath) {
				return false
			}
		}
		if len(rule.Matches) == 0 {
			return false
		}
	}
	return len(r.Spec.Rules) > 0 && r.ofChallenge()
}

// Solves reports whether cert-manager made the Service to answer a challenge. It is a
// NodePort, unless the solver says otherwise, and selects the pod of the challenge.
func (s Service) Solves() bool {
	return s.ofChallenge() && s.Spec.Selector["acme.cert-manager.io/http01-solver"] == "true"
}

// ofChallenge reports whether a Challenge of cert-manager owns the object. Kubernetes
// removes an object whose owner does not exist.
func (o Object) ofChallenge() bool {
	return slices.ContainsFunc(o.Meta.OwnerReferences, func(owner metav1.OwnerReference) bool {
		return owner.Kind == "Challenge" && strings.HasPrefix(owner.APIVersion, "acme.cert-manager.io/")
	})
}
