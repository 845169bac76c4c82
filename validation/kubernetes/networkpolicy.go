package kubernetes

import (
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
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

// Entrance is a port of pods to which a Service leads.
type Entrance struct {
	Name   string
	Number int32
}

// Entrances returns the ports to which the Services lead that select the workload.
func (w Workload) Entrances(services []Service) (all []Entrance) {
	for _, s := range services {
		if s.Namespace() != w.Namespace() || len(s.Spec.Selector) == 0 || !w.Has(s.Spec.Selector) {
			continue
		}
		for _, p := range s.Spec.Ports {
			e := Entrance{Name: p.TargetPort.StrVal, Number: p.TargetPort.IntVal}
			if p.TargetPort == (intstr.IntOrString{}) {
				e.Number = p.Port
			}
			for _, c := range w.Template.Spec.Containers {
				for _, own := range c.Ports {
					if own.Name != "" && own.Name == e.Name || own.ContainerPort == e.Number {
						e = Entrance{own.Name, own.ContainerPort}
					}
				}
			}
			all = append(all, e)
		}
	}
	return all
}

// admitted reports whether a port of a policy is that entrance.
func (e Entrance) admitted(p networkingv1.NetworkPolicyPort) bool {
	if p.Port == nil {
		return true
	}
	last := p.Port.IntVal
	if p.EndPort != nil {
		last = *p.EndPort
	}
	return p.Port.Type == intstr.String && p.Port.StrVal == e.Name ||
		p.Port.Type == intstr.Int && e.Number >= p.Port.IntVal && e.Number <= last
}

// Opens reports whether the policy lets the pods of all namespaces connect to an
// entrance. Policies add up: what one of them lets in, no other keeps out.
func (n NetworkPolicy) Opens(entrances []Entrance, namespaces []Namespace) bool {
	return slices.ContainsFunc(n.Spec.Ingress, func(rule networkingv1.NetworkPolicyIngressRule) bool {
		return reaches(rule, entrances) && (len(rule.From) == 0 ||
			slices.ContainsFunc(rule.From, func(from networkingv1.NetworkPolicyPeer) bool {
				return from.IPBlock != nil && private(*from.IPBlock) ||
					from.NamespaceSelector != nil && everyNamespace(from.NamespaceSelector, namespaces) &&
						(from.PodSelector == nil || empty(from.PodSelector))
			}))
	})
}

// LetsIn reports whether the policy lets a pod connect to one of the entrances. Addresses are not
// compared: a rule with a block of them counts.
func (n NetworkPolicy) LetsIn(p Pod, of Namespace, entrances []Entrance) bool {
	with := labels.Merge(of.Meta.Labels, labels.Set{corev1.LabelMetadataName: p.Namespace()})
	return slices.ContainsFunc(n.Spec.Ingress, func(rule networkingv1.NetworkPolicyIngressRule) bool {
		return reaches(rule, entrances) && (len(rule.From) == 0 ||
			slices.ContainsFunc(rule.From, func(from networkingv1.NetworkPolicyPeer) bool {
				near := n.Namespace() == p.Namespace()
				if from.NamespaceSelector != nil {
					near = matches(from.NamespaceSelector, with)
				}
				return from.IPBlock != nil || near && (from.PodSelector == nil || matches(from.PodSelector, p.Meta.Labels))
			}))
	})
}

// reaches reports whether a rule is for one of the entrances.
func reaches(rule networkingv1.NetworkPolicyIngressRule, entrances []Entrance) bool {
	return len(rule.Ports) == 0 || slices.ContainsFunc(rule.Ports, func(p networkingv1.NetworkPolicyPort) bool {
		return slices.ContainsFunc(entrances, func(e Entrance) bool { return e.admitted(p) })
	})
}

// everyNamespace reports whether the selector matches all namespaces that may have
// applications.
func everyNamespace(selector *metav1.LabelSelector, namespaces []Namespace) bool {
	return empty(selector) || len(namespaces) > 0 && !slices.ContainsFunc(namespaces, func(n Namespace) bool {
		if strings.HasPrefix(n.Meta.Name, "kube-") {
			return false
		}
		with := labels.Set{corev1.LabelMetadataName: n.Meta.Name} // an API server sets it
		return !matches(selector, labels.Merge(n.Meta.Labels, with))
	})
}

// privateBlocks are the addresses that pods have in most clusters.
var privateBlocks = []netip.Prefix{
	netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("172.16.0.0/12"), netip.MustParsePrefix("192.168.0.0/16"),
	netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("fc00::/7"),
}

// private reports whether a block has so many addresses that pods are among them. One
// that leaves some private addresses out is for clients outside of the cluster.
func private(block networkingv1.IPBlock) bool {
	all, err := netip.ParsePrefix(block.CIDR)
	inside := 0
	for _, p := range privateBlocks {
		if err == nil && all.Bits() < p.Bits() && all.Contains(p.Addr()) {
			inside++
		}
		for _, text := range block.Except {
			if out, err := netip.ParsePrefix(text); err == nil && out.Overlaps(p) {
				return false
			}
		}
	}
	return inside > 1 || inside == 1 && all.Addr().Is6()
}

// LimitsEgress reports whether the policy limits to what its pods connect.
func (n NetworkPolicy) LimitsEgress() bool {
	return slices.Contains(n.Spec.PolicyTypes, networkingv1.PolicyTypeEgress)
}

// Speaks reports whether the policy lets its pods connect to something.
func (n NetworkPolicy) Speaks() bool { return len(n.Spec.Egress) > 0 }

// namePorts are the ports at which pods ask for names: that of Kubernetes, and OpenShift's behind its Service.
var namePorts = []Entrance{{"dns", 53}, {"dns", 5353}}

// Resolves reports whether the policy lets its pods ask for names, which they do over UDP first.
func (n NetworkPolicy) Resolves() bool {
	return slices.ContainsFunc(n.Spec.Egress, func(rule networkingv1.NetworkPolicyEgressRule) bool {
		return len(rule.Ports) == 0 || slices.ContainsFunc(rule.Ports, func(p networkingv1.NetworkPolicyPort) bool {
			return p.Protocol != nil && *p.Protocol == corev1.ProtocolUDP &&
				slices.ContainsFunc(namePorts, func(e Entrance) bool { return e.admitted(p) })
		})
	})
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
