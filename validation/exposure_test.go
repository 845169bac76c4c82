package validation

import (
	"slices"
	"testing"

	"github.com/lsst-sqre/muster/validation/suite"
)

func TestAuthURL(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "Every Ingress asks Gafaelfawr's Service, or at least another Service of the deployment, who may enter, and " +
			"asks Gafaelfawr for a scope.",
		Cause: "With an auth-url of another host, that host decides who may enter. Gafaelfawr ignores a misspelt " +
			"parameter, and lets every account in where the query has no scope. An auth-signin other than the login sends " +
			"people to another site. Replace the Ingress by a GafaelfawrIngress, or list it under `open`.",
		Needs: []suite.Feature{suite.Kubernetes},

		Security: true,
	}, func(c *suite.Check) {
		login := "https://" + c.Env().Host() + "/login"
		resources := suite.List(c, suite.GafaelfawrIngresses, "", "")
		owned := func(i suite.Ingress) bool { // and compared in every parameter, by TestOperatorIngresses
			return slices.ContainsFunc(resources, func(g suite.GafaelfawrIngress) bool {
				return g.Namespace() == i.Namespace() && slices.ContainsFunc(i.Meta.OwnerReferences, g.Owns)
			})
		}
		for _, i := range c.Ingresses() {
			asked, ok := c.AuthTarget(i)
			if !ok || slices.Contains(c.Env().Open, i.ID()) {
				continue
			}
			if asked.Known && !asked.Gafaelfawr {
				c.Remark("%s asks %s and not Gafaelfawr: that it refuses callers without credentials is verified by asking",
					i, asked.Host)
				continue
			}
			if !c.ExpectOf(i, asked.Gafaelfawr, "an auth-url of Gafaelfawr's Service",
				"it asks "+asked.Host+", which is not in the deployment",
				suite.Setting("auth-url", "gafaelfawr.gafaelfawr.svc.cluster.local", asked.Host)) {
				continue
			}
			c.ExpectOf(i, asked.Path == "/ingress/auth" || asked.Path == "/ingress/anonymous",
				"a path of Gafaelfawr for ingresses, /ingress/auth or /ingress/anonymous", "it asks "+asked.Path,
				suite.Setting("path", "/ingress/auth", asked.Path))
			if asked.Path == "/ingress/auth" && !owned(i) {
				restricting(c, i)
			}
			signin := suite.Annotation(i, "auth-signin")
			c.ExpectOf(i, signin == "" || signin == login, "the auth-signin "+login, "auth-signin "+signin,
				suite.Setting("auth-signin", login, signin))
		}
	})
}

// restricting verifies that an auth-url written by hand asks for what Gafaelfawr understands, and for
// something.
func restricting(c *suite.Check, i suite.Ingress) {
	ignored, restricts := suite.QueryOf(suite.Annotation(i, "auth-url"))
	for _, p := range ignored {
		c.ExpectOf(i, false, "parameters that Gafaelfawr knows, such as "+p.Meant,
			"the query of its auth-url has "+p.Parameter+", which Gafaelfawr ignores",
			suite.Setting("parameter", p.Meant, p.Parameter))
	}
	c.ExpectOf(i, restricts, "a scope in the query of its auth-url", "it asks for none: every account gets in",
		suite.Setting("scope", "some", "none"))
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
		applications := c.ApplicationNamespaces()
		servicesOutside(c, applications)
		podsOutside(c, applications)
		for _, kind := range suite.GatewayRoutes {
			for _, r := range suite.TryList(c, kind, "") { // a cluster need not have the kind
				harmless := r.OnlyRedirects() || r.Solves() || c.Exposed(r.Object)
				c.ExpectOf(r, harmless, noWayAround, "a route of the Gateway API", suite.State("gateway"))
			}
		}
	})
}

const noWayAround = "no way past the ingress, or the object under `exposed`"

// servicesOutside judges the Services that can be reached without the ingress.
func servicesOutside(c *suite.Check, applications map[string]bool) {
	controllers := 0
	for _, s := range suite.List(c, suite.Services, "", "") {
		switch {
		case !s.Outside() || s.Solves() || c.Exposed(s.Object):
		case !applications[s.Namespace()] && c.OfOtherController(s):
			controllers++
		default:
			c.ExpectOf(s, false, noWayAround, "a Service of type "+string(s.Spec.Type),
				suite.State("Service "+string(s.Spec.Type)))
		}
	}
	if controllers > 0 {
		c.Remark("not judged: %d Services of other ingress controllers, which IngressClasses name", controllers)
	}
}

// podsOutside judges the pods that can be reached at the address of their node.
func podsOutside(c *suite.Check, applications map[string]bool) {
	helpers := 0
	for _, p := range suite.List(c, suite.Pods, "", "") {
		way := p.Outside()
		switch {
		case way == "" || p.Ended() || c.Exposed(p.Object):
		case !applications[p.Namespace()]: // network plugins, storage, collectors of metrics
			helpers++
		default:
			c.ExpectOf(p, false, noWayAround, way, suite.State(way))
		}
	}
	if helpers > 0 {
		c.Remark("not judged: %d pods with hostNetwork or hostPort in namespaces without an Ingress", helpers)
	}
}
