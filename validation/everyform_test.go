package validation

import (
	"strings"
	"testing"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/suite"
)

// written is a request of somebody who may enter, in a form that HTTP allows and few use.
type written struct {
	by, method string
	with       suite.Credential
	headers    []gafaelfawr.HeaderLine
	// cookies are those of others, which the application gets.
	cookies string
}

func TestEveryForm(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "Who may enter may do so in every form that HTTP allows: header names in any letters, a token as password " +
			"without a user name, a session beside the odd cookies of others, methods without a body.",
		Cause: "A proxy or a web application firewall in front knows the usual form alone, or a release of Gafaelfawr " +
			"reads headers more strictly than those before.",
	}, func(c *suite.Check) {
		for _, http2 := range c.Versions() {
			for _, w := range append(writtenWithToken(c, http2), writtenWithSession(c)...) {
				w.verify(c, http2)
			}
		}
	})
}

func (w written) verify(c *suite.Check, http2 bool) {
	method := w.method
	if method == "" {
		method = "GET"
	}
	asks := suite.Request{Method: method, Target: c.Sighted("authenticated"), Credential: w.with, Headers: w.headers,
		HTTP2: http2}
	a := c.Send(asks)
	if a.Err != nil { // a kept connection may end at any time
		asks.Fresh = !http2
		a = c.Send(asks)
	}
	version := " over HTTP/1.1"
	if http2 {
		version = " over HTTP/2"
	}
	if a.Permits(w.by, method+version, 200) && w.cookies != "" {
		a.Sees(gafaelfawr.HeaderCookie, w.cookies)
	}
}

// writtenWithToken has the forms of programs. HTTP/2 has small letters alone.
func writtenWithToken(c *suite.Check, http2 bool) []written {
	id := c.Scoped()
	all := []written{
		{by: "a program with a token as password and no user name", with: suite.BasicNamed("", id)},
		{by: "a program without a name (User-Agent)", with: suite.Bearer(id),
			headers: []gafaelfawr.HeaderLine{{"User-Agent", ""}}},
	}
	for _, method := range []string{"POST", "PUT", "PATCH", "DELETE"} {
		all = append(all, written{by: "a program that sends no body", method: method, with: suite.Bearer(id)})
	}
	if !http2 {
		all = append(all,
			written{by: "a program that writes authorization in small letters",
				with: suite.Bearer(id).Named(strings.ToLower)},
			written{by: "a program that writes AUTHORIZATION in capitals",
				with: suite.Bearer(id).Named(strings.ToUpper)})
	}
	return all
}

// oddCookies are cookies of others that browsers send, though RFC 6265 has no such values or names.
var oddCookies = []string{
	`consent={"a":[1,2]}`, `quoted="x y"`, "list[0]=1", "comma=a,b", "flag", "at=a@b:c/d?e", "empty=", "equals=a=b==",
}

func writtenWithSession(c *suite.Check) []written {
	session := c.Session(c.Scoped())
	all := []written{{by: "a browser that writes cookie in small letters", with: session.Cookie().Named(strings.ToLower)}}
	for _, other := range oddCookies {
		all = append(all,
			written{by: "a browser whose session is behind the cookie " + other, cookies: other,
				with: session.Between(other+"; gafaelfawr=", "")},
			written{by: "a browser whose session is before the cookie " + other, cookies: other,
				with: session.Between("gafaelfawr=", "; "+other)})
	}
	return all
}
