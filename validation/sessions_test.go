package validation

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/suite"
)

// sessionRequests are enough that each of a few processes of Gafaelfawr answers one.
const sessionRequests = 12

func TestSessionSecret(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "Gafaelfawr accepts a session that its session secret encrypts, each time.",
		Cause: "401: Gafaelfawr runs with another session secret than its Secret holds. It reads the secret when it " +
			"starts, so that its next restart ends all sessions. Some are 401: its pods have different secrets.",
	}, func(c *suite.Check) {
		c.SessionsAccepted()
		session := c.Session(c.Unscoped())
		c.AllHaveStatus(c.Concurrently(sessionRequests, func(int) suite.Request {
			return suite.Request{Target: c.Site(sessionOnly), Credential: session.Cookie()}
		}), 200)
	})
}

const sessionCause = "The Ingress gives Gafaelfawr the request without Cookie, or with one of its own " +
	"(proxy_set_header in a snippet, a proxy in front). At the application: auth-response-headers lacks Cookie."

func TestSession(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "A session lets its user in as a token does: with the same scopes, on each kind of route, and no " +
			"application gets its cookie.",
		Cause: sessionCause,
	}, func(c *suite.Check) {
		id := c.Scoped()
		session := c.Session(id)
		for _, http2 := range c.Versions() {
			for _, probe := range []string{"authenticated", "delegated", "redirect", "basic", "authorization", "any-scope"} {
				a := c.Do(suite.Request{Target: c.Sighted(probe), Credential: c.Session(c.IdentityFor(probe)).Cookie(),
					HTTP2: http2})
				a.Sees(gafaelfawr.HeaderUser, id.User)
				a.Sees(gafaelfawr.HeaderCookie)
				a.Hides(id)
			}
			for _, probe := range kinds {
				for _, quote := range []string{"", `"`} {
					with := session.Between("a=1; gafaelfawr="+quote, quote+"; b=2; gafaelfawrx=3")
					a := c.Do(suite.Request{Target: c.Sighted(probe), Credential: with, HTTP2: http2})
					if quote != "" && a.Code == 401 {
						a.Permits("a session in quotes", "GET", 200)
						continue
					}
					a.Sees(gafaelfawr.HeaderCookie, "a=1; b=2; gafaelfawrx=3")
					a.Hides(id)
				}
			}
		}
		c.Get(c.Page("authenticated"), session.Cookie()).Status(200)
		foreign := suite.Authorization("Digest abc", "") // which the delegated token replaces
		c.Get(c.Sighted("authorization"), session.Cookie().And(foreign)).Hides(id)
	})
}

func TestSessionRevoked(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "A session ends when its token is revoked: requests are refused, and pages send people to the login.",
		Cause: "An authCacheDuration, or a cache in front, keeps the answers of before; or Gafaelfawr's processes do not " +
			"share one Redis.",

		Security: true,
	}, func(c *suite.Check) {
		dead := c.OwnToken(suite.Spec{Name: "dead", User: c.FreshUser("dead"), Scopes: []string{c.Env().Scope}})
		ended := c.Session(dead)
		c.Get(c.Probe("authenticated"), ended.Cookie()).Status(200)
		c.Revoke(dead)
		plain := c.WantChallenge("", "")
		c.Get(c.Probe("authenticated"), ended.Cookie()).Unauthorized(plain)
		c.Get(c.Page("authenticated"), ended.Cookie()).Unauthorized(plain)
		c.Get(c.Site(sessionOnly), ended.Cookie()).Status(401)
		c.Get(c.Sighted("anonymous"), ended.Cookie()).Sees(gafaelfawr.HeaderUser)
	})
}

func TestSessionRefused(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "A session lets nobody in without the scope, or where cookies do not count.",
		Cause: "scope or allow_cookies=false is missing in auth-url, or a snippet with satisfy or its own login goes by " +
			"the cookie.",

		Security: true,
	}, func(c *suite.Check) {
		for _, http2 := range c.Versions() {
			c.Do(suite.Request{Target: c.Probe("cookieless"), Credential: c.Session(c.Scoped()).Cookie(), HTTP2: http2}).
				Unauthorized(c.WantChallenge("", ""))
		}
		for _, to := range []suite.Target{c.Probe("authenticated"), c.Probe("delegated"), c.Page("authenticated")} {
			c.Get(to, c.Session(c.Unscoped()).Cookie()).
				Forbidden(c.WantChallenge(gafaelfawr.ErrorInsufficientScope, "Token missing required scope", c.Env().Scope))
		}
	})
}

