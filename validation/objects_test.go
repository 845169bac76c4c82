package validation

import (
	"testing"
	"time"

	"github.com/lsst-sqre/muster/validation/suite"
)

// What objects say of each other: references that lead nowhere, and objects that were
// deleted and stay.

func TestNothingStuck(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "No Namespace, no GafaelfawrIngress, no Ingress and nothing of the minimal services was deleted and is " +
			"still there after ten minutes.",
		Cause: "Whoever set a finalizer does not take it away: Gafaelfawr's operator, or another controller, does not run. " +
			"A Namespace waits for its objects, or for an API that is not available: kubectl get apiservice.",
		Needs: []suite.Feature{suite.Kubernetes},
	}, func(c *suite.Check) {
		suite.Deleted(c, suite.List(c, suite.Namespaces, "", ""))
		suite.Deleted(c, suite.List(c, suite.GafaelfawrIngresses, "", ""))
		suite.Deleted(c, suite.List(c, suite.GafaelfawrServiceTokens, "", ""))
		suite.Deleted(c, suite.List(c, suite.Ingresses, "", ""))
		suite.Deleted(c, suite.List(c, suite.Services, "", ""))
		suite.Deleted(c, c.Workloads())
		suite.Deleted(c, c.UndeclaredWorkloads())
		suite.Deleted(c, c.Volumes())
	})
}

func TestBackendsExist(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "The Services and ports to which Ingresses lead exist, and the pods to which those Services lead; a " +
			"Service leads to the workload of its name.",
		Cause: "503: the Service was renamed or removed, or its port has another name or number than the Ingress says. " +
			"An endpoint without a pod: kube-controller-manager does not update EndpointSlices, and requests go nowhere.",
		Needs: []suite.Feature{suite.Kubernetes},
	}, func(c *suite.Check) {
		for _, b := range c.MissingBackends() {
			if c.Settled(b.Object) {
				c.ExpectOf(b, false, "the Service and the port to which it leads", b.Text, suite.Missing(b.Kind))
			}
		}
		for _, s := range c.MisdirectedServices() {
			c.ExpectOf(s, false, "to lead to the pods of the workload of its name", s.Text, suite.Setting(s.Field, "", ""))
		}
		for _, e := range c.LostEndpoints() {
			c.ExpectOf(e, false, "endpoints with a pod", "there is no pod "+e.Pod, suite.Missing("Pod"))
		}
	})
}

func TestOtherWorkloads(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "What else runs in the namespaces of the minimal services has its pods ready, and its single Jobs did not " +
			"fail.",
		Cause: "A DaemonSet: one of the nodes does not run its pod. A Job: the update of a database's schema, or what a " +
			"chart does once, failed; its log says why. Delete the Job of which nobody needs the result.",
		Needs: []suite.Feature{suite.Kubernetes},
	}, func(c *suite.Check) {
		for _, w := range c.UndeclaredWorkloads() {
			c.JudgeWorkload(w, w.Trouble(time.Now(), c.Grace()))
		}
		for _, j := range c.Jobs() {
			if j.Alone() {
				c.Judge(j, "a Job that succeeded", j.FailureTrouble())
			}
		}
	})
}

func TestOneImage(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "Gafaelfawr's server, its operator and its CronJobs are of one image.",
		Cause: "Someone set the image of one of them: the operator then makes Ingresses for another release than answers " +
			"them. Sync the Application gafaelfawr.",
		Needs: []suite.Feature{suite.Kubernetes},
	}, func(c *suite.Check) {
		image, of := "", ""
		eachGafaelfawr(c, func(o suite.Object, containers []suite.Container) {
			own := suite.ImageOf(containers, "gafaelfawr")
			if image == "" {
				image, of = own, o.String()
			}
			c.ExpectOf(o, own == "" || own == image, "the image of "+of+", "+image, "the image "+own,
				suite.Setting("image", image, own))
		})
	})
}

func TestOneConfiguration(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "Gafaelfawr's server, its operator and its CronJobs have the same variables with settings.",
		Cause: "Someone edited one of them: its addresses of Redis and its Secrets are others, so that it works on " +
			"other data, or fails when it runs next. Sync the Application gafaelfawr.",
		Needs: []suite.Feature{suite.Kubernetes},
	}, func(c *suite.Check) {
		first, of := map[string]string{}, map[string]string{}
		eachGafaelfawr(c, func(o suite.Object, containers []suite.Container) {
			for name, value := range suite.Variables(containers, "gafaelfawr", "GAFAELFAWR_") {
				if _, known := first[name]; !known {
					first[name], of[name] = value, o.String()
				}
				// Values may be secrets.
				c.ExpectOf(o, value == first[name], name+" as in "+of[name], name+" is another than in "+of[name],
					suite.Setting("variable", "", ""))
			}
		})
	})
}

// eachGafaelfawr calls f for each object that makes pods of Gafaelfawr.
func eachGafaelfawr(c *suite.Check, f func(o suite.Object, containers []suite.Container)) {
	for _, w := range c.Workloads() {
		if w.Meta.UID != "" && w.Namespace() == "gafaelfawr" {
			f(w.Object, w.Template.Spec.Containers)
		}
	}
	for _, j := range c.CronJobs() {
		if j.Namespace() == "gafaelfawr" {
			f(j.Object, j.Spec.JobTemplate.Spec.Template.Spec.Containers)
		}
	}
}

func TestTokensHidden(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "No token of Gafaelfawr stands in clear in an object that makes pods, or in Gafaelfawr's configuration.",
		Cause: "A token was written into the values of a chart or with kubectl edit: all who may list the object, and " +
			"all who read Git, have it. Revoke it, and take it from a Secret (secretKeyRef).",
		Needs: []suite.Feature{suite.Kubernetes},

		Security: true,
	}, func(c *suite.Check) {
		hidden := func(o suite.Object, places []string) {
			for _, place := range places {
				c.ExpectOf(o, false, "no token but from a Secret", "a token stands in clear in "+place, suite.State("in-clear"))
			}
		}
		for _, o := range c.Templates() {
			hidden(o.Object, o.TokenPlaces())
		}
		if m, ok := suite.Get(c, suite.ConfigMaps, "gafaelfawr", "gafaelfawr"); ok {
			hidden(m.Object, m.TokenPlaces())
		}
	})
}
