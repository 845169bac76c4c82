package validation

import (
	"slices"
	"testing"

	"github.com/lsst-sqre/muster/validation/suite"
)

// guardedPods are the workloads to which only some pods may connect.
var guardedPods = []string{"gafaelfawr/deployment/gafaelfawr", "gafaelfawr/statefulset/gafaelfawr-redis",
	"gafaelfawr/statefulset/gafaelfawr-redis-ephemeral", "muster/deployment/muster"}

func TestNetworkPolicies(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says:  "NetworkPolicies keep other pods away from Gafaelfawr, its Redis and Muster.",
		Cause: "Without one, any pod reaches the application past the ingress and says who it is in headers of its own. The charts of Gafaelfawr and Muster have them; a podSelector with other labels selects nothing.",
		Needs: []suite.Feature{suite.Policies},

		Security: true,
	}, func(c *suite.Check) {
		for _, w := range c.Workloads() {
			if w.Meta.UID == "" || !slices.Contains(guardedPods, w.Path()) {
				continue
			}
			selected := slices.ContainsFunc(suite.List(c, suite.NetworkPolicies, w.Namespace(), ""), func(n suite.NetworkPolicy) bool {
				return n.Selects(w.Spec.Template.Meta.Labels) && slices.Contains(n.Spec.PolicyTypes, "Ingress")
			})
			c.ExpectOf(w, selected, "a NetworkPolicy of type Ingress for its pods", "none selects them")
		}
	})
}

func TestNetworkPoliciesEnforced(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says:  "A pod that is no ingress cannot connect to Gafaelfawr, its Redis or Muster.",
		Cause: "The cluster's network does not enforce NetworkPolicies (minikube without a CNI that does, GKE without Dataplane V2), or the policy allows all pods.",
		Needs: []suite.Feature{suite.Policies, suite.Inside},

		Security: true,
	}, func(c *suite.Check) {
		resolved := 0
		for _, s := range []string{"gafaelfawr/gafaelfawr:8080", "gafaelfawr/gafaelfawr-redis:6379", "gafaelfawr/gafaelfawr-redis-ephemeral:6379", "muster/muster:8080"} {
			if address, ok := c.ServiceAddress(s); ok {
				resolved++
				c.Expect(c.Dial(address) != nil, nil, "no connection to "+address+" from here", "it was accepted")
			}
		}
		if resolved == 0 {
			c.Skip("none of these Services has a name here")
		}
	})
}
