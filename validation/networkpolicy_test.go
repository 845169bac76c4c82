package validation

import (
	"slices"
	"strings"
	"testing"

	"github.com/lsst-sqre/muster/validation/suite"
)

// guardedPods are the workloads to which only some pods may connect.
var guardedPods = []string{"gafaelfawr/deployment/gafaelfawr", "gafaelfawr/statefulset/gafaelfawr-redis",
	"gafaelfawr/statefulset/gafaelfawr-redis-ephemeral", "muster/deployment/muster"}

func TestNetworkPolicies(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "NetworkPolicies keep other pods away from Gafaelfawr, its Redis and Muster, and let the ingress controller " +
			"connect to what is behind Ingresses.",
		Cause: "Without one, any pod can bypass the ingress and forge identity headers. The charts of Gafaelfawr and " +
			"Muster have them; a podSelector with other labels selects nothing. One without a namespaceSelector beside it " +
			"lets in pods of its own namespace alone.",
		Needs: []suite.Feature{suite.Policies},

		Security: true,
	}, func(c *suite.Check) {
		services, namespaces := suite.List(c, suite.Services, "", ""), suite.List(c, suite.Namespaces, "", "")
		for _, n := range c.KeptOut() {
			if n.Path == "" || !unreached(c, n.Path) { // many networks do not keep to policies
				c.Remark("%s does not let %s connect to %s, and no request shows it", n.Policy, n.Pod, n.Workload)
				continue
			}
			c.ExpectOf(n.Policy, false, "to let the ingress controller in",
				"it does not let "+n.Pod.String()+" connect to "+n.Workload.String(),
				suite.Setting("from", "the ingress controller", "others"))
		}
		for _, w := range c.Workloads() {
			if w.Meta.UID == "" || !slices.Contains(guardedPods, w.Path()) {
				continue
			}
			own := slices.DeleteFunc(slices.Clone(suite.List(c, suite.NetworkPolicies, w.Namespace(), "")),
				func(n suite.NetworkPolicy) bool { return !n.Selects(w.Template.Labels) })
			c.ExpectOf(w, slices.ContainsFunc(own, suite.NetworkPolicy.Limits), "a NetworkPolicy of type Ingress for its pods",
				"none selects them", suite.Missing("NetworkPolicy"))
			for _, n := range own {
				c.ExpectOf(n, !n.Opens(w.Entrances(services), namespaces), "to let some pods connect",
					"every pod may connect to "+w.String(),
					suite.Setting("ingress", "some pods", "every pod"))
			}
		}
	})
}

func TestEgressPolicies(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "NetworkPolicies let the pods of the minimal services ask others, and ask for their names (DNS).",
		Cause: "A policy for a whole namespace denies egress (policyTypes: [Egress]), or lists what may be asked without " +
			"UDP at port 53. Policies add up: one more that allows it is enough.",
		Needs: []suite.Feature{suite.Policies},
	}, func(c *suite.Check) {
		for _, w := range c.Workloads() {
			own := slices.DeleteFunc(slices.Clone(suite.List(c, suite.NetworkPolicies, w.Namespace(), "")),
				func(n suite.NetworkPolicy) bool { return !n.Selects(w.Template.Labels) || !n.LimitsEgress() })
			switch {
			case w.Meta.UID == "" || len(own) == 0 || stores(w):
			case !slices.ContainsFunc(own, suite.NetworkPolicy.Speaks):
				c.ExpectOf(own[0], false, "to let the pods connect to what they need",
					w.String()+" may connect to nothing", suite.Setting("egress", "some addresses", "none"))
			default:
				c.ExpectOf(own[0], slices.ContainsFunc(own, suite.NetworkPolicy.Resolves), "to let the pods ask for names",
					w.String()+" may not connect to port 53 over UDP", suite.Setting("egress ports", "53", "others"))
			}
		}
	})
}

// stores reports whether the workload answers others and asks nobody.
func stores(w suite.Workload) bool {
	return redis(w) || w.Meta.Name == "argocd-redis" || w.Namespace() == "postgres"
}

