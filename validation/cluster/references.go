package cluster

import (
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/lsst-sqre/muster/validation/kubernetes"
)

// Misdirected is a Service that does not lead to the workload of its name.
type Misdirected struct {
	kubernetes.Service
	// Field is what leads elsewhere, selector or ports, and Text says how.
	Field, Text string
}

// MisdirectedServices returns the Services, in the namespaces of the declared services,
// that have the name of a workload there and do not lead to its pods, and those that lead
// to a port that their pods do not have.
func (c *Cluster) MisdirectedServices() (all []Misdirected) {
	services, workloads := List(c, kubernetes.Services, "", ""), map[string]kubernetes.Workload{}
	existing, _ := c.workloadsIn(c.serviceNamespaces())
	for _, w := range existing {
		workloads[w.ID()] = w
	}
	for _, s := range services {
		w, named := workloads[s.ID()]
		switch {
		case named && len(s.Spec.Selector) == 0 && !c.mirrored(s):
			all = append(all, Misdirected{s, "selector", "it has no selector, so that its endpoints stay as they are"})
			continue
		case named && !w.Has(s.Spec.Selector):
			all = append(all, Misdirected{s, "selector", "its selector selects other pods, or none"})
			continue
		case named && len(s.Spec.Selector) > 0:
			all = append(all, sharedService(s, w, existing)...)
		}
		if containers := selected(s, existing); len(containers) > 0 {
			for _, text := range s.WrongPorts(containers) {
				all = append(all, Misdirected{s, "ports", text})
			}
		}
	}
	return slices.Concat(all, c.portlessServices(services), c.writtenEndpoints(services))
}

// writtenEndpoints are Services with a selector that lead to an address besides, of which no
// controller knows.
func (c *Cluster) writtenEndpoints(services []kubernetes.Service) (all []Misdirected) {
	selects := map[string]kubernetes.Service{}
	for _, s := range services {
		if len(s.Spec.Selector) > 0 {
			selects[s.ID()] = s
		}
	}
	for _, e := range inServices(c, kubernetes.EndpointSlices) {
		if s, ok := selects[e.Service()]; ok && e.Written() {
			text := e.String() + ", which somebody wrote, leads it to an address without a pod"
			all = append(all, Misdirected{s, "endpoints", text})
		}
	}
	return all
}

// sharedService returns a Service that leads to the pods of another workload, too.
func sharedService(
	s kubernetes.Service, own kubernetes.Workload, workloads map[string]kubernetes.Workload,
) []Misdirected {
	for _, id := range slices.Sorted(maps.Keys(workloads)) {
		w := workloads[id]
		if w.Namespace() == s.Namespace() && w.String() != own.String() && w.Wanted > 0 && w.Has(s.Spec.Selector) {
			return []Misdirected{{s, "workloads", "its selector selects the pods of " + w.String() + ", too"}}
		}
	}
	return nil
}

// selected are the containers of the workloads whose pods a Service selects.
func selected(s kubernetes.Service, workloads map[string]kubernetes.Workload) (all []corev1.Container) {
	for _, w := range workloads {
		if w.Namespace() == s.Namespace() && len(s.Spec.Selector) > 0 && w.Has(s.Spec.Selector) {
			all = append(all, w.Containers()...)
		}
	}
	return all
}

// portlessServices are Services with ports whose ready endpoints have none of them.
func (c *Cluster) portlessServices(services []kubernetes.Service) (all []Misdirected) {
	ready, reached := map[string]bool{}, map[string]bool{}
	for _, e := range inServices(c, kubernetes.EndpointSlices) {
		ready[e.Service()] = ready[e.Service()] || e.Ready() && c.Settled(e.Object)
		reached[e.Service()] = reached[e.Service()] || len(e.Ports) > 0
	}
	for _, s := range services {
		if len(s.Spec.Ports) > 0 && ready[s.ID()] && !reached[s.ID()] {
			all = append(all, Misdirected{s, "ports", "its endpoints have no port, because its pods have none of that name"})
		}
	}
	return all
}

// mirrored reports whether somebody keeps Endpoints for the Service, of which Kubernetes
// makes its slices, as those of a database whose members elect the one that serves.
func (c *Cluster) mirrored(s kubernetes.Service) bool {
	return slices.ContainsFunc(inServices(c, kubernetes.EndpointSlices), func(e kubernetes.EndpointSlice) bool {
		return e.Service() == s.ID() &&
			e.Meta.Labels["endpointslice.kubernetes.io/managed-by"] == "endpointslicemirroring-controller.k8s.io"
	})
}

// LostEndpoint is an endpoint whose pod does not exist.
type LostEndpoint struct {
	kubernetes.EndpointSlice
	Pod string
}

// LostEndpoints returns endpoints, in the namespaces of the declared services, whose pods
// do not exist. It looks twice, because pods come and go between two lists.
func (c *Cluster) LostEndpoints() (all []LostEndpoint) {
	suspects := lostEndpoints(inServices(c, kubernetes.EndpointSlices), inServices(c, kubernetes.Pods))
	namespaces := map[string]bool{}
	for _, s := range suspects {
		namespaces[s.Namespace()] = true
	}
	for namespace := range namespaces {
		if !c.LookAgain() {
			return nil
		}
		again := ListNow(c, kubernetes.EndpointSlices, namespace)
		all = append(all, lostEndpoints(again, ListNow(c, kubernetes.Pods, namespace))...)
	}
	return all
}

func lostEndpoints(all []kubernetes.EndpointSlice, pods []kubernetes.Pod) (lost []LostEndpoint) {
	exist := map[string]bool{}
	for _, p := range pods {
		exist[p.ID()] = true
	}
	for _, e := range all {
		if pod, ok := e.Lost(exist); ok {
			lost = append(lost, LostEndpoint{e, pod})
		}
	}
	return lost
}

// MissingBackend is what an Ingress leads to and that is not there.
type MissingBackend struct {
	kubernetes.Ingress
	Kind, Text string
}

// MissingBackends returns the Services and ports that Ingresses name and that do not
// exist.
func (c *Cluster) MissingBackends() (all []MissingBackend) {
	services := map[string]kubernetes.Service{}
	for _, s := range List(c, kubernetes.Services, "", "") {
		services[s.ID()] = s
	}
	for _, i := range c.Ingresses() {
		for _, kind := range i.ResourceBackends() {
			all = append(all, MissingBackend{i, "Service", "it leads to a " + kind + ", which ingress-nginx does not serve"})
		}
		for _, b := range i.Backends() {
			s, ok := services[i.Namespace()+"/"+b.Name]
			switch {
			case !ok:
				all = append(all, MissingBackend{i, "Service", "there is no Service " + b.Name + " in its namespace"})
			case !s.HasPort(b.Port):
				all = append(all, MissingBackend{i, "port", s.String() + " has no port " + kubernetes.PortText(b.Port)})
			}
		}
	}
	return all
}
