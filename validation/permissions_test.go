package validation

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/lsst-sqre/muster/validation/suite"
)

// operation is one that callers may or may not do: the statuses of the callers
// in the order of callers, 0 where the cell is not asked. USER and KEY are of the
// owner's second token. Nothing is changed but that token: what would be is asked
// with a body that Gafaelfawr refuses (422) once it lets the caller do it.
type operation struct{ method, path, body, want string }

// callers are the columns of operations.
var callers = []string{"nobody", "a service", "the user without user:token", "another user", "an administrator",
	"the bootstrap token", "a revoked token", "the user", "another administrator"}

// otherAdmins are scopes of administrators that let nobody make tokens.
var otherAdmins = []string{"admin:userinfo", "admin:jupyterlab", "admin:notifications"}

const (
	// expired asks for a token that has expired: none may live less than five minutes.
	expired   = `{"username":"bot-muster-expired","token_type":"service","expires":1000000000}`
	noScopes  = `{"token_name":"muster none","scopes":["muster:no-such-scope"]}`
	ownTokens = "401 403 403 403 200 401 401 200 403"
	anyToken  = "401 200 200 200 200 401 401 200 200"
	adminOnly = "401 403 403 403 422 422 401 403 403"
)

const (
	// someUser tells what LDAP knows of a user; without LDAP it is 404 for all who have a
	// token. Before 14.0 it is 404 for everyone.
	someUser = "/auth/api/v1/users/USER"
	withUser = "401 404/403 404/200 404/403 404/403 401 401 404/200 0"
)

// knowsUsers matches versions of Gafaelfawr that have someUser.
var knowsUsers = regexp.MustCompile(`^(1[4-9]|[2-9]\d)\.`)

// sessionOnly is for pages: it reads the cookie of a session and no token.
const sessionOnly = "/auth/api/v1/login"

// operations of Gafaelfawr's API. Sources: healthy.json (api/...), and for what
// it does not have what the real Gafaelfawr 15.0.0 answered to this check.
//
// Not asked: DELETE quota-overrides, which would end an emergency's; POST tokens
// with effect, which TestOwnTokensMade does; GET users and groups, which are new in
// 15.4; a session's, which needs a login of a person; and a
// delegated token's, which no report shows: Muster itself uses it for user-info
// and token-info. For the same reason it is not asked whether X-Auth-Request-Service
// names the service of such a token: Muster would have to send it to a probe of its
// own, by the public name, which some clusters do not reach from inside (T12).
var operations = []operation{
	{"GET", "/auth/openapi.json", "", "200 0 0 0 0 0 200 200 0"},
	{"GET", "/auth/api/v1/token-info", "", anyToken},
	{"GET", "/auth/api/v1/user-info", "", anyToken},
	{"GET", sessionOnly, "", "401 401 401 401 401 401 401 401 401"},
	{"GET", "/auth/api/v1/quota-overrides", "", strings.ReplaceAll(anyToken, "200", "404/200")},
	{"PUT", "/auth/api/v1/quota-overrides", "[]", adminOnly},
	{"POST", "/auth/api/v1/tokens", "[]", adminOnly},
	{"POST", "/auth/api/v1/tokens", expired, adminOnly},
	{"GET", "/auth/api/v1/history/token-changes?username=USER", "", "401 403 403 403 200 200 401 403 403"},
	{"GET", "/auth/api/v1/users/USER/tokens", "", ownTokens},
	{"GET", "/auth/api/v1/users/USER/token-change-history", "", ownTokens},
	{"GET", "/auth/api/v1/users/USER/tokens/KEY", "", ownTokens},
	{"GET", "/auth/api/v1/users/USER/tokens/KEY/change-history", "", ownTokens},
	{"GET", "/auth/api/v1/admins", "", "401/404 403/404 403/404 403/404 200/404 200/404 401/404 403/404 403/404"},
	{"GET", someUser, "", "404 404 404 404 404 404 404 404 0"},
	{"POST", "/auth/api/v1/users/USER/tokens", noScopes, "401 403 403 403 403 401 401 422 403"},
	{"PATCH", "/auth/api/v1/users/USER/tokens/KEY", noScopes, "401 403 403 403 422 401 401 403 403"},
	{"DELETE", "/auth/api/v1/users/USER/tokens/KEY", "", "401 403 403 403 0 401 401 204 0"},
}

