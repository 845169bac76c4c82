package validation

import (
	"encoding/json"
	"testing"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/suite"
)

const userInfoPath = "/auth/api/v1/user-info"

// crowdGroups are one for each identity of a crowd.
var crowdGroups = []gafaelfawr.Group{{Name: "g_first", ID: 90011}, {Name: "g_second", ID: 90012},
	{Name: "g_longer", ID: 90013}, {Name: "g_bot", ID: 90014}}

// crowd are identities that are easily taken for each other: two tokens of one
// user that were made with other data, and users whose names begin alike.
func crowd(c *suite.Check) []*suite.Identity {
	one := personal(c, "one")
	of := func(name, user, fullName string, group gafaelfawr.Group) *suite.Identity {
		return c.OwnToken(suite.Spec{Name: name, User: user, Scopes: []string{c.Env().Scope}, FullName: fullName,
			Email: name + "@example.org", Groups: []gafaelfawr.Group{group}})
	}
	return []*suite.Identity{
		of("first", one, "First Token", crowdGroups[0]),
		of("second", one, "Second Token", crowdGroups[1]),
		of("longer", one+"b", "Longer Name", crowdGroups[2]),
		of("bot", "bot-"+one, "Bot Name", crowdGroups[3]),
	}
}

func TestOwnAnswers(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "All callers get their own answers, in turn on kept connections and at the same time.",
		Cause: "A cache keeps answers or user data under an incomplete key: the connection, the user instead of the " +
			"token, or a part of the name.",
	}, func(c *suite.Check) {
		ids := crowd(c)
		for range 2 {
			for _, id := range ids {
				own(c, id, c.Get(c.Site(userInfoPath), suite.Bearer(id)))
				if c.Env().Muster.Deployed == suite.GoMuster {
					a := c.Get(c.Sighted("authenticated"), suite.Bearer(id))
					a.Sees(gafaelfawr.HeaderUser, id.User)
					a.Sees(gafaelfawr.HeaderEmail, id.Email)
				}
			}
		}
		answers := c.Concurrently(several/2, func(i int) suite.Request {
			return suite.Request{Target: c.Site(userInfoPath), Credential: suite.Bearer(ids[i%len(ids)])}
		})
		c.AllHaveStatus(answers, 200)
		for i, a := range answers {
			if a.Err == nil && a.Code == 200 {
				own(c, ids[i%len(ids)], a)
			}
		}
	})
}

// own verifies that user information is that of the token.
func own(c *suite.Check, id *suite.Identity, a *suite.Answer) {
	if !a.Status(200) {
		return
	}
	var info gafaelfawr.UserInfo
	err := json.Unmarshal(a.Body, &info)
	if c.Expect(err == nil, a, "user information in JSON", a.Excerpt()) &&
		c.Closed(info.Username == id.User, a, "user information of "+id.User, "that of "+info.Username, suite.WrongUser()) {
		c.SameUser(a, id.Info, info)
	}
}

func TestNoAnswersOfBefore(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "A URL that answered a caller with a token answers 401 to the next without one.",
		Cause: "A cache in front keeps paths that end like static files, or its key lacks Authorization. Or a " +
			"connection keeps the login of the former request.",
		Security: true,
	}, func(c *suite.Check) {
		id := c.ScopedFor(c.Harmless()...)
		routes := []suite.Target{c.Site(userInfoPath), c.Site(userInfoPath + "?v=1.css"),
			c.Site("/auth/api/v1/token-info?/logo.png")}
		if c.Env().Muster.Deployed == suite.GoMuster {
			for _, ending := range []string{".css", ".js", ".png", ".ico"} {
				routes = append(routes, c.Muster("/delegated/header/muster"+ending))
			}
		}
		for _, route := range c.Harmless() {
			routes = append(routes, route)
			route.Path += "?/static/main.js"
			routes = append(routes, route)
		}
		with := suite.Bearer(id)
		for _, route := range routes {
			before := c.Get(route, with)
			after := c.Get(route, suite.Anonymous)
			if route.LoginRedirect {
				after.Status(302)
			} else {
				after.Status(401)
			}
			after.NotFromBackend()
			c.Expect(before.Code != 401, before, "an answer to a valid token", before.Excerpt())
		}
	})
}
