package validation

import (
	"testing"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/suite"
)

// sessionPair is a session beside another credential, or beside another session. Each
// row was recorded (pairs.json), over HTTP/1.1 and HTTP/2 alike.
type sessionPair struct {
	source string
	with   suite.Credential
	// user is who is let in where sessions count, nil where nobody is. The refusal then
	// is plain, or unscoped.
	user     *suite.Identity
	unscoped bool
	// other is who is let in where sessions do not count, nil where nobody is. refused
	// verifies that refusal, nil for a plain one.
	other   *suite.Identity
	refused func(*suite.Check, *suite.Answer)
	// authorization is what reaches the application of Authorization.
	authorization string
}

func sessionPairs(a, b, poor, dead *suite.Session) []sessionPair {
	foreign, basic := "Bearer eyJhbGciOiJub25lIn0.e30.", "Basic dXNlcjpwYXNzd29yZA==" // user:password
	return []sessionPair{
		{source: "cookie-A+bearer-B", with: a.Cookie().And(suite.Bearer(b.Identity)), user: a.Identity, other: b.Identity},
		{source: "cookie-noscope+bearer-B", with: poor.Cookie().And(suite.Bearer(b.Identity)), unscoped: true,
			other: b.Identity},
		{source: "cookie-revoked+bearer-A", with: dead.Cookie().And(suite.Bearer(a.Identity)), other: a.Identity},
		{source: "cookie-A+bearer-revoked", with: a.Cookie().And(suite.Bearer(dead.Identity)), user: a.Identity},
		{source: "cookie-A+basic-user-B", with: a.Cookie().And(suite.BasicUser(b.Identity)), user: a.Identity,
			other: b.Identity},
		{source: "cookie-A+basic-pass-B", with: a.Cookie().And(suite.BasicPassword(b.Identity)), user: a.Identity,
			other: b.Identity},
		{source: "cookie-A+basic-foreign", with: a.Cookie().And(suite.Authorization(basic, "")), user: a.Identity,
			authorization: basic},
		{source: "cookie-A+foreign-bearer", with: a.Cookie().And(suite.Authorization(foreign, "")), user: a.Identity,
			authorization: foreign, refused: noPrefix},
		{source: "foreign-bearer-with-cookie", with: a.Cookie().And(suite.Authorization("Bearer jwt.like.value", "")),
			user: a.Identity, authorization: "Bearer jwt.like.value", refused: noPrefix},
		{source: "cookie-A+bearer-malformed", with: a.Cookie().And(suite.Authorization("Bearer", "")), user: a.Identity,
			authorization: "Bearer", refused: unreadable("Malformed Authorization header")},
		{source: "cookie-A+bearer-noscope", with: a.Cookie().And(suite.Bearer(poor.Identity)), user: a.Identity,
			refused: unscoped},
		{source: "cookie-A+unknown-scheme", with: a.Cookie().And(suite.Authorization("Digest abc", "")), user: a.Identity,
			authorization: "Digest abc", refused: unreadable("Unknown Authorization type Digest")},
		{source: "two-gafaelfawr-cookies", with: a.Beside(b), user: b.Identity},
	}
}

func noPrefix(c *suite.Check, a *suite.Answer) {
	a.Unauthorized(c.WantChallenge(gafaelfawr.ErrorInvalidToken, "Token does not start with gt-"))
}

func unscoped(c *suite.Check, a *suite.Answer) {
	a.Forbidden(c.WantChallenge(gafaelfawr.ErrorInsufficientScope, "Token missing required scope", c.Env().Scope))
}

func unreadable(words string) func(*suite.Check, *suite.Answer) {
	return func(c *suite.Check, a *suite.Answer) {
		a.Malformed(c.WantChallenge(gafaelfawr.ErrorInvalidRequest, words), words)
	}
}

func TestSessionPairs(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "A session counts before any token, the last of two sessions counts, and applications get only what is " +
			"not Gafaelfawr's. Where cookies do not count, the token does.",
		Cause: "A proxy or a snippet drops Cookie or Authorization where both are there, or the filter of Gafaelfawr is " +
			"not applied (auth-response-headers).",
		Takes: sweepTime,
	}, func(c *suite.Check) {
		scopes := []string{c.Env().Scope}
		one := c.OwnToken(suite.Spec{Name: "one", User: c.FreshUser("one"), Scopes: scopes})
		other := c.OwnToken(suite.Spec{Name: "other", User: c.FreshUser("other"), Scopes: scopes})
		dead := c.OwnToken(suite.Spec{Name: "dead", User: c.FreshUser("dead"), Scopes: scopes})
		c.Revoke(dead)
		all := sessionPairs(c.Session(one), c.Session(other), c.Session(c.Unscoped()), c.Session(dead))
		for _, http2 := range c.Versions() {
			for _, p := range all {
				for _, probe := range []string{"authenticated", "delegated", "basic", "anonymous", "cookieless"} {
					p.verify(c, probe, c.Do(suite.Request{Target: c.Sighted(probe), Credential: p.with, HTTP2: http2}))
				}
			}
		}
	})
}

// verify verifies the answer of a probe.
func (p sessionPair) verify(c *suite.Check, probe string, a *suite.Answer) {
	user, anonymous := p.user, probe == "anonymous"
	if probe == "cookieless" {
		user = p.other
	}
	switch {
	case anonymous:
		a.Sees(gafaelfawr.HeaderUser)
	case user != nil:
		a.Sees(gafaelfawr.HeaderUser, user.User)
	default:
		p.isRefused(c, probe, a)
		return
	}
	a.Sees(gafaelfawr.HeaderCookie)
	if p.authorization == "" {
		a.Sees(gafaelfawr.HeaderAuthorization)
	} else {
		a.Sees(gafaelfawr.HeaderAuthorization, p.authorization)
	}
}

// isRefused verifies that nobody is let in.
func (p sessionPair) isRefused(c *suite.Check, probe string, a *suite.Answer) {
	switch {
	case probe == "cookieless" && p.refused != nil:
		p.refused(c, a)
	case probe == "basic": // TestBasicChallenge verifies its challenges
		want := 401
		if p.unscoped {
			want = 403
		}
		a.Status(want)
		a.NotFromBackend()
	case p.unscoped && probe != "cookieless":
		unscoped(c, a)
	default:
		a.Unauthorized(c.WantChallenge("", ""))
	}
}
