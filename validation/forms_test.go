package validation

import (
	"testing"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/suite"
)

// What Gafaelfawr says of a credential.
const (
	basicParts = "Invalid Basic auth string: not enough values to unpack (expected 2, got 1)"
	noScheme   = "Malformed Authorization header"
	malformedT = "Token is malformed"
)

// form is a credential in one form, with what a probe answers to it. Each row was
// recorded (healthy.json).
type form struct {
	probe   string
	with    suite.Credential
	headers []gafaelfawr.HeaderLine
	// status is 200, 400, 401 or 403, and message what Gafaelfawr says of the two
	// first refusals.
	status  int
	message string
}

func forms(c *suite.Check, id, dead *suite.Identity) []form {
	ajax := []gafaelfawr.HeaderLine{{"X-Requested-With", "XMLHttpRequest"}}
	basic := func(text string) suite.Credential { return suite.Authorization("Basic "+text, "") }
	return []form{
		{probe: "anonymous", with: suite.BasicBetween(id), status: 200},
		{probe: "anonymous", with: suite.BearerSpelled("Digest", id), status: 200},
		{probe: "anonymous", with: suite.Written("", id, ""), status: 200},
		{probe: "authenticated", with: suite.BearerSpelled("Bearer  ", id), status: 200},
		{probe: "authenticated", with: suite.Written("Bearer ", id, " more"), status: 401, message: malformedT},
		{probe: "authenticated", with: suite.Written("", id, ""), status: 400, message: noScheme},
		{probe: "authenticated", with: suite.BearerSpelled("Digest", id), status: 400,
			message: "Unknown Authorization type Digest"},
		{probe: "authenticated", with: suite.BearerSpelled("token", id), status: 400,
			message: "Unknown Authorization type token"},
		{probe: "authenticated", with: basic("???"), status: 400, message: basicParts},
		{probe: "authenticated", with: basic("YWxpY2U="), status: 400, message: basicParts}, // alice
		// What it says depends on the version of Python.
		{probe: "authenticated", with: suite.BasicBetween(id), status: 400},
		{probe: "authenticated", with: suite.BasicUser(dead), status: 401, message: notValid},
		{probe: "authenticated", with: suite.Bearer(dead), headers: ajax, status: 401, message: notValid},
		{probe: "delegated", with: suite.Bearer(dead), status: 401, message: notValid},
		{probe: "all-scopes", with: suite.Bearer(dead), status: 401, message: notValid},
		{probe: "delegated", with: suite.Bearer(c.Unscoped()), status: 403},
		{probe: "authorization", with: suite.Bearer(c.Unscoped()), status: 403},
		{probe: "notebook", with: suite.Bearer(c.Unscoped()), status: 403},
		{probe: "basic", with: suite.Written("", id, ""), status: 400, message: noScheme},
		{probe: "basic", with: suite.BasicUser(dead), status: 401},
		{probe: "basic", headers: ajax, status: 403},
		{probe: "basic", with: suite.Bearer(id).And(suite.Cookie("gafaelfawr=junk")), status: 200},
		{probe: "cookieless", with: suite.BasicUser(id), status: 200},
		{probe: "cookieless", with: suite.BasicNamed("root", id), status: 200},
	}
}

func TestForms(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "A credential in any form is let in or refused as Gafaelfawr does, with its words, on every kind of " +
			"route.",
		Cause: "A proxy or a web application firewall in front reads or rewrites Authorization, or the Ingress of " +
			"one route lacks what the others have.",
	}, func(c *suite.Check) {
		id := c.Scoped()
		dead := c.OwnToken(suite.Spec{Name: "dead", User: c.FreshUser("dead"), Scopes: []string{c.Env().Scope}})
		c.Revoke(dead)
		for _, f := range forms(c, id, dead) {
			f.verify(c, id, c.Do(suite.Request{Target: c.Sighted(f.probe), Credential: f.with, Headers: f.headers}))
		}
		redirect := c.Sighted("redirect")
		redirect.LoginRedirect = true
		c.Do(suite.Request{Method: "POST", Target: redirect}).Unauthorized(c.WantChallenge("", ""))
		c.Do(suite.Request{Method: "HEAD", Target: c.Sighted("authenticated"), Credential: suite.Bearer(id)}).Status(200)
	})
}

