package validation

import (
	"testing"

	"github.com/lsst-sqre/muster/muster"
	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/suite"
)

func TestAllScopes(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "A route that wants all of several scopes lets in a token with all of them, and refuses one that lacks " +
			"any with 403.",
		Cause: "The auth-url has satisfy=any, or not all of the scopes.",

		Security: true,
	}, func(c *suite.Check) {
		route := c.Probe("all-scopes")
		c.Get(route, suite.Bearer(c.IdentityFor("all-scopes"))).ReportPasses()
		for _, id := range append(oneScopeEach(c), c.Unscoped()) {
			c.Get(route, suite.Bearer(id)).Forbidden(missesScopes(c))
		}
	})
}

func TestAnyScope(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "A route that wants any of several scopes lets in a token with one of them, whichever it is, and refuses " +
			"one with none with 403.",
		Cause: "The auth-url lacks satisfy=any, or one of the scopes. 200 for a token without any: it has no scope at all.",

		Security: true,
	}, func(c *suite.Check) {
		route := c.Probe("any-scope")
		for _, id := range append(oneScopeEach(c), c.IdentityFor("any-scope")) {
			c.Get(route, suite.Bearer(id)).ReportPasses()
		}
		c.Get(route, suite.Bearer(c.Unscoped())).Forbidden(missesScopes(c))
	})
}

// oneScopeEach are identities with one of the several scopes each.
func oneScopeEach(c *suite.Check) []*suite.Identity {
	var all []*suite.Identity
	for _, scope := range muster.SeveralScopes {
		all = append(all, c.Token(suite.Spec{Name: "only-" + scope, Scopes: []string{scope}}))
	}
	return all
}

// missesScopes is the challenge to a token without enough of the several scopes.
// It names all of them (recorded).
func missesScopes(c *suite.Check) gafaelfawr.Challenge {
	return c.WantChallenge(gafaelfawr.ErrorInsufficientScope, "Token missing required scope", muster.SeveralScopes...)
}
