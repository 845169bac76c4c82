package validation

import (
	"strings"
	"testing"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/suite"
)

// pair is two credentials on one request. Each row was recorded (pairs.json,
// unless another source is named), over HTTP/1.1 and HTTP/2 alike.
type pair struct {
	source string
	with   suite.Credential
	// refusal is why a route that needs a login refuses it, "" where it is let in.
	refusal string
	// plain is a refusal without an error: nobody showed a token.
	plain bool
	// authorization and cookie are what reaches the application of what was sent.
	authorization, cookie string
}

func pairs(id, dead *suite.Identity, begun string) []pair {
	junk := suite.Cookie("gafaelfawr=junk")
	around := suite.Cookie("a=1; gafaelfawr=junk; b=2")
	foreign, basic := "Bearer eyJhbGciOiJub25lIn0.e30.", "Basic dXNlcjpwYXNzd29yZA==" // user:password
	return []pair{
		{source: "cookie-junk+bearer-A", with: suite.Bearer(id).And(junk)},
		{source: "crumbs-session-middle", with: suite.Bearer(id).And(around), cookie: "a=1; b=2"},
		{source: "cookie-A+basic-user-B, junk in place of A", with: suite.BasicUser(id).And(junk)},
		{source: "cookie-A+basic-pass-B, junk in place of A", with: suite.BasicPassword(id).And(junk)},
		{source: "basic-root-then-token", with: suite.BasicNamed("root", id)},
		{source: "basic-token-then-root", with: suite.BasicNamedAfter(id, "root")},
		{source: "basic-other-user-then-token", with: suite.BasicNamed(dead.User, id)},
		{source: "healthy.json, login/with-cookie: a session that was begun has no token",
			with: suite.Bearer(id).And(suite.Cookie(begun))},
		{source: "the same, alone", with: suite.Cookie(begun), plain: true},
		{source: "cookie-junk+bearer-revoked", with: suite.Bearer(dead).And(junk), refusal: notValid},
		{source: "nocookies/cookie-A+foreign-bearer", with: suite.Authorization(foreign, "").And(junk),
			refusal: "Token does not start with gt-", authorization: foreign},
		{source: "nocookies/cookie-A+basic-foreign", with: suite.Authorization(basic, "").And(junk), plain: true,
			authorization: basic},
	}
}

func TestCredentialPairs(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "If a request has two credentials, the token counts, and only the foreign one reaches applications.",
		Cause: "A proxy or a snippet reads Authorization or cookies itself, treats a cookie as a login, joins or " +
			"splits header lines of HTTP/2, or the filter of Gafaelfawr is not applied (auth-response-headers).",
	}, func(c *suite.Check) {
		id := c.Scoped()
		dead := c.OwnToken(suite.Spec{Name: "dead", User: c.FreshUser("dead"), Scopes: []string{c.Env().Scope}})
		c.Revoke(dead)
		login := c.Get(c.Site("/login?rd="+c.Env().URL+"/"), suite.Anonymous)
		begun, _, _ := strings.Cut(login.Header.Get("Set-Cookie"), ";")
		isSession := strings.HasPrefix(begun, gafaelfawr.CookieName+"=")
		c.Must(isSession, login, "a session of a login that was begun", login.Excerpt())
		versions := c.Versions()
		for _, p := range pairs(id, dead, begun) {
			for _, http2 := range versions {
				p.guarded(c, id, http2)
			}
			if len(versions) > 1 { // over HTTP/1.1 other checks ask it
				p.open(c)
			}
		}
		for _, probe := range []string{"cookieless", "basic", "delegated"} {
			around := pairs(id, dead, begun)[1].with
			a := c.Do(suite.Request{Target: c.Sighted(probe), Credential: around, HTTP2: len(versions) > 1})
			a.Sees(gafaelfawr.HeaderUser, id.User)
			a.Sees(gafaelfawr.HeaderCookie, "a=1; b=2")
			a.Hides(id)
		}
	})
}

// guarded asks a route that needs a login.
func (p pair) guarded(c *suite.Check, id *suite.Identity, http2 bool) {
	a := c.Do(suite.Request{Target: c.Sighted("authenticated"), Credential: p.with, HTTP2: http2})
	switch {
	case p.plain:
		a.Unauthorized(c.WantChallenge("", ""))
	case p.refusal != "":
		a.Unauthorized(c.WantChallenge(gafaelfawr.ErrorInvalidToken, p.refusal))
	default:
		a.Sees(gafaelfawr.HeaderUser, id.User)
		p.arrives(a)
	}
}

// open asks a route that needs none.
func (p pair) open(c *suite.Check) {
	a := c.Do(suite.Request{Target: c.Sighted("anonymous"), Credential: p.with, HTTP2: true})
	a.Sees(gafaelfawr.HeaderUser)
	p.arrives(a)
}

func (p pair) arrives(a *suite.Answer) {
	for name, want := range map[string]string{
		gafaelfawr.HeaderAuthorization: p.authorization, gafaelfawr.HeaderCookie: p.cookie,
	} {
		if want == "" {
			a.Sees(name)
		} else {
			a.Sees(name, want)
		}
	}
}

func TestTokenBeforeBlank(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "A token with a trailing blank is removed on anonymous routes over HTTP/2.",
		Cause: "HTTP/2 carries the blank, and Gafaelfawr's filter does not take such a value for a token. An " +
			"application that logs Authorization then logs a token.",
		Advice: recordedVersions,
	}, func(c *suite.Check) {
		id := c.Scoped()
		if !c.SpeaksHTTP2() {
			c.Skip("the deployment does not speak HTTP/2: see TestHTTP2")
		}
		c.Do(suite.Request{Target: c.Sighted("anonymous"), Credential: suite.BearerBeforeBlank(id), HTTP2: true}).Hides(id)
	})
}