// redis reports whether the workload needs to connect to nothing.
func redis(w suite.Workload) bool { return strings.HasPrefix(w.Meta.Name, "gafaelfawr-redis") }

func TestNetworkPoliciesEnforced(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "A pod that is no ingress cannot connect to Gafaelfawr, its Redis or Muster.",
		Cause: "The cluster's network does not enforce NetworkPolicies (minikube without a CNI that does, GKE " +
			"without Dataplane V2), or the policy allows all pods.",
		Needs: []suite.Feature{suite.Policies, suite.Inside},

		Security: true,
	}, func(c *suite.Check) {
		resolved := 0
		for _, s := range []string{
			"gafaelfawr/gafaelfawr:8080", "gafaelfawr/gafaelfawr-redis:6379", "gafaelfawr/gafaelfawr-redis-ephemeral:6379",
			"muster/muster:8080",
		} {
			if address, ok := c.ServiceAddress(s); ok {
				resolved++
				c.Expect(c.Dial(address) != nil, nil, "no connection to "+s+" ("+address+") from here", s+" accepted it")
			}
		}
		if resolved == 0 {
			c.Skip("none of these Services has a name here")
		}
	})
}

// redisClients are the workloads that Gafaelfawr's Redis must let in.
var redisClients = []string{"gafaelfawr/deployment/gafaelfawr", "gafaelfawr/deployment/gafaelfawr-operator"}

func TestRedisClients(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "The NetworkPolicies of Gafaelfawr's Redis admit Gafaelfawr and its operator.",
		Cause: "Labels were renamed on one side only: the frontend may work over old connections, while the operator " +
			"cannot refresh service tokens. kubectl -n gafaelfawr get networkpolicy,pods --show-labels shows both.",
		Needs: []suite.Feature{suite.Policies},
	}, func(c *suite.Check) {
		workloads := map[string]suite.Workload{}
		for _, w := range c.Workloads() {
			if w.Meta.UID != "" {
				workloads[w.Path()] = w
			}
		}
		for _, redis := range []string{
			"gafaelfawr/statefulset/gafaelfawr-redis", "gafaelfawr/statefulset/gafaelfawr-redis-ephemeral",
		} {
			guards := slices.DeleteFunc(
				slices.Clone(suite.List(c, suite.NetworkPolicies, "gafaelfawr", "")),
				func(n suite.NetworkPolicy) bool {
					return !n.Selects(workloads[redis].Template.Labels) || workloads[redis].Meta.UID == "" || !n.Limits()
				},
			)
			for _, client := range redisClients {
				labels := workloads[client].Template.Labels
				admitted := slices.ContainsFunc(guards, func(n suite.NetworkPolicy) bool { return n.Admits(labels) })
				if workloads[client].Meta.UID != "" && len(guards) > 0 {
					c.ExpectOf(workloads[redis], admitted, "a NetworkPolicy that lets in "+client,
						guards[0].String()+" does not let in its pods")
				}
			}
		}
	})
}

func TestIngressLabel(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "Only the pods of the ingress controller have the label that lets them past NetworkPolicies to " +
			"applications.",
		Cause: "A pod with the label gafaelfawr.lsst.io/ingress: \"true\" can connect to any application as if it were " +
			"the ingress, and forge identity headers. Remove the label from its workload.",
		Needs: []suite.Feature{suite.Policies},

		Security: true,
	}, func(c *suite.Check) {
		for _, p := range suite.List(c, suite.Pods, "", "gafaelfawr.lsst.io/ingress=true") {
			c.ExpectOf(p, p.Namespace() == "ingress-nginx",
				"no label gafaelfawr.lsst.io/ingress outside of namespace ingress-nginx", "it has the label")
		}
	})
}

// unreached reports whether the ingress gets no answer from what is behind an open path.
func unreached(c *suite.Check, path string) bool {
	a := c.Send(suite.Request{Target: c.Site(path)})
	return a.Err != nil || a.Code >= 500
}
