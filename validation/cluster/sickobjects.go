package cluster

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lsst-sqre/muster/validation/environment"
	"github.com/lsst-sqre/muster/validation/kubernetes"
)

// sickObjects bounds how many objects of an Application are named.
const sickObjects = 5

// SickObjects names what is wrong with the objects of an Application. It reads
// the objects, because Argo CD 3 does not keep the health of each. For an
// object that it cannot read it gives the command that shows it.
func (c *Cluster) SickObjects(a kubernetes.Application) string {
	var sick, asks []string
	for _, r := range a.Status.Resources {
		if r.Health != nil && r.Health.Status != "" {
			return "" // the Application itself reports it
		}
		text, looked := c.sickObject(r)
		switch {
		case text != "":
			sick = append(sick, r.String()+": "+text)
		case !looked && slices.Contains(kubernetes.HealthKinds, r.Kind):
			asks = append(asks, r.String())
		}
	}
	if len(sick) > 0 {
		return strings.Join(sick[:min(len(sick), sickObjects)], "; ")
	}
	if len(asks) == 0 {
		return ""
	}
	return fmt.Sprintf("Argo CD keeps no health of its objects: look at %s (argocd app resources %s)",
		strings.Join(asks[:min(len(asks), sickObjects)], ", "), a.Meta.Name)
}

// sickObject returns what is wrong with one object. looked is false if it could
// not be read or the suite does not judge its kind.
func (c *Cluster) sickObject(r kubernetes.ApplicationResource) (text string, looked bool) {
	now := time.Now()
	switch r.Kind {
	case "Deployment":
		return judged(TryList(c, kubernetes.Deployments, r.Namespace), r.Name, func(d kubernetes.Deployment) string {
			return d.Workload().Trouble(now, c.Grace()).Text
		})
	case "StatefulSet":
		return judged(TryList(c, kubernetes.StatefulSets, r.Namespace), r.Name, func(s kubernetes.StatefulSet) string {
			return s.Workload().Trouble(now, c.Grace()).Text
		})
	case "DaemonSet":
		return judged(TryList(c, kubernetes.DaemonSets, r.Namespace), r.Name, func(d kubernetes.DaemonSet) string {
			return d.Workload().Trouble(now, c.Grace()).Text
		})
	case "Job":
		return judged(TryList(c, kubernetes.Jobs, r.Namespace), r.Name, func(j kubernetes.Job) string {
			if j.Suspended() {
				return "it is suspended"
			}
			return j.FailureTrouble().Text
		})
	case "Ingress":
		return judged(TryList(c, kubernetes.Ingresses, r.Namespace), r.Name, func(i kubernetes.Ingress) string {
			if i.Addressed() {
				return ""
			}
			return "no controller has given it an address"
		})
	case "Service":
		return judged(TryList(c, kubernetes.Services, r.Namespace), r.Name, func(s kubernetes.Service) string {
			if s.Addressed() {
				return ""
			}
			return "its load balancer has no address"
		})
	case "PersistentVolumeClaim":
		return judged(TryList(c, kubernetes.Volumes, r.Namespace), r.Name, func(v kubernetes.Volume) string {
			if v.Status.Phase == "Bound" {
				return ""
			}
			return string(v.Status.Phase) + "; " + c.EventsOf(v.Object)
		})
	case "VaultSecret":
		if c.env.Has(environment.Vault) {
			all := tryListAs(c, environment.Vault, kubernetes.VaultSecrets, r.Namespace)
			return judged(all, r.Name, func(v kubernetes.VaultSecret) string { return v.Trouble(now, c.Grace()).Text })
		}
	case "Certificate":
		if c.env.Has(environment.CertManager) {
			all := tryListAs(c, environment.CertManager, kubernetes.Certificates, r.Namespace)
			return judged(all, r.Name, func(v kubernetes.Certificate) string { return v.Trouble(nil, now, c.Grace()).Text })
		}
	}
	return "", false
}

// judged returns what is wrong with the named object.
func judged[T interface{ String() string }](all []T, name string, judge func(T) string) (text string, looked bool) {
	for _, o := range all {
		if _, own, _ := strings.Cut(o.String(), "/"); own == name {
			return judge(o), true
		}
	}
	return "", false
}
