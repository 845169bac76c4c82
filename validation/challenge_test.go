package validation

import (
	"slices"
	"strings"
	"testing"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/suite"
)

func TestNoToken(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "A caller without a token gets 401 with one well-formed Bearer challenge from every protected route, " +
			"and the application is not asked.",
		Cause: "200: the route has no GafaelfawrIngress, its auth-url annotation was edited away, or a broader " +
			"anonymous Ingress answers. 500: Gafaelfawr is not reachable. 503: the application has no endpoints.",
	}, func(c *suite.Check) {
		for _, route := range c.Protected() {
			a := c.Get(route, suite.Anonymous)
			a.Unauthorized(c.WantChallenge("", ""))
		}
	})
}

func TestUnscopedToken(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "A token without the scope gets 403 and a challenge that names the missing scope. The answer may not be " +
			"cached.",
		Cause: "500: the server-snippet with @autherror is missing from ingress-nginx. No challenge: snippet " +
			"annotations are refused (allow-snippet-annotations, annotations-risk-level). 200: the " +
			"GafaelfawrIngress asks for no scope.",
	}, func(c *suite.Check) {
		for _, route := range c.Protected() {
			a := c.Get(route, suite.Bearer(c.UnscopedFor(route)))
			if wantsLongerLife(c, a) {
				continue
			}
			a.Forbidden(c.WantChallenge(gafaelfawr.ErrorInsufficientScope, "Token missing required scope", route.Scope))
		}
	})
}

const tooShort = "Remaining token lifetime too short"

// wantsLongerLife reports whether a declared path refuses a token for its short life,
// so that its scope was not judged. Where Kubernetes is asked, the life is known.
func wantsLongerLife(c *suite.Check, a *suite.Answer) bool {
	to := a.Request.Target
	declared := slices.ContainsFunc(c.Env().Protected, func(p suite.Target) bool { return p.Path == to.Path })
	if !declared || c.Env().Has(suite.Kubernetes) ||
		!strings.Contains(a.Header.Get(gafaelfawr.HeaderWWWAuthenticate), tooShort) {
		return false
	}
	c.NotProven("it wants tokens of a longer life, and the environment file does not say so: add minimumLifetime, with "+
		"the value of delegate.minimumLifetime in its GafaelfawrIngress", to.Path)
	return true
}

// invalid runs a credential that must get 401 invalid_token on every route.
func invalid(c *suite.Check, with suite.Credential, description string) {
	for _, route := range c.Protected() {
		a := c.Get(route, with)
		a.Unauthorized(c.WantChallenge(gafaelfawr.ErrorInvalidToken, description))
	}
}

const (
	notValid     = "Token is not valid"
	invalidCause = "200: the route does not ask Gafaelfawr, or an authCacheDuration keeps old answers. 500: Gafaelfawr " +
		"or its Redis fails."
)

func TestUnknownToken(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says:  "A well-formed token that was never made gets 401 invalid_token.",
		Cause: invalidCause,
	}, func(c *suite.Check) {
		invalid(c, suite.Unknown(), notValid)
	})
}

func TestWrongSecret(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says:  "A token with the right key and a wrong secret gets 401 invalid_token.",
		Cause: invalidCause,
	}, func(c *suite.Check) {
		invalid(c, suite.WrongSecret(c.Scoped()), notValid)
	})
}

func TestRevokedToken(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says:  "A token that was revoked gets 401 invalid_token.",
		Cause: invalidCause,
	}, func(c *suite.Check) {
		id := c.OwnToken(suite.Spec{Name: "revoked", Scopes: []string{c.Env().Scope}})
		c.Revoke(id)
		invalid(c, suite.Bearer(id), notValid)
	})
}

func TestBootstrapTokenIsNoUser(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says:  "The bootstrap token opens no application: 401 invalid_token.",
		Cause: invalidCause,
	}, func(c *suite.Check) {
		invalid(c, suite.Bearer(c.Bootstrap()), notValid)
	})
}

func TestMalformedToken(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "A value that is no token at all gets 401 invalid_token, and the challenge says what is wrong with " +
			"it.",
		Cause: invalidCause,
	}, func(c *suite.Check) {
		invalid(c, suite.Authorization("Bearer not-a-token", ""), "Token does not start with gt-")
		invalid(c, suite.Authorization("Bearer gt-short.token", ""), "Token is malformed")
	})
}