// probesFor are probes that differ in whom they let in.
var probesFor = []operation{
	{"GET", "authenticated", "", "401 200 403 403 403 401 401 403 403"},
	{"GET", "services", "", "401 403 403 403 403 401 401 403 403"},
}

func TestWhoMayDoWhat(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "Every operation of Gafaelfawr's API is allowed to exactly the right callers, and the answers are " +
			"Gafaelfawr's own.",
		Cause: "Something else than Gafaelfawr answers below /auth/api, or keeps its answers, a token has scopes " +
			"that it was not given, or this Gafaelfawr has other rules than 15.",

		Takes: sweepTime,
	}, func(c *suite.Check) {
		with, target := everyCaller(c)
		names := strings.NewReplacer("USER", target.User, "KEY", target.Token.Key())
		version, err := c.API().Version(c.Context())
		c.NoError(err, "the version in /auth/openapi.json")
		for _, o := range operations {
			if o.path == someUser && knowsUsers.MatchString(version) {
				o.want = withUser
			}
			for i, cell := range strings.Fields(o.want) {
				if cell == "0" {
					continue
				}
				r := suite.Request{Method: o.method, Target: c.Site(names.Replace(o.path)), Credential: with[i].with, Body: o.body}
				a := c.Do(r)
				if a.Permits(callers[i], o.method+" "+o.path, statuses(cell)...) {
					a.WholeOfAPI(i > 0 && o.path != sessionOnly)
					wholeBody(a, o, with[i], target)
				}
			}
		}
		if c.Env().Muster.Deployed != suite.GoMuster {
			c.Remark("the probes were not asked: there is no Go Muster")
			return
		}
		for _, o := range probesFor {
			for i, cell := range strings.Fields(o.want) {
				c.Get(c.Probe(o.path), with[i].with).Permits(callers[i], "the probe "+o.path, statuses(cell)...)
			}
		}
	})
}

// everyCaller are callers, and the token on which they act.
func everyCaller(c *suite.Check) (all []apiCaller, target *suite.Identity) {
	owner, scopes := personal(c, "owner"), []string{"user:token"}
	token := func(name, user string, scopes ...string) *suite.Identity {
		return c.OwnToken(suite.Spec{Name: name, User: user, Scopes: scopes})
	}
	revoked := token("gone", owner, scopes...)
	c.Revoke(revoked)
	target = token("target", owner)
	all = []apiCaller{{with: suite.Anonymous}}
	for _, id := range []*suite.Identity{
		token("service", c.FreshUser("service"), c.Env().Scope), token("poor", owner),
		token("stranger", personal(c, "stranger"), scopes...),
		token("administrator", c.FreshUser("administrator"), "admin:token"), c.Bootstrap(), revoked,
		token("owner", owner, scopes...), withKnownScopes(c, "other-administrator", otherAdmins),
	} {
		all = append(all, apiCaller{suite.Bearer(id), id})
	}
	return all, target
}

// personal is the name of a user of this run who is no bot.
func personal(c *suite.Check, purpose string) string {
	return "muster" + strings.TrimPrefix(c.FreshUser(purpose), c.Env().Names.User)
}

// statuses are those of a cell, alternatives parted by a slash.
func statuses(cell string) []int {
	var all []int
	for text := range strings.SplitSeq(cell, "/") {
		status, _ := strconv.Atoi(text) // the table has numbers only
		all = append(all, status)
	}
	return all
}
