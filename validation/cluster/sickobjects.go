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
	look, judged := judgments[r.Kind]
	if !judged {
		return "", false
	}
	return look(c, r.Namespace, r.Name)
}

// judgment returns what is wrong with an object by its name, and false if the object
// could not be read.
type judgment func(c *Cluster, namespace, name string) (text string, looked bool)

// judgments are those of the kinds that the suite judges.
var judgments = map[string]judgment{
	"Deployment":  judgeWorkload(kubernetes.Deployments),
	"StatefulSet": judgeWorkload(kubernetes.StatefulSets),
	"DaemonSet":   judgeWorkload(kubernetes.DaemonSets),
	"Job": judgeKind(kubernetes.Jobs, func(_ *Cluster, j kubernetes.Job) string {
		if j.Suspended() {
			return "it is suspended"
		}
		return j.FailureTrouble().Text
	}),
	"Ingress": judgeKind(kubernetes.Ingresses, func(_ *Cluster, i kubernetes.Ingress) string {
		if i.Addressed() {
			return ""
		}
		return "no controller has given it an address"
	}),
	"Service": judgeKind(kubernetes.Services, func(_ *Cluster, s kubernetes.Service) string {
		if s.Addressed() {
			return ""
		}
		return "its load balancer has no address"
	}),
	"PersistentVolumeClaim": judgeKind(kubernetes.Volumes, func(c *Cluster, v kubernetes.Volume) string {
		if v.Status.Phase == "Bound" {
			return ""
		}
		return string(v.Status.Phase) + "; " + c.EventsOf(v.Object)
	}),
	"VaultSecret": judgeKind(kubernetes.VaultSecrets, func(c *Cluster, v kubernetes.VaultSecret) string {
		return v.Trouble(time.Now(), c.Grace()).Text
	}, environment.Vault),
	"Certificate": judgeKind(kubernetes.Certificates, func(c *Cluster, v kubernetes.Certificate) string {
		return v.Trouble(nil, time.Now(), c.Grace()).Text
	}, environment.CertManager),
}

// judgeKind judges the objects of a kind. A kind that needs a feature is not looked at
// without it.
func judgeKind[T interface{ String() string }](
	kind kubernetes.Kind[T], judge func(*Cluster, T) string, needs ...environment.Feature,
) judgment {
	return func(c *Cluster, namespace, name string) (text string, looked bool) {
		if slices.ContainsFunc(needs, func(f environment.Feature) bool { return !c.env.Has(f) }) {
			return "", false
		}
		for _, o := range tryList(c, kind, namespace, needs) {
			if _, own, _ := strings.Cut(o.String(), "/"); own == name {
				return judge(c, o), true
			}
		}
		return "", false
	}
}

func judgeWorkload[T interface {
	String() string
	Workload() kubernetes.Workload
}](kind kubernetes.Kind[T]) judgment {
	return judgeKind(kind, func(c *Cluster, o T) string { return o.Workload().Trouble(time.Now(), c.Grace()).Text })
}