const mappingCause = "500: the server-snippet with @autherror is missing from ingress-nginx. 403 without a " +
	"challenge: it refuses snippet annotations (allow-snippet-annotations, annotations-risk-level Critical). HTML " +
	"instead of JSON: custom-http-errors replaces the body."

// malformed runs an Authorization that must get 400 on every route.
func malformed(c *suite.Check, with suite.Credential, message string) {
	for _, route := range c.Protected() {
		c.Get(route, with).Malformed(c.WantChallenge(gafaelfawr.ErrorInvalidRequest, message), message)
	}
}

func TestMalformedAuthorization(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says:  "A malformed Authorization header gets 400 with Gafaelfawr's JSON body and challenge.",
		Cause: mappingCause,
	}, func(c *suite.Check) {
		malformed(c, suite.Authorization("Bearer", ""), "Malformed Authorization header")
	})
}

func TestUnknownScheme(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "An Authorization header of another scheme gets 400 with Gafaelfawr's JSON body, which names the " +
			"scheme.",
		Cause: mappingCause,
	}, func(c *suite.Check) {
		malformed(c, suite.Authorization("Digest abc", ""), "Unknown Authorization type Digest")
	})
}

func TestConflictingTokens(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says:  "Two different tokens as user name and password get 400 with Gafaelfawr's JSON body.",
		Cause: mappingCause,
	}, func(c *suite.Check) {
		malformed(c, suite.BasicPair(c.Scoped(), c.Unscoped()),
			"Conflicting tokens in Basic username and password fields")
	})
}

func TestTwoAuthorizations(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "A request with two Authorization lines is refused with 400 before Gafaelfawr or the application sees " +
			"it.",
		Cause: "A proxy in front of ingress-nginx joins or drops header lines.",
	}, func(c *suite.Check) {
		for _, route := range c.Protected() {
			a := c.Get(route, suite.Bearer(c.Scoped()).And(suite.Bearer(c.Unscoped())))
			a.Status(400)
			a.NotFromBackend()
		}
	})
}

func TestAjaxNotChallenged(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "A script without a token (X-Requested-With: XMLHttpRequest) gets 403 with the challenge, so that the " +
			"browser does not ask for a password or follow a redirect.",
		Cause: "500: the server-snippet with @autherror is missing. 401 or 302: a proxy drops X-Requested-With.",
	}, func(c *suite.Check) {
		ajax := []gafaelfawr.HeaderLine{{"X-Requested-With", "XMLHttpRequest"}}
		for _, route := range c.Protected() {
			c.Do(suite.Request{Target: route, Headers: ajax}).Forbidden(c.WantChallenge("", ""))
		}
	})
}

func TestBasicChallenge(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "A route with authType basic challenges with Basic and nothing but the realm, for a caller without a " +
			"token and for one without the scope.",
		Cause: "The operator did not write auth_type=basic into the Ingress's auth-url.",
	}, func(c *suite.Check) {
		route := c.Probe("basic")
		want := gafaelfawr.NewChallenge("Basic", c.Env().Host(), "", "", "")
		c.Get(route, suite.Anonymous).Unauthorized(want)
		c.Get(route, suite.Bearer(c.Unscoped())).Forbidden(want)
	})
}

func TestDeadCookie(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "A session cookie that Gafaelfawr cannot read counts as none: 401 with the plain challenge, and a " +
			"token beside it still works.",
		Cause: "A proxy treats the presence of the cookie as a login, or drops Authorization beside a cookie.",
	}, func(c *suite.Check) {
		route := c.Probe("authenticated")
		// Twice: one for the host and one for its domain, as browsers keep them
		// once subdomains were switched on.
		for _, cookies := range []string{"gafaelfawr=garbage", "gafaelfawr=garbage; gafaelfawr=other"} {
			c.Get(route, suite.Cookie(cookies)).Unauthorized(c.WantChallenge("", ""))
		}
		c.Get(route, suite.Cookie("gafaelfawr=garbage").And(suite.Bearer(c.Scoped()))).Status(200)
	})
}
