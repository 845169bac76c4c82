package environment

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/lsst-sqre/muster/validation/environment/phalanx"
)

// declareCluster fills in defaults about Kubernetes.
func (e *Environment) declareCluster() {
	e.ArgoCD.Namespace = cmp.Or(e.ArgoCD.Namespace, "argocd")
	if e.Open == nil {
		for _, i := range phalanx.OpenIngresses {
			e.Open = append(e.Open, i.ID)
		}
	}
	if e.Exposed == nil {
		for _, s := range phalanx.ExposedServices {
			e.Exposed = append(e.Exposed, s.ID)
		}
	}
	if e.Services == nil {
		e.Services = map[string][]string{"gafaelfawr": nil}
		if e.Muster.Deployed != NoMuster {
			e.Services["muster"] = nil
		}
		for feature, service := range serviceOf {
			if e.Has(feature) {
				e.Services[service] = nil
			}
		}
	}
	for namespace, workloads := range e.Services {
		switch {
		case workloads == nil:
			e.Services[namespace] = phalanx.Workloads[namespace]
		case len(workloads) == 0: // an empty list removes what Phalanx's Git declares
			delete(e.Services, namespace)
		}
	}
}

var workloadName = regexp.MustCompile(`^(deployment|statefulset|daemonset)/[a-z0-9.-]+$`)

func (e *Environment) refuseCluster() error {
	for _, id := range e.Open {
		if namespace, name, _ := strings.Cut(id, "/"); namespace == "" || name == "" || strings.Contains(name, "/") {
			return fmt.Errorf("%q under open must be the namespace/name of an Ingress", id)
		}
	}
	for _, id := range e.Exposed {
		if namespace, name, _ := strings.Cut(id, "/"); namespace == "" || name == "" || strings.ContainsAny(namespace, "*/") {
			return fmt.Errorf("%q under exposed must be the namespace/name of an object, such as "+
				"sasquatch/sasquatch-kafka-*", id)
		}
	}
	for _, namespace := range slices.Sorted(maps.Keys(e.Services)) {
		workloads := e.Services[namespace]
		if len(workloads) == 0 {
			return fmt.Errorf(
				"the service %q needs its workloads, such as [deployment/%[1]s]: only those of %s are known",
				namespace, strings.Join(phalanx.Known(), ", "))
		}
		for _, w := range workloads {
			if !workloadName.MatchString(w) {
				return fmt.Errorf(
					"workload %q of the service %q must be deployment/NAME, statefulset/NAME or daemonset/NAME", w, namespace)
			}
		}
	}
	for _, f := range e.Features {
		if f.NeedsKubernetes() && !e.Has(Kubernetes) {
			return fmt.Errorf("the feature %s needs the feature kubernetes", f)
		}
	}
	if e.Has(ArgoCD) && e.ArgoCD.Selector == "" && len(e.ArgoCD.Applications) == 0 {
		return errors.New("the feature argocd needs argocd.applications, argocd.selector or both " +
			"(-phalanx reads them from a checkout of Phalanx)")
	}
	return nil
}
