package validation

import (
	"net/url"
	"strconv"
	"testing"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/suite"
)

func TestSubdomains(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "With allowSubdomains, subdomains get the session cookie, a login may return to them, and their pages " +
			"may send CORS requests. Without it, none of that.",
		Cause: "config.allowSubdomains is not what the environment says, Gafaelfawr was not restarted since it was " +
			"changed, or a proxy rewrites the domain of cookies.",

		Security: true,
	}, func(c *suite.Check) {
		below := "https://muster." + c.Env().Host()
		allowed := subdomainsAllowed(c)
		back := c.Site("/login?rd=" + url.QueryEscape(below+"/"))
		if allowed {
			c.Get(back, suite.Anonymous).Status(302, 303, 307)
		} else {
			c.Get(back, suite.Anonymous).Status(422)
		}
		if c.Env().Muster.Deployed != suite.GoMuster {
			return
		}
		cors := suite.Request{Method: "OPTIONS", Target: c.Probe("authenticated"), Headers: preflight(below)}
		if allowed {
			c.Do(cors).ReportPasses()
		} else {
			c.Do(cors).ForbiddenPlainly()
		}
	})
}

// subdomainsAllowed reports whether subdomains should get the session cookie: as the
// environment says, or else as the login does.
func subdomainsAllowed(c *suite.Check) bool {
	login := c.Get(c.Site("/login?rd="+url.QueryEscape(c.Env().URL+"/")), suite.Anonymous)
	login.MustStatus(302, 303, 307)
	domain, one := login.CookieDomain(gafaelfawr.CookieName)
	c.Must(one, login, "one session cookie", "none, or several")
	allowed := domain != ""
	if declared := c.Env().Gafaelfawr.AllowSubdomains; declared != nil {
		c.Equal(login, "cookie for hosts below the deployment's", *declared, allowed)
		return *declared
	}
	if allowed {
		c.Remark("hosts below %s get the session cookie, and the environment does not say so: add gafaelfawr: "+
			"{allowSubdomains: true}, or false if that is not meant", c.Env().Host())
	}
	return allowed
}

func TestUserDomain(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "A route for the user of its host name accepts the user whose name is the first label of the host, with " +
			"the scope, and refuses all others with 403.",
		Cause: "The operator did not write user_domain into the auth-url: a Gafaelfawr before 13.0, or the Ingress was " +
			"edited. The right user gets 403: a proxy changes the Host that the ingress sees.",

		Security: true,
	}, func(c *suite.Check) {
		route := c.Probe("user-domain")
		refusal := c.WantChallenge(gafaelfawr.ErrorInsufficientScope, "Access not allowed for this user")
		other := c.Token(suite.Spec{Name: "other", User: c.FreshUser("other"), Scopes: []string{route.Scope}})
		c.Get(route, suite.Bearer(other)).Forbidden(refusal)
		// What a client says of the URL counts for nothing.
		own := []gafaelfawr.HeaderLine{{"X-Original-URL", "https://" + other.User + "." + c.Env().Host() + "/"}}
		c.Do(suite.Request{Target: route, Credential: suite.Bearer(other), Headers: own}).Forbidden(refusal)
		user := c.DomainUser()
		if user == "" {
			c.Remark("nobody can be let in: the first part of %s is no user's name", c.Env().Host())
			return
		}
		for i, name := range []string{user + "-muster", user[:len(user)-1]} {
			if !gafaelfawr.ValidUsername(name) {
				continue
			}
			near := c.Token(suite.Spec{Name: "near-domain-" + strconv.Itoa(i), User: name, Scopes: []string{route.Scope}})
			c.Get(route, suite.Bearer(near)).Forbidden(refusal)
		}
		powerless := c.Token(suite.Spec{Name: "domain-unscoped", User: user})
		c.Get(route, suite.Bearer(powerless)).
			Forbidden(c.WantChallenge(gafaelfawr.ErrorInsufficientScope, "Token missing required scope", route.Scope))
		c.Get(route, suite.Bearer(c.IdentityFor("user-domain"))).ReportPasses()
	})
}