func TestSessionsApart(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "Sessions of several users at the same time, and none, each get the answers of their own.",
		Cause: "A cache in front, or an auth-cache-key without the cookie, gives one user's answer to another. Or " +
			"Gafaelfawr's connections mix its callers up.",
	}, func(c *suite.Check) {
		var users []*suite.Session
		for _, name := range []string{"one", "other"} {
			users = append(users, c.Session(c.OwnToken(suite.Spec{Name: name, User: c.FreshUser(name),
				Scopes: []string{c.Env().Scope}})))
		}
		turns := []suite.Credential{users[0].Cookie(), users[1].Cookie(), suite.Anonymous}
		inTurn := func(i int) suite.Request {
			return suite.Request{Target: c.Sighted("authenticated"), Credential: turns[i%len(turns)]}
		}
		all := c.Concurrently(sessionRequests, inTurn)
		for i := range sessionRequests / 2 { // one connection
			all = append(all, c.Do(inTurn(i)))
		}
		for i, a := range all {
			turn := i % sessionRequests % len(turns)
			if turn == len(users) {
				a.Unauthorized(c.WantChallenge("", ""))
				continue
			}
			a.Sees(gafaelfawr.HeaderUser, users[turn].Identity.User)
		}
		for _, s := range users {
			var info gafaelfawr.UserInfo
			if a := c.Get(c.Site("/auth/api/v1/user-info"), s.Cookie()); a.Decode(&info) {
				c.Closed(info.Username == s.Identity.User, a, "the user "+s.Identity.User, "another user", suite.WrongUser())
			}
		}
	})
}

func TestSessionEnds(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says:  "A logout replaces the session by one that lets nobody in. A login within a session begins anew.",
		Cause: "A proxy answers /logout or /login, or drops Set-Cookie.",
	}, func(c *suite.Check) {
		session := c.Session(c.Scoped())
		home := "?rd=" + url.QueryEscape(c.Env().URL+"/")
		for _, path := range []string{"/logout", "/logout" + home, "/login" + home} {
			a := c.Get(c.Site(path), session.Cookie())
			if !a.Status(302, 303, 307) {
				continue
			}
			a.SetsCookie(gafaelfawr.CookieName)
			left := sessionOf(a)
			if left == "" || strings.HasPrefix(path, "/login") {
				continue
			}
			c.Get(c.Probe("authenticated"), suite.Cookie(left)).Unauthorized(c.WantChallenge("", ""))
		}
	})
}

// sessionInfo is what Gafaelfawr tells about a session (healthy.json, api/login/cookie).
type sessionInfo struct {
	CSRF     string   `json:"csrf"`
	Username string   `json:"username"`
	Scopes   []string `json:"scopes"`
	Config   struct {
		Scopes []struct {
			Name string `json:"name"`
		} `json:"scopes"`
	} `json:"config"`
}

func TestSessionInfo(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "Gafaelfawr tells a page about its session: the user, the scopes, the CSRF token of the session, and all " +
			"scopes that it knows.",
		Cause: "A proxy or a cache in front answers /auth/api/v1/login, or knownScopes of Gafaelfawr's configuration.",
	}, func(c *suite.Check) {
		firstInfo(c)
		for _, id := range []*suite.Identity{c.Scoped(), c.Unscoped()} {
			session := c.Session(id)
			a := c.Get(c.Site(sessionOnly), session.Cookie())
			var info sessionInfo
			if !a.Decode(&info) {
				continue
			}
			c.Expect(info.CSRF == session.CSRF, a, "the CSRF token of the session", "another one", suite.WrongUser())
			c.Closed(info.Username == id.User, a, "the user "+id.User, "another user", suite.WrongUser())
			c.Equal(a, "scopes", strings.Join(id.Scopes, " "), strings.Join(info.Scopes, " "))
			tellsScopes(c, a, info)
		}
	})
}

// tellsScopes verifies the scopes that a page can offer for new tokens.
func tellsScopes(c *suite.Check, a *suite.Answer, info sessionInfo) {
	var known []string
	for _, s := range info.Config.Scopes {
		known = append(known, s.Name)
	}
	want := c.Env().Gafaelfawr.KnownScopes
	if len(want) == 0 { // the environment does not say
		want = []string{c.Env().Scope}
	}
	for _, scope := range want {
		c.Expect(slices.Contains(known, scope), a, "the scope "+scope+" in config.scopes", strings.Join(known, ", "),
			suite.Value("config.scopes", scope, strings.Join(known, ", ")))
	}
}

// firstInfo verifies that a session gets its CSRF token with the first answer about it, and
// keeps it.
func firstInfo(c *suite.Check) {
	a := c.Get(c.Site(sessionOnly), c.SessionWith(c.Scoped(), "").Cookie())
	var info sessionInfo
	if !a.Decode(&info) {
		return
	}
	_, cookie, _ := strings.Cut(sessionOf(a), "=")
	if !c.Expect(cookie != "", a, "a session cookie with the CSRF token that the answer tells", "no header Set-Cookie",
		suite.Value("csrf", "the one told", "another")) {
		return
	}
	if kept, ok := c.OpenSession(cookie); ok {
		c.Expect(kept.CSRF == info.CSRF && kept.CSRF != "", a, "the CSRF token that the answer tells in its session cookie",
			"another one", suite.Value("csrf", "the one told", "another"))
	}
}