// verify verifies the answer: whom it lets in, or the challenge and words with which it
// refuses. A Basic route has no words.
func (f form) verify(c *suite.Check, id *suite.Identity, a *suite.Answer) {
	kind := map[int]string{400: gafaelfawr.ErrorInvalidRequest, 401: gafaelfawr.ErrorInvalidToken}[f.status]
	want := c.WantChallenge(kind, f.message)
	if f.status == 403 {
		want = c.WantChallenge(gafaelfawr.ErrorInsufficientScope, "Token missing required scope",
			suite.ScopesOf([]suite.Target{a.Request.Target})...)
	}
	if f.probe == "basic" {
		want = gafaelfawr.NewChallenge("Basic", c.Env().Host(), "", "", "")
	}
	switch {
	case f.status == 400 && f.message == "":
		a.Status(400)
		a.NotCached()
		a.NotFromBackend()
	case f.status == 400:
		a.Malformed(want, f.message)
	case f.status == 401:
		a.Unauthorized(want)
	case f.status == 403:
		a.Forbidden(want)
	case f.probe == "anonymous":
		a.Sees(gafaelfawr.HeaderUser)
	default:
		a.Sees(gafaelfawr.HeaderUser, id.User)
		a.Hides(id)
	}
}

func TestFormsOverHTTP2(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "Over HTTP/2 every kind of route treats credentials, and what only HTTP/2 can carry, as Gafaelfawr " +
			"does.",
		Cause: "A load balancer in front speaks HTTP/2 and joins, splits or trims header lines.",
	}, func(c *suite.Check) {
		if !c.SpeaksHTTP2() {
			c.Skip("the deployment does not speak HTTP/2: see TestHTTP2")
		}
		for _, probe := range []string{"anonymous", "authenticated", "basic", "cookieless", "delegated"} {
			overHTTP2(c, probe)
		}
	})
}

// overHTTP2 asks one probe. Each form was recorded (pairs.json).
func overHTTP2(c *suite.Check, probe string) {
	id := c.Scoped()
	ask := func(with suite.Credential, headers []gafaelfawr.HeaderLine) *suite.Answer {
		return c.Do(suite.Request{Target: c.Sighted(probe), Credential: with, Headers: headers, HTTP2: true})
	}
	sees, plain, invalid := []string{id.User}, c.WantChallenge("", ""), c.WantChallenge(gafaelfawr.ErrorInvalidToken,
		malformedT)
	switch probe {
	case "anonymous":
		sees = nil
	case "basic":
		plain = gafaelfawr.NewChallenge("Basic", c.Env().Host(), "", "", "")
		invalid = plain
	}
	forgedToken := ask(suite.Bearer(id), forged)
	notForged(c, forgedToken)
	for _, a := range []*suite.Answer{forgedToken, ask(suite.BearerAfterTab(id), nil),
		ask(suite.BasicNamed("root", id), nil), ask(suite.BasicNamedAfter(id, "root"), nil)} {
		a.Sees(gafaelfawr.HeaderUser, sees...)
	}
	a := ask(suite.Bearer(id).And(suite.Bearer(c.Unscoped())), nil)
	a.Status(400)
	a.NotFromBackend()
	if probe == "anonymous" {
		ask(suite.Anonymous, nil).Sees(gafaelfawr.HeaderUser)
		alone := ask(suite.Anonymous, forged)
		alone.Sees(gafaelfawr.HeaderUser)
		notForged(c, alone)
		return
	}
	ask(suite.Anonymous, nil).Unauthorized(plain)
	ask(suite.Anonymous, forged).Unauthorized(plain)
	ask(suite.BearerBeforeBlank(id), nil).Unauthorized(invalid)
}
