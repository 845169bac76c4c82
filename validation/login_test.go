package validation

import (
	"net/url"
	"strings"
	"testing"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/suite"
)

func TestLoginRedirect(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says:  "A caller without a session, or with a token that is not valid, is sent to the login of this deployment, with the way back to the page they wanted.",
		Cause: "401: the auth-signin annotation is missing. Another host: baseUrl in Gafaelfawr's configuration. http in rd: use-forwarded-headers is off behind a load balancer that ends TLS.",
	}, func(c *suite.Check) {
		route := c.Probe("redirect")
		route.Path += "?a=1&b=x%20y"
		for _, with := range []suite.Credential{suite.Nobody, suite.Unknown()} {
			a := c.Get(route, with)
			a.Status(302)
			target, err := url.Parse(a.Header.Get("Location"))
			c.Must(err == nil && target.Host != "", a, "a Location to the login", "Location: "+a.Header.Get("Location"))
			c.Equal(a, "login at", "https://"+c.Env().Host()+"/login", target.Scheme+"://"+target.Host+target.Path)
			c.Equal(a, "way back (rd)", c.Env().URL+route.Path, target.Query().Get("rd"))
			a.NotFromBackend()
		}
	})
}

func TestLoginRedirectErrors(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says:  "A route with a login redirect still answers 403 for a missing scope, 400 for a malformed Authorization, and 403 to a script, instead of a redirect that cannot help.",
		Cause: mappingCause,
	}, func(c *suite.Check) {
		route := c.Probe("redirect")
		a := c.Get(route, suite.Bearer(c.Unscoped()))
		a.Status(403)
		a.Challenge(c.WantChallenge(gafaelfawr.ErrorInsufficientScope, "Token missing required scope", route.Scope))
		a = c.Get(route, suite.Authorization("Bearer", ""))
		a.Status(400)
		a.ErrorBody(gafaelfawr.ErrorInvalidRequest, "Malformed Authorization header")
		a = c.Do(suite.Request{Target: route, Headers: []gafaelfawr.HeaderLine{{"X-Requested-With", "XMLHttpRequest"}}})
		a.Status(403)
		a.Challenge(c.WantChallenge("", ""))
	})
}

func TestLoginRedirectWithToken(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says:  "A route with a login redirect lets in a token with the scope.",
		Cause: reportCause,
	}, func(c *suite.Check) {
		c.Get(c.Probe("redirect"), suite.Bearer(c.Scoped())).ReportPasses()
	})
}

func TestLogin(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says:  "The login sends the browser on to the identity provider over TLS, with a session cookie that scripts and plain HTTP cannot see.",
		Cause: "404: the Ingress of Gafaelfawr lacks /login. 500: the provider's settings are incomplete.",
	}, func(c *suite.Check) {
		a := c.Get(c.Site("/login?rd="+url.QueryEscape(c.Env().URL+"/")), suite.Nobody)
		a.MustStatus(302, 303, 307)
		target, err := url.Parse(a.Header.Get("Location"))
		c.Expect(err == nil && target.Scheme == "https" && target.Query().Get("state") != "", a,
			"Location: an https URL with a state", "Location: "+a.Header.Get("Location"))
		cookie := a.Header.Get("Set-Cookie")
		for _, want := range []string{"gafaelfawr=", "HttpOnly", "Secure"} {
			c.Expect(strings.Contains(cookie, want), a, "Set-Cookie with "+want, "Set-Cookie: "+cookie)
		}
	})
}

// strangers are ways to name another site in rd.
var strangers = []string{"https://evil.example.org/", "https://HOST@evil.example.org/", "https://HOST.evil.example.org/", "//evil.example.org/"}

func noOpenRedirect(c *suite.Check, path string) {
	for _, rd := range strangers {
		rd = strings.ReplaceAll(rd, "HOST", c.Env().Host())
		a := c.Get(c.Site(path+"?rd="+url.QueryEscape(rd)), suite.Nobody)
		a.Status(422)
		a.HeaderAbsent("Location")
	}
}

func TestLoginOpenRedirect(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says:  "The login refuses to lead back to another site.",
		Cause: "A proxy answers /login, or rewrites the rd parameter.",
	}, func(c *suite.Check) { noOpenRedirect(c, "/login") })
}

func TestLogoutOpenRedirect(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says:  "The logout refuses to lead on to another site.",
		Cause: "A proxy answers /logout, or rewrites the rd parameter.",
	}, func(c *suite.Check) { noOpenRedirect(c, "/logout") })
}

func TestLogout(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says:  "The logout leads to a page over TLS.",
		Cause: "404: the Ingress of Gafaelfawr lacks /logout. Another page: afterLogoutUrl.",
	}, func(c *suite.Check) {
		a := c.Get(c.Site("/logout"), suite.Nobody)
		a.Status(302, 303, 307)
		c.Expect(strings.HasPrefix(a.Header.Get("Location"), "https://"), a, "Location: an https URL", "Location: "+a.Header.Get("Location"))
	})
}

func TestPages(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says:  "The page of a probe sends people without a session to the login, and shows HTML to those with the scope.",
		Cause: "401: the GafaelfawrIngress of the page lacks loginRedirect. 404: Muster is older than its chart.",
	}, func(c *suite.Check) {
		c.Get(c.Page("authenticated"), suite.Nobody).Status(302)
		a := c.Get(c.Page("authenticated"), suite.Bearer(c.Scoped()))
		a.Status(200)
		c.Expect(strings.HasPrefix(a.Header.Get("Content-Type"), "text/html"), a, "a page (text/html)", a.Excerpt())
		c.Get(c.Page("anonymous"), suite.Nobody).Status(200)
	})
}
