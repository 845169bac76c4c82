package validation

import (
	"regexp"
	"testing"

	"github.com/lsst-sqre/muster/validation/suite"
)

func TestReachable(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "The deployment accepts connections at its public address.",
		Cause: "The ingress controller is not running, DNS points elsewhere, or `address` in the environment file " +
			"is old (minikube gets a new one with every start).",
	}, func(c *suite.Check) { c.Reachable() })
}

func TestHandshake(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "A TLS handshake takes place, whatever the certificate.",
		Cause: "The port is not that of TLS, the listener has no TLS, or a firewall or load balancer drops or closes " +
			"unknown traffic.",
	}, func(c *suite.Check) { c.Handshakes() })
}

func TestFront(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "The deployment itself answers in time: the login, the home page, Muster and a page that does not exist " +
			"are not all answered alike.",
		Cause: "A maintenance page, an allow-list of addresses, or the login of a proxy in front answers " +
			"everything. Or Gafaelfawr, or the Redis that has its tokens, hangs.",
	}, func(c *suite.Check) { c.NothingInFront() })
}

func TestCertificateTrusted(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "The certificate verifies for the deployment's host name.",
		Cause: "The certificate has expired, is for another name, lacks its intermediate, or is the controller's " +
			"fake one: see the other certificate checks. Name a private authority under `ca` in the environment " +
			"file.",
	}, func(c *suite.Check) { c.Trusted() })
}

func TestBootstrapToken(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "Gafaelfawr makes tokens for the holder of the bootstrap token, and they work at once.",
		Cause: "The Secret does not hold the token that Gafaelfawr started with (vault-secrets-operator updated it " +
			"since), or Gafaelfawr is not up. A 500 of Gafaelfawr's own: its database (PostgreSQL) or Redis.",
	}, func(c *suite.Check) { c.CanMakeTokens() })
}

func TestMusterDeployed(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "Muster answers behind the ingress, without authentication on its anonymous route.",
		Cause: "Muster is not installed, its pods are not ready, or its anonymous GafaelfawrIngress was not turned " +
			"into an Ingress. 500: Gafaelfawr is down; the ingress asks it on anonymous routes, too. Another schema: this " +
			"suite and the server are of different releases.",
	}, func(c *suite.Check) { c.MusterDeployed() })
}

func TestScope(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "The scope that the environment declares is one that Gafaelfawr knows, and the one that Muster's " +
			"probes ask for.",
		Cause: "A typo in `scope`, or its default where the probes ask for another one: Python Muster's ask for " +
			"read:image. Or a GafaelfawrIngress of Muster asks for another scope than its chart was given.",
	}, func(c *suite.Check) { c.RightScope() })
}

func TestDeclaredPaths(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "The paths under `protected` send callers to the login where the environment file says so, and nowhere " +
			"else.",
		Cause: "The GafaelfawrIngress has loginRedirect, as those of Phalanx's portal and many others do: write " +
			"loginRedirect: true to the path. With the feature kubernetes that is read from the cluster.",
	}, func(c *suite.Check) {
		if len(c.Env().Protected) == 0 {
			c.Skip("the environment declares no path under `protected`")
		}
		c.NothingInFront()
		for _, p := range c.Env().Protected {
			if p.LoginLearned {
				c.NotProven("it sends callers to the login, and the environment file does not say so: if it is meant to, add "+
					"loginRedirect: true", p.Path)
			}
		}
	})
}

var releaseVersion = regexp.MustCompile(`^(1[3-9]|[2-9]\d)\.`)

func TestGafaelfawrVersion(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "Gafaelfawr is 13.0 or later, whose protocol these checks know.",
		Cause: "An old release of Phalanx: OPTIONS is authenticated like any method before 13.0, and quotas count " +
			"15 minutes before 14.0, so other checks fail for that reason.",
	}, func(c *suite.Check) {
		version, err := c.API().Version(c.Context())
		c.NoError(err, "the version in /auth/openapi.json")
		c.Fact("gafaelfawr", version)
		c.Expect(releaseVersion.MatchString(version), nil, "Gafaelfawr 13.0 or later", "Gafaelfawr "+version)
	})
}
