package validation

import (
	"strings"
	"testing"
	"time"

	"github.com/lsst-sqre/muster/validation/suite"
)

func TestWorkloads(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "The workloads of the minimal services have all their pods ready, in their newest revision, and no " +
			"pod of an older one.",
		Cause: "Scaled to zero, paused, pods that are refused or unschedulable, or a rollout whose new pods do not " +
			"become ready while the old ones serve: the evidence shows the pods and their events.",
		Needs: []suite.Feature{suite.Kubernetes},
	}, func(c *suite.Check) {
		for _, w := range c.Workloads() {
			c.JudgeWorkload(w, w.Trouble(time.Now(), c.Grace()))
		}
	})
}

func TestRoom(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "The namespaces of the minimal services take the next pods of these: no LimitRange and no ResourceQuota " +
			"refuses them.",
		Cause: "A template for all namespaces of the cluster, or a limit from before the services grew. The pods of now " +
			"go on, and those after a drain, a restart or an update are refused.",
		Needs: []suite.Feature{suite.Kubernetes},
	}, func(c *suite.Check) {
		for _, w := range c.Workloads() {
			if w.Meta.UID == "" {
				continue
			}
			limits := suite.List(c, suite.LimitRanges, w.Namespace(), "")
			for _, l := range limits {
				why := l.Refusal(w)
				c.ExpectOf(l, why == "", "to let "+w.String()+" have its next pod", why, suite.Setting("limits", "", ""))
			}
			for _, q := range suite.List(c, suite.ResourceQuotas, w.Namespace(), "") {
				why := q.Refusal(w, limits)
				c.ExpectOf(q, why == "", "to let "+w.String()+" have its next pod", why, suite.Setting("hard", "", ""))
			}
		}
	})
}

// Times of the grace that a new pod gets: for a node, which may have to be added, and
// for its volumes and images.
const schedulingRounds, creatingRounds = 5, 10

func TestPodsStart(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "The pods of the minimal services can be scheduled, their images pulled, their containers started.",
		Cause: "ImagePullBackOff: the tag does not exist or the pull secret has expired. " +
			"CreateContainerConfigError: a Secret or ConfigMap is missing, such as one that a VaultSecret should " +
			"make. Unschedulable: no node has room, or none that the pod tolerates.",
		Needs: []suite.Feature{suite.Kubernetes},
	}, func(c *suite.Check) {
		for _, p := range c.ServicePods() {
			if scheduled := p.Condition("PodScheduled"); scheduled.Status == "False" {
				if p.Age() < schedulingRounds*c.Grace() {
					c.Remark("%s: %s", p, scheduled)
					continue
				}
				c.ExpectOf(p, false, "a node", scheduled.String(), suite.ByCondition(scheduled))
			}
			for _, container := range p.Containers() {
				late := container.Creating() && p.Age() >= creatingRounds*c.Grace()
				if !late && !container.Stuck() {
					continue
				}
				w := container.State.Waiting
				text := w.Reason + ": " + w.Message + " (image " + container.Image + ")"
				if late {
					text += "; " + c.EventsOf(p.Object)
				}
				c.ExpectOf(p, false, "container "+container.Name+" to start", text, suite.Waiting(container.Name, w.Reason))
			}
		}
	})
}

func TestPullSecrets(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "The Secrets with which the minimal services pull their images are of the type that Kubernetes reads.",
		Cause: "A VaultSecret without type: kubernetes.io/dockerconfigjson makes a Secret that is Opaque: private images " +
			"are pulled until a node has none of them kept.",
		Needs: []suite.Feature{suite.Kubernetes, suite.ReadSecrets},
	}, func(c *suite.Check) {
		for _, w := range c.Workloads() {
			for _, named := range w.Template.Spec.ImagePullSecrets {
				s, ok := suite.Get(c, suite.Secrets, w.Namespace(), named.Name) // public images need none
				right := !ok || strings.HasPrefix(s.Type, "kubernetes.io/dockerc")
				c.ExpectOf(w, right, "Secret "+named.Name+" to be one for images", "it has the type "+s.Type,
					suite.Setting("type", "kubernetes.io/dockerconfigjson", s.Type))
			}
		}
	})
}

func TestPodsRestarting(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "No pod of the minimal services keeps restarting.",
		Cause: "OOMKilled: its memory limit is too low. Error: the log of its former run says why (kubectl logs " +
			"--previous). A liveness probe that is too strict looks the same, with an event Unhealthy.",
		Needs: []suite.Feature{suite.Kubernetes},
	}, func(c *suite.Check) {
		for _, p := range c.ServicePods() {
			for _, container := range p.Containers() {
				if container.Restarting() {
					events := c.EventsOf(p.Object)
					c.ExpectOf(p, false, "container "+container.Name+" to stay up", container.Restart()+"; "+events,
						suite.Restarting(container.Name, container.LastEnd(), events))
				}
			}
		}
	})
}
