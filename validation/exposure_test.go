package validation

import (
	"slices"
	"testing"

	"github.com/lsst-sqre/muster/validation/suite"
)

func TestAuthURL(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "Every Ingress asks Gafaelfawr's Service, or at least another Service of the deployment, who may enter.",
		Cause: "With an auth-url of another host, that host decides who may enter. An auth-signin other than the login " +
			"sends people to another site. Replace the Ingress by a GafaelfawrIngress, or list it under `open`.",
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
		Says: "Applications are reachable only through the ingress: no Service, pod or Gateway API route bypasses it.",
		Cause: "Only the ingress asks Gafaelfawr, so anything with another entrance is open to everyone who can reach " +
			"it. Make the Service a ClusterIP; remove hostPort, hostNetwork or the route; or list what must be reachable " +
			"under `exposed`.",
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
		applications, helpers := c.ApplicationNamespaces(), 0
		for _, p := range suite.List(c, suite.Pods, "", "") {
			way := p.Outside()
			if way == "" || p.Ended() || c.Exposed(p.Object) {
				continue
			}
			if !applications[p.Namespace()] { // network plugins, storage, collectors of metrics
				helpers++
				continue
			}
			c.ExpectOf(p, false, expected, way, suite.State(way))
		}
		if helpers > 0 {
			c.Remark("not judged: %d pods with hostNetwork or hostPort in namespaces without an Ingress", helpers)
		}
		for _, kind := range suite.GatewayRoutes {
			for _, r := range suite.TryList(c, kind, "") { // a cluster need not have the kind
				c.ExpectOf(r, c.Exposed(r), expected, "a route of the Gateway API", suite.State("gateway"))
			}
		}
	})
}
