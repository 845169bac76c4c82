package validation

import (
	"testing"
	"time"

	"github.com/lsst-sqre/muster/validation/suite"
)

// What refuses objects and evictions, or scales nothing: nobody notices until something changes.

func TestAdmissionWebhooks(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "The API server can ask each admission webhook without which it refuses objects of the minimal services: its " +
			"Service has a ready endpoint, and its caBundle a valid certificate.",
		Cause: "What the webhook belongs to was removed, and its configuration stayed. Or its pods do not run, or nobody " +
			"wrote the caBundle: cert-manager's cainjector, or a Job of the chart. What runs goes on until it changes: a " +
			"renewal, a new pod.",
		Needs: []suite.Feature{suite.Kubernetes},
	}, func(c *suite.Check) {
		all := append(suite.List(c, suite.ValidatingWebhooks, "", ""), suite.List(c, suite.MutatingWebhooks, "", "")...)
		for _, o := range suite.Some(c, all, "admission webhooks") {
			c.JudgeWebhooks(o)
		}
	})
}

func TestAutoscalers(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "A HorizontalPodAutoscaler of the minimal services can scale its workload.",
		Cause: "metrics-server does not run, or the containers of the workload have no request for what it goes by: the " +
			"number of pods stays the same under any load.",
		Needs: []suite.Feature{suite.Kubernetes},
	}, func(c *suite.Check) {
		all := suite.Some(c, c.Autoscalers(), "HorizontalPodAutoscalers of the minimal services")
		for _, w := range c.Workloads() {
			for _, a := range all {
				condition, pending, fails := a.Fails(time.Now())
				switch {
				case !fails || !a.Scales(w) || w.Meta.UID == "":
				case pending:
					c.Remark("%s: %s", a, condition)
				default:
					c.ExpectOf(a, false, "to scale "+w.String(), condition.String(), suite.ByCondition(condition))
				}
			}
		}
	})
}

func TestDisruptionBudgets(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "A PodDisruptionBudget of a Deployment of the minimal services allows to evict a pod while all are healthy.",
		Cause: "It wants as many healthy pods as there are, such as minAvailable: 1 for one pod. A node with such a pod " +
			"cannot be drained: its upgrade hangs.",
		Needs: []suite.Feature{suite.Kubernetes},
	}, func(c *suite.Check) {
		workloads := append(c.Workloads(), c.UndeclaredWorkloads()...)
		for _, b := range suite.Some(c, c.DisruptionBudgets(), "PodDisruptionBudgets of the minimal services") {
			for _, w := range workloads {
				// Another kind may not want to lose a pod, as a database that has only one.
				if w.Kind == "Deployment" && b.Covers(w) && b.Blocks() && w.Trouble(time.Now(), c.Grace()).OK() {
					c.ExpectOf(b, false, "to allow to evict a pod of "+w.String(), b.Counts(),
						suite.Setting("disruptionsAllowed", "1", "0"))
				}
			}
		}
	})
}
