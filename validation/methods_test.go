package validation

import (
	"testing"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/suite"
)

const optionsCause = "A Gafaelfawr before 13.0, which treats OPTIONS like any other method, or a proxy that answers " +
	"OPTIONS itself (enable-cors)."

func TestMethodsProtected(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says:  "Every method needs a token: HEAD, POST, PUT, PATCH, DELETE and unusual ones get 401 without one.",
		Cause: "The Ingress, or a proxy in front, protects GET only.",
	}, func(c *suite.Check) {
		for _, route := range c.Protected() {
			for _, method := range []string{"HEAD", "POST", "PUT", "PATCH", "DELETE", "PROPFIND"} {
				a := c.Do(suite.Request{Method: method, Target: route})
				a.Unauthorized(c.WantChallenge("", ""))
			}
		}
	})
}

func TestMethodsPassed(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "With a token, requests of every method reach the application as they were sent, and without the " +
			"token.",
		Cause: "A snippet that limits methods, or a web application firewall in front of the ingress.",
	}, func(c *suite.Check) {
		id := c.Scoped()
		for _, method := range []string{"POST", "PUT", "PATCH", "DELETE"} {
			a := c.Do(
				suite.Request{Method: method, Target: c.Sighted("authenticated"), Credential: suite.Bearer(id), Body: `{"a": 1}`},
			)
			c.Equal(a, "method at the application", method, a.Sighting().Method)
			a.Sees("Content-Type", "application/json")
			a.Hides(id)
			a.Unchanged()
			a = c.Do(suite.Request{Method: method, Target: c.Sighted("delegated"), Credential: suite.Bearer(id)})
			if a.Code == 200 {
				c.Equal(a, "delegated tokens with "+method, 1, len(a.Sighting().Values(gafaelfawr.HeaderToken)))
			}
		}
	})
}

func TestTrace(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says:  "TRACE, which would echo credentials, is refused, and so is the name of a method in small letters.",
		Cause: "A proxy in front of ingress-nginx answers TRACE, or makes capitals of small letters.",
	}, func(c *suite.Check) {
		for _, route := range c.Protected() {
			c.Do(suite.Request{Method: "TRACE", Target: route, Credential: suite.Bearer(c.Unscoped())}).Status(405)
			for _, lower := range []string{"get", "options"} { // no method, but somebody may take it for one
				c.Do(suite.Request{Method: lower, Target: route, Credential: suite.Bearer(c.Unscoped())}).Status(400, 405, 501)
				c.Do(suite.Request{Method: lower, Target: route}).Status(400, 405, 501)
			}
		}
	})
}

func TestOptionsRefused(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "OPTIONS requests that are no CORS preflight are refused with 403 and without a challenge, token or " +
			"not.",
		Cause: optionsCause,
	}, func(c *suite.Check) {
		for _, route := range c.Protected() {
			for _, with := range []suite.Credential{suite.Anonymous, suite.Bearer(c.Unscoped())} {
				a := c.Do(suite.Request{Method: "OPTIONS", Target: route, Credential: with})
				a.ForbiddenPlainly()
			}
			whole := preflight(c.Env().URL)
			for _, half := range [][]gafaelfawr.HeaderLine{whole[1:], whole[:1]} { // without the Origin, or with it alone
				a := c.Do(suite.Request{Method: "OPTIONS", Target: route, Headers: half})
				if a.Permits("half a preflight", "OPTIONS", 403) {
					a.ForbiddenPlainly()
				}
			}
		}
	})
}

func preflight(origin string) []gafaelfawr.HeaderLine {
	return []gafaelfawr.HeaderLine{{"Origin", origin}, {"Access-Control-Request-Method", "POST"}}
}

func TestPreflight(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says:  "A CORS preflight from the deployment's own pages reaches the application, without credentials.",
		Cause: optionsCause,
	}, func(c *suite.Check) {
		for _, probe := range []string{"authenticated", "anonymous", "delegated", "redirect", "options"} {
			a := c.Do(suite.Request{Method: "OPTIONS", Target: c.Sighted(probe), Headers: preflight(c.Env().URL)})
			c.Equal(a, "method at the application", "OPTIONS", a.Sighting().Method)
			a.Sees(gafaelfawr.HeaderUser)
			for _, line := range preflight(c.Env().URL) {
				a.Sees(line.Name(), line.Value())
			}
			a.Unchanged()
		}
		a := c.Do(suite.Request{Method: "OPTIONS", Target: c.Sighted("anonymous")})
		c.Equal(a, "method at the application", "OPTIONS", a.Sighting().Method)
		for _, headers := range [][]gafaelfawr.HeaderLine{nil, preflight("https://evil.example.org")} {
			c.Do(suite.Request{Method: "OPTIONS", Target: c.Sighted("delegated"), Headers: headers}).ForbiddenPlainly()
		}
	})
}

func TestPreflightForeign(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says:  "A CORS preflight from another site, or without an Origin, is refused with 403.",
		Cause: optionsCause,
	}, func(c *suite.Check) {
		for _, route := range c.Protected() {
			for _, origin := range []string{"https://evil.example.org", "null", c.Env().URL + ".evil.example.org",
				"https://x" + c.Env().Host()} {
				a := c.Do(suite.Request{Method: "OPTIONS", Target: route, Headers: preflight(origin)})
				a.ForbiddenPlainly()
			}
		}
	})
}

// otherMethod are headers by which a client names another method than that of its request.
var otherMethod = []string{"X-Original-Method", "X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override",
	"X-Forwarded-Method"}

func TestOptionsAllowed(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "With allowOptions, OPTIONS reaches the application without Authorization and Cookie. Other methods " +
			"still need a token, and a foreign preflight is refused.",
		Cause: optionsCause,
	}, func(c *suite.Check) {
		route := c.Sighted("options")
		a := c.Do(
			suite.Request{
				Method:     "OPTIONS",
				Target:     route,
				Credential: suite.Authorization("Digest abc", "").And(suite.Cookie("a=1")),
			},
		)
		a.Sees(gafaelfawr.HeaderAuthorization)
		a.Sees(gafaelfawr.HeaderCookie)
		a.Unchanged()
		for _, with := range []suite.Credential{suite.Anonymous, suite.Bearer(c.Scoped())} {
			a := c.Do(suite.Request{Method: "OPTIONS", Target: route, Credential: with})
			a.Sees(gafaelfawr.HeaderAuthorization)
			a.Sees(gafaelfawr.HeaderUser)
		}
		c.Get(route, suite.Anonymous).Unauthorized(c.WantChallenge("", ""))
		for _, name := range otherMethod { // one at a time: the finding has the header
			other := []gafaelfawr.HeaderLine{{name, "OPTIONS"}}
			c.Do(suite.Request{Target: route, Headers: other}).Permits("nobody", "GET with "+name, 401)
		}
		c.Get(route, suite.Bearer(c.Scoped())).ReportPasses()
		c.Do(suite.Request{Method: "OPTIONS", Target: route, Headers: preflight("https://evil.example.org")}).
			ForbiddenPlainly()
	})
}
