package validation

import (
	"strings"
	"testing"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/suite"
)

func TestCSRF(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "With a session, Gafaelfawr's API changes nothing unless the request repeats the session's CSRF token, so " +
			"that no other site can make and delete tokens for its users.",
		Cause: "403 with the right token: something in front drops X-CSRF-Token. Without it 204 or 422: this is not " +
			"Gafaelfawr, or the request came to it without its cookie.",
	}, func(c *suite.Check) {
		owner := personal(c, "csrf")
		id := c.OwnToken(suite.Spec{Name: "owner", User: owner, Scopes: []string{"user:token"}})
		session := c.Session(id)
		other := c.OwnToken(suite.Spec{Name: "other", User: owner})
		own := c.Site("/auth/api/v1/users/" + owner + "/tokens/" + other.Token.Key())
		list := c.Site("/auth/api/v1/users/" + owner + "/tokens")
		c.Get(list, session.Cookie()).Status(200) // reading needs none
		for _, change := range []suite.Request{
			{Method: "POST", Target: list, Body: noScopes},
			{Method: "PATCH", Target: own, Body: noScopes},
			{Method: "DELETE", Target: own},
		} {
			refusedWithoutCSRF(c, session, change)
		}
		program := suite.Request{Method: "POST", Target: list, Body: noScopes, Credential: suite.Bearer(id),
			Headers: []gafaelfawr.HeaderLine{{"Cookie", "consent=yes; session_id=abc"}}}
		c.Do(program).Permits("a token beside cookies of others, without X-CSRF-Token", "POST tokens", 422)
		right := suite.Request{Method: "POST", Target: list, Body: noScopes, Credential: session.Page(session)}
		c.Do(right).Permits("a session with its CSRF token", "POST tokens", 422)
		right.Method, right.Target, right.Body = "DELETE", own, ""
		c.Do(right).Permits("a session with its CSRF token", "DELETE tokens", 204)
	})
}

// refusedWithoutCSRF verifies that a session alone, or with anything else than its own CSRF
// token, makes no change.
func refusedWithoutCSRF(c *suite.Check, session *suite.Session, change suite.Request) {
	for _, sent := range []struct {
		says       string
		credential suite.Credential
	}{
		{"without X-CSRF-Token", session.Cookie()},
		{"with another session's", session.Page(c.Session(session.Identity))},
		{"with an empty one", session.Page(&suite.Session{})},
		{"without one, beside a Bearer", session.Cookie().And(suite.Bearer(session.Identity))},
		{"with the beginning of its own", session.Page(&suite.Session{CSRF: session.CSRF[:len(session.CSRF)/2]})},
		{"with more than its own", session.Page(&suite.Session{CSRF: session.CSRF + "A"})},
	} {
		change.Credential = sent.credential
		a := c.Do(change)
		if a.Code == 401 || a.Code >= 500 { // nobody was let in
			a.Status(403)
			continue
		}
		if a.Permits("a session "+sent.says, change.Method+" tokens", 403) {
			unasked := strings.Contains(string(a.Body), "Missing required")
			c.Closed(!unasked, a, "to be refused for its CSRF token", "it is refused for lack of a scope alone",
				suite.Value("what refuses a session "+sent.says, "the CSRF token", "the scope"))
			if !unasked {
				refuses(a, "invalid_csrf", "Invalid CSRF token", "header", "X-CSRF-Token")
			}
		}
	}
}
