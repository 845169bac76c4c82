package validation

import (
	"errors"
	"fmt"
	pathpkg "path"
	"slices"
	"strings"
	"testing"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/suite"
)

func TestNearTokens(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says:     "A value that is almost a token opens nothing.",
		Cause:    "Something compares tokens without regard to letter case or length, or by their key alone.",
		Security: true,
	}, func(c *suite.Check) {
		route := c.Protected()[0]
		id := c.OwnToken(suite.Spec{Name: "near", Scopes: []string{route.Scope}})
		other := c.OwnToken(suite.Spec{Name: "near-other", Scopes: []string{route.Scope}})
		for _, near := range suite.NearMisses(id, other) {
			c.Get(route, near.Credential).Unauthorized(c.WantChallenge(gafaelfawr.ErrorInvalidToken, near.Refusal))
		}
	})
}

// scopesOfPhalanx are those that Phalanx defines, without those of administrators.
var scopesOfPhalanx = []string{
	"exec:admin", "exec:internal-tools", "exec:notebook", "exec:portal", "exec:portal-admin", "read:image",
	"read:sasquatch", "read:tap", "user:token", "write:files", "write:notifications", "write:obsforge", "write:sasquatch",
}

func TestNearScopes(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says:  "A token with every other scope but the one that a route requires gets 403.",
		Cause: "The auth-url asks for any of several scopes, for a part of one, or for none.",

		Security: true,
	}, func(c *suite.Check) {
		c.NeedScope()
		routes := c.Harmless() // a wrong scope in the environment file would let this caller in
		// No token with so many scopes lives long.
		routes = slices.DeleteFunc(routes, func(t suite.Target) bool { return suite.LifetimeFor(t) > 0 })
		mine := suite.ScopesOf(routes)
		others := slices.DeleteFunc(slices.Clone(scopesOfPhalanx), func(s string) bool { return slices.Contains(mine, s) })
		id := withKnownScopes(c, "siblings", others)
		for _, route := range routes {
			want := c.WantChallenge(gafaelfawr.ErrorInsufficientScope, "Token missing required scope", route.Scope)
			c.Get(route, suite.Bearer(id)).Forbidden(want)
		}
	})
}

// withKnownScopes is an identity with those of the scopes that Gafaelfawr knows.
func withKnownScopes(c *suite.Check, name string, scopes []string) *suite.Identity {
	user := c.FreshUser(name)
	id, err := c.CreateToken(suite.Spec{Name: name, User: user, Scopes: scopes})
	if api, ok := errors.AsType[*gafaelfawr.APIError](err); !ok || api.Status != 422 {
		c.NoError(err, "a token with other scopes")
		return id
	}
	known := slices.DeleteFunc(slices.Clone(scopes), func(scope string) bool {
		_, err := c.CreateToken(suite.Spec{Name: name + "-one", User: user, Scopes: []string{scope}})
		return err != nil
	})
	c.Remark("scopes that this Gafaelfawr knows: %s", strings.Join(known, ", "))
	return c.Token(suite.Spec{Name: name, User: user, Scopes: known})
}

func TestNearPaths(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "A path that is almost a protected one does not bypass authentication.",
		Cause: "The ingress and the application compare paths differently: the anonymous Ingress of a prefix passes a " +
			"path that the application treats as the protected one.",
		Security: true,
	}, func(c *suite.Check) {
		c.NeedScope()
		path := c.Sighted("authenticated").Path
		for _, near := range nearPaths(path) {
			c.Get(suite.Target{Path: near}, suite.Anonymous).LetsNobodyIn("any refusal")
		}
		for _, query := range exemptingQueries {
			c.Get(suite.Target{Path: path + query}, suite.Anonymous).Permits("nobody", "GET with "+query, 401)
		}
	})
}

func TestNearHosts(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "Other spellings of the host name do not get around authentication, and hosts whose names are almost the " +
			"same serve nothing of this deployment.",
		Cause: "A proxy in front compares host names in its own way, or an Ingress has no host, another one, or a " +
			"wildcard.",
		Security: true,
	}, func(c *suite.Check) {
		c.NeedScope()
		route, host := c.Probe("authenticated"), c.Env().Host()
		for _, same := range []string{strings.ToUpper(host), host + ":443", host + "."} {
			a := c.Do(suite.Request{Target: route, Headers: []gafaelfawr.HeaderLine{{"Host", same}}})
			a.LetsNobodyIn("401 under the name " + same)
			a.NotFromBackend()
		}
		for _, other := range []string{"x" + host, host + ".evil.example.org", strings.TrimPrefix(host, host[:1])} {
			a := c.Do(suite.Request{Target: route, Headers: []gafaelfawr.HeaderLine{{"Host", other}}})
			a.LetsNobodyIn("nothing of this deployment under the name " + other)
			a.NotFromBackend()
		}
	})
}

// exemptingQueries are those by which careless rules take a URL for another.
var exemptingQueries = []string{"?a=b;c", "?;jsessionid=1", "?/login", "?x=/static/main.js", "?x=/healthz"}

// nearPaths are what a careless application takes for the path.
func nearPaths(path string) []string {
	folder, last := pathpkg.Split(path)
	return []string{
		path + "/", path + ";x", path + ";/../x", path + "%2f", path + "%3Bx", path + "%20", path + ".", path + "//",
		folder + strings.ToUpper(last), strings.ToUpper(folder[:2]) + folder[2:] + last,
		fmt.Sprintf("%s%%25%02x%s", folder, last[0], last[1:]), folder + last[:len(last)-1], path + "s",
	}
}

func TestNoExemptions(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "A request without a token is refused, whatever it says of its sender, its way, its method or its page.",
		Cause: "A snippet or a proxy in front exempts some requests from authentication, such as health checks, an " +
			"address, or requests of the deployment's own pages: clients write these headers as they like.",
		Security: true,
	}, func(c *suite.Check) {
		claims := exempting(c.Env().URL)
		for i, route := range c.Protected() {
			asked := claims
			if i > 0 { // one of them, in turn, because there may be many routes
				asked = claims[i%len(claims):][:1]
			}
			for _, line := range asked {
				a := c.Do(suite.Request{Target: route, Headers: []gafaelfawr.HeaderLine{line}})
				a.LetsNobodyIn("401 despite " + line.Name() + ": " + line.Value())
				a.NotFromBackend()
			}
		}
	})
}

// exempting are headers by which careless configurations know whom not to ask for a
// token.
func exempting(site string) []gafaelfawr.HeaderLine {
	return []gafaelfawr.HeaderLine{
		{"X-Forwarded-For", "127.0.0.1"}, {"X-Forwarded-For", "10.0.0.1"}, {"X-Real-IP", "127.0.0.1"},
		{"Forwarded", "for=127.0.0.1;proto=https"}, {"X-Original-URI", "/login"}, {"X-Original-URL", site + "/login"},
		{"X-Rewrite-URL", "/login"}, {"X-Original-Method", "OPTIONS"}, {"X-HTTP-Method-Override", "OPTIONS"},
		{"User-Agent", "kube-probe/1.34"}, {"User-Agent", "GoogleHC/1.0"}, {"User-Agent", "ELB-HealthChecker/2.0"},
		{"User-Agent", "Prometheus/3.5.0"}, {"Referer", site + "/"}, {"Origin", site}, {"Sec-Fetch-Site", "same-origin"},
		{gafaelfawr.HeaderUser, "root"}, {"X-Forwarded-User", "root"}, {"X-Forwarded-Host", "localhost"},
		{"Content-Type", "application/grpc"}, {"Accept", "text/event-stream"}, {"Range", "bytes=0-0"},
	}
}
