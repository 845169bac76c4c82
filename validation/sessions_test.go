package validation

import (
	"strings"
	"testing"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/suite"
)

// crossSite are requests that change something, as a page of another site would have a
// browser send them with the cookie of a session. Let in, they change nothing: there is no
// such token, or no such scope.
var crossSite = []struct{ method, path, body string }{
	{"DELETE", "/tokens/KEY", ""},
	{"POST", "/tokens", noScopes},
}

func TestCrossSite(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "Whoever has only the cookie of a session can change nothing at Gafaelfawr's API: a page of another site " +
			"does not know the CSRF token of that session.",
		Cause: "Something in front of Gafaelfawr makes an Authorization header of the cookie, or adds X-CSRF-Token; or " +
			"this Gafaelfawr does not compare it.",
		Needs: []suite.Feature{suite.Kubernetes, suite.ReadSecrets},

		Security: true,
	}, func(c *suite.Check) {
		id := tokenOwner(c, "browser")
		session := c.Session(id)
		// A key that no token has: nothing is deleted even where it should be refused.
		base, key := "/auth/api/v1/users/"+id.User, gafaelfawr.NewToken().Key()
		if a := c.Get(c.Site(base+"/tokens"), session.Cookie); a.Code == 401 {
			c.Skip("Gafaelfawr does not take a session of the key in its Secret: it runs with another one")
		}
		wrong := c.Session(id).CSRF
		for _, r := range crossSite {
			asks := suite.Request{Method: r.method, Body: r.body, Credential: session.Cookie.And(session.CSRF),
				Target: c.Site(base + strings.Replace(r.path, "KEY", key, 1))}
			own := c.Do(asks)
			c.Expect(own.Code != 403, own, r.method+" with the CSRF token of the session to be let in", own.Excerpt(),
				suite.Permission(r.method+" users/USER"+r.path, "the user's own page", own.Code, 422))
			for name, csrf := range map[string]suite.Credential{"no": nil, "another session's": wrong} {
				asks.Credential = session.Cookie.And(csrf)
				a := c.Do(asks)
				if a.Code == 401 || a.Code >= 500 { // nobody was let in
					a.Status(403)
					continue
				}
				c.Closed(a.Code == 403, a, r.method+" with "+name+" CSRF token to be refused: status 403", a.Excerpt(),
					suite.Permission(r.method+" users/USER"+r.path, "a page of another site", a.Code, 403))
			}
		}
	})
}
