package cluster

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/lsst-sqre/muster/validation/kubernetes"
	"github.com/lsst-sqre/muster/validation/kubernetes/ingressnginx"
)

// ControllerPods returns the pods of the ingress-nginx controller, without those that
// were deleted and only end their connections while others serve.
func (c *Cluster) ControllerPods() []kubernetes.Pod {
	all := List(c, kubernetes.Pods, kubernetes.ControllerNamespace, kubernetes.ControllerLabel)
	all = which(all, func(p kubernetes.Pod) bool {
		return !p.Ended() && !p.Gone(time.Now()) && ingressnginx.IsController(p)
	})
	if stay := which(all, func(p kubernetes.Pod) bool { return !p.Deleting() }); len(stay) > 0 {
		return stay
	}
	return all
}

// ofNode is how many of the last bits of their addresses the pods of one node differ in,
// and the node's own address among theirs.
const ofNode = 8

// AddressInside says whose network an address is of: that of a pod of the controller or
// of its node. It is "" for any other address.
func (c *Cluster) AddressInside(text string) string {
	address, err := netip.ParseAddr(text)
	if err != nil {
		return ""
	}
	for _, p := range c.ControllerPods() {
		if p.Status.HostIP == text {
			return "the node of " + p.String()
		}
		own, err := netip.ParseAddr(p.Status.PodIP)
		if err != nil || p.Status.PodIP == p.Status.HostIP || own.BitLen() != address.BitLen() {
			continue
		}
		if network, err := own.Prefix(own.BitLen() - ofNode); err == nil && network.Contains(address) {
			return "the network of " + p.String()
		}
	}
	return ""
}

// Spreading returns the Services of type LoadBalancer before the controller that give it requests by
// way of any node, with the node's address in place of the client's. cloud says that something
// outside of the nodes answers at a public address: one on a node hides the client anyway.
func (c *Cluster) Spreading() (all []kubernetes.Service, cloud bool) {
	pods := c.ControllerPods()
	for _, s := range List(c, kubernetes.Services, kubernetes.ControllerNamespace, "") {
		leads := slices.ContainsFunc(pods, s.Leads)
		if !leads || s.Spec.Type != corev1.ServiceTypeLoadBalancer ||
			s.Spec.ExternalTrafficPolicy == corev1.ServiceExternalTrafficPolicyLocal {
			continue
		}
		all = append(all, s)
		for _, at := range s.Status.LoadBalancer.Ingress {
			ip, err := netip.ParseAddr(at.IP)
			public := err == nil && ip.IsGlobalUnicast() && !ip.IsPrivate()
			onNode := slices.ContainsFunc(pods, func(p kubernetes.Pod) bool { return p.Status.HostIP == at.IP })
			cloud = cloud || at.Hostname != "" || public && !onNode
		}
	}
	return all, cloud
}

// ControllerConfig returns the ConfigMap of the ingress-nginx controller;
// without one the check ends.
func (c *Cluster) ControllerConfig() kubernetes.ConfigMap {
	config, ok := Get(c, kubernetes.ConfigMaps, kubernetes.ControllerNamespace, kubernetes.ControllerConfig)
	c.Must(ok, nil, "the ConfigMap "+kubernetes.ControllerNamespace+"/"+kubernetes.ControllerConfig, "there is none")
	return config
}

// HeadersOf returns the headers of the ConfigMap that a key of the controller's names as
// namespace/name. It returns none where there is no such ConfigMap, and where it may not be read.
func (c *Cluster) HeadersOf(config kubernetes.ConfigMap, key string) map[string]string {
	namespace, name, ok := strings.Cut(config.Data[key], "/")
	if !ok {
		return nil
	}
	return tryGet(c, kubernetes.ConfigMaps, namespace, name).Data
}

// SetBesides names what somebody set besides Phalanx at the ingress of the minimal
// services, or "".
func (c *Cluster) SetBesides(config kubernetes.ConfigMap) string {
	besides := ingressnginx.Besides(config, List(c, kubernetes.Ingresses, "", ""), "gafaelfawr", "squareone")
	return strings.Join(besides, "; ")
}

// LastReloads returns what the controller's pods report about their newest
// configuration.
func (c *Cluster) LastReloads() []ingressnginx.Reload {
	events := List(c, kubernetes.Events, kubernetes.ControllerNamespace, "")
	return ingressnginx.LastReloads(c.ControllerPods(), events, c.logOf)
}

// logOf returns the end of a controller's log, or "" if it cannot be read.
func (c *Cluster) logOf(p kubernetes.Pod) string {
	client, err := c.kube()
	if err != nil || client.Logs == nil {
		return ""
	}
	log := kubernetes.Log{Namespace: p.Namespace(), Pod: p.Meta.Name, Lines: ingressnginx.ReloadLines}
	if container, ok := ingressnginx.ControllerContainer(p); ok {
		log.Container = container.Name
	}
	text, _ := client.Logs(c.ctx, log) // without a log, events decide
	return text
}
