package validation

import (
	"slices"
	"testing"
	"time"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/suite"
)

// sweepTime is enough for some thousand addresses, and for the requests of a large
// table on a slow deployment.
const sweepTime = 4 * time.Minute

func TestSweep(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "Every path in the cluster that is behind Gafaelfawr refuses a caller without credentials, or " +
			"redirects to the login.",
		Cause: "The path's own Ingress is missing or was edited, and a broader one without authentication answers; " +
			"or its auth-url is gone, which the operator does not repair until it restarts: kubectl -n gafaelfawr " +
			"rollout restart deployment/gafaelfawr-operator.",
		Needs: []suite.Feature{suite.Kubernetes},

		Security: true,
		Takes:    sweepTime,
	}, func(c *suite.Check) { sweep(c, suite.Request{}) })
}

func TestSweepForged(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says:  "No path in the cluster that is behind Gafaelfawr accepts identity headers that the caller forged.",
		Cause: "As for TestSweep: without auth-url the headers reach the application as the caller sent them.",
		Needs: []suite.Feature{suite.Kubernetes},

		Security: true,
		Takes:    sweepTime,
	}, func(c *suite.Check) {
		home := c.Env().URL + "/"
		sweep(c, suite.Request{Headers: []gafaelfawr.HeaderLine{
			{gafaelfawr.HeaderUser, "root"}, {gafaelfawr.HeaderEmail, "root@example.org"}, {gafaelfawr.HeaderService, "portal"},
			{gafaelfawr.HeaderToken, "forged"}, {"X-Auth-Request-Groups", "g_admins"}, {"X-Auth-Request-Uid", "0"},
			{"X-Forwarded-User", "root"}, {"X-Original-URL", home}, {"X-Original-Method", "OPTIONS"},
		}})
	})
}

func sweep(c *suite.Check, with suite.Request) {
	routes := c.Routes()
	results := c.Sweep(routes, func(r suite.Route) bool { return r.Access == suite.Guarded }, with)
	c.Must(len(results) > 0, nil, "paths behind Gafaelfawr", "there is none, so nothing is protected")
	refused := func(v suite.SweepResult) bool { return v.Refused(routes) }
	c.Recheck(results, refused)
	missing := c.MissingPages(routes)
	var complaints []suite.Complaint
	for _, v := range results {
		if v.Unavailable() && !c.HasEndpoints(v.Service) {
			c.Remark("not proven: nobody is behind %s (no endpoints of Service %s)", v.Route, v.Service)
			continue
		}
		if o, ok := v.Broader(routes); v.Kind != "Ingress" && (v.Missing(missing) || ok && o.Service != v.Service) {
			c.Remark("not served: %s has no Ingress, and no path of the same application contains it", v.Route)
			continue
		}
		if !refused(v) {
			complaints = append(complaints,
				v.Complain(routes, "401, 403 or the redirect to the login, and never the application"))
		}
	}
	c.Complain(complaints)
	c.Remark("%d addresses asked", len(results))
}

func TestUndeclaredOpen(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "Every Ingress in the cluster asks for authentication, or is declared open in the environment file.",
		Cause: "auth-url was edited away (the operator does not repair that until it restarts), or an application has " +
			"a plain Ingress instead of a GafaelfawrIngress. If everyone may enter, list it under `open`.",
		Needs: []suite.Feature{suite.Kubernetes},

		Security: true,
	}, func(c *suite.Check) {
		for _, r := range c.Routes() {
			open := r.Access == suite.Unguarded && (slices.Contains(c.Env().Open, r.ID()) || r.IsSolver())
			asks := r.Access != suite.Unguarded && (r.Requires != "" || r.Kind != "Ingress")
			actual := "neither"
			if r.Requires.Anonymous() {
				actual = "its auth-url lets in anyone, and no GafaelfawrIngress says so of this path"
			}
			c.ExpectOf(r, asks || open, "an auth-url, or the Ingress under `open`", actual)
		}
	})
}
