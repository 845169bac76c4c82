package kubernetes

import (
	"slices"

	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// NetworkPolicy is a NetworkPolicy of networking.k8s.io/v1.
type NetworkPolicy struct {
	Object `json:",inline"`
	Spec   networkingv1.NetworkPolicySpec `json:"spec"`
}

// Limits reports whether the policy limits who may connect.
func (n NetworkPolicy) Limits() bool {
	return slices.Contains(n.Spec.PolicyTypes, networkingv1.PolicyTypeIngress)
}

// Opens reports whether the policy lets every pod of the cluster connect to every port.
// Policies add up: what one of them lets in, no other keeps out.
func (n NetworkPolicy) Opens() bool {
	for _, rule := range n.Spec.Ingress {
		if len(rule.Ports) > 0 {
			continue
		}
		if len(rule.From) == 0 {
			return true
		}
		for _, from := range rule.From {
			all := from.NamespaceSelector != nil && empty(from.NamespaceSelector)
			if all && (from.PodSelector == nil || empty(from.PodSelector)) ||
				from.IPBlock != nil && from.IPBlock.CIDR == "0.0.0.0/0" && len(from.IPBlock.Except) == 0 {
				return true
			}
		}
	}
	return false
}

// Silences reports whether the policy lets the pods connect to nothing.
func (n NetworkPolicy) Silences() bool {
	return slices.Contains(n.Spec.PolicyTypes, networkingv1.PolicyTypeEgress) && len(n.Spec.Egress) == 0
}

func empty(s *metav1.LabelSelector) bool { return len(s.MatchLabels)+len(s.MatchExpressions) == 0 }

// Selects reports whether the policy applies to pods with these labels.
func (n NetworkPolicy) Selects(pod map[string]string) bool { return matches(&n.Spec.PodSelector, pod) }

// Admits reports whether the policy lets pods of its own namespace with these
// labels connect. It ignores ports and addresses (ipBlock).
func (n NetworkPolicy) Admits(pod map[string]string) bool {
	for _, rule := range n.Spec.Ingress {
		if len(rule.From) == 0 {
			return true
		}
		for _, from := range rule.From {
			if from.PodSelector == nil && from.NamespaceSelector != nil ||
				from.PodSelector != nil && matches(from.PodSelector, pod) {
				return true
			}
		}
	}
	return false
}

func matches(selector *metav1.LabelSelector, pod map[string]string) bool {
	s, err := metav1.LabelSelectorAsSelector(selector)
	return err == nil && s.Matches(labels.Set(pod))
}
