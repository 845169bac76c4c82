package validation

import (
	"slices"
	"testing"

	"github.com/lsst-sqre/muster/validation/suite"
)

func TestAuthURL(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "Who may come in is asked of Gafaelfawr's Service, or at least of something in the deployment.",
		Cause: "An auth-url of another host says who gets in: whoever controls that host, or its name, lets in " +
			"anyone. An auth-signin other than the login sends people with their way back to somebody else. Replace " +
			"the Ingress by a GafaelfawrIngress, or list it under `open`.",
		Needs: []suite.Feature{suite.Kubernetes},

		Security: true,
	}, func(c *suite.Check) {
		login := "https://" + c.Env().Host() + "/login"
		for _, i := range c.Ingresses() {
			asked, ok := c.AuthTarget(i)
			if !ok || slices.Contains(c.Env().Open, i.ID()) {
				continue
			}
			if asked.Known && !asked.Gafaelfawr {
				c.Remark(
					"%s asks %s and not Gafaelfawr: that it refuses callers without credentials is verified by asking",
					i,
					asked.Host,
				)
				continue
			}
			c.ExpectOf(
				i,
				asked.Gafaelfawr,
				"an auth-url of Gafaelfawr's Service",
				"it asks "+asked.Host+", which is not in the deployment",
				suite.Setting("auth-url", "gafaelfawr.gafaelfawr.svc.cluster.local", asked.Host),
			)
			if signin := suite.Annotation(i, "auth-signin"); asked.Gafaelfawr && signin != "" {
				c.ExpectOf(
					i,
					signin == login,
					"the auth-signin "+login,
					"auth-signin "+signin,
					suite.Setting("auth-signin", login, signin),
				)
			}
		}
	})
}

func TestWaysAround(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "Applications are reached through the ingress alone: no Service, pod or route of the Gateway API " +
			"leads past it.",
		Cause: "Gafaelfawr is asked by the ingress only, so that whatever has a door of its own is open to whoever " +
			"reaches that door. Make the Service a ClusterIP; take hostPort, hostNetwork or the route away; or list " +
			"what must be reached under `exposed`.",
		Needs: []suite.Feature{suite.Kubernetes},

		Security: true,
	}, func(c *suite.Check) {
		const expected = "no way past the ingress, or the object under `exposed`"
		for _, s := range suite.List(c, suite.Services, "", "") {
			c.ExpectOf(
				s,
				!s.Outside() || c.Exposed(s.Object),
				expected,
				"a Service of type "+string(s.Spec.Type),
				suite.State("Service "+string(s.Spec.Type)),
			)
		}
		for _, p := range suite.List(c, suite.Pods, "", "") {
			way := p.Outside()
			c.ExpectOf(p, way == "" || p.Ended() || c.Exposed(p.Object), expected, way, suite.State(way))
		}
		for _, kind := range suite.GatewayRoutes {
			for _, r := range suite.TryList(c, kind, "") { // a cluster need not have the kind
				c.ExpectOf(r, c.Exposed(r), expected, "a route of the Gateway API", suite.State("gateway"))
			}
		}
	})
}
