package suite

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lsst-sqre/muster/validation/kubernetes"
)

// sickObjects bounds what is named of an Application.
const sickObjects = 5

// SickObjects names what is wrong with the objects of an Application. Argo CD 3
// does not keep the health of each, so that they are looked at; of what cannot be
// looked at, the command that does is given.
func (c *Check) SickObjects(a Application) string {
	var sick, asks []string
	for _, r := range a.Status.Resources {
		if r.Health != nil && r.Health.Status != "" {
			return "" // the Application itself says it
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

// sickObject is what is wrong with one object; looked is false where it could
// not be read, or is of a kind that this suite does not judge.
func (c *Check) sickObject(r kubernetes.ApplicationResource) (text string, looked bool) {
	now := time.Now()
	switch r.Kind {
	case "Deployment":
		return judged(TryList(c, Deployments, r.Namespace), r.Name, func(d kubernetes.Deployment) Trouble {
			return d.Workload().Trouble(now, c.Grace())
		})
	case "StatefulSet":
		return judged(TryList(c, StatefulSets, r.Namespace), r.Name, func(s kubernetes.StatefulSet) Trouble {
			return s.Workload().Trouble(now, c.Grace())
		})
	case "PersistentVolumeClaim":
		return judged(TryList(c, Volumes, r.Namespace), r.Name, func(v Volume) Trouble {
			if v.Status.Phase == "Bound" {
				return Trouble{}
			}
			return Trouble{State: string(v.Status.Phase), Text: string(v.Status.Phase) + "; " + c.EventsOf(v.Object)}
		})
	case "VaultSecret":
		if c.run.env.Has(Vault) {
			return judged(TryListAs(c, Vault, VaultSecrets, r.Namespace), r.Name, func(v VaultSecret) Trouble {
				return v.Trouble(now, c.Grace())
			})
		}
	case "Certificate":
		if c.run.env.Has(CertManager) {
			return judged(TryListAs(c, CertManager, Certificates, r.Namespace), r.Name, func(v Certificate) Trouble {
				return v.Trouble(nil, now, c.Grace())
			})
		}
	}
	return "", false
}

// judged is the trouble of the object with that name.
func judged[T interface{ String() string }](all []T, name string, judge func(T) Trouble) (text string, looked bool) {
	for _, o := range all {
		if _, own, _ := strings.Cut(o.String(), "/"); own == name {
			return judge(o).Text, true
		}
	}
	return "", false
}
