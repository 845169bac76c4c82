package validation

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/lsst-sqre/muster/muster"
	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/suite"
)

func TestUserInfo(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "User information matches the user's data: name, UID, GID, groups sorted by name, email.",
		Cause: "500: LDAP or Firestore fails, which Gafaelfawr asks even where the token has all data. Other " +
			"values: tokens lose their data in Redis, or another Gafaelfawr answers.",
	}, func(c *suite.Check) {
		id := c.Token(
			suite.Spec{Name: "mail", User: c.FreshUser("mail"), Scopes: []string{c.Env().Scope}, Email: "check@example.org"},
		)
		info, err := c.API().UserInfo(c.Context(), id.Token)
		c.NoError(err, "the answer of user-info")
		c.SameUser(nil, id.Info, info)
		alone := c.Token(suite.Spec{Name: "alone", User: c.FreshUser("alone"), FullName: "Check Muster"})
		own, err := c.API().UserInfo(c.Context(), alone.Token)
		if c.Expect(err == nil, nil, "user-info of a user without groups", fmt.Sprint(err), suite.Because(err)) {
			others := slices.ContainsFunc(own.Groups, func(g gafaelfawr.Group) bool { return g.Name != alone.User })
			c.Expect(!others, nil, "no groups of a user who has none", fmt.Sprintf("groups %v", own.Groups),
				suite.Value(ofWhom(own.Groups, id.Info.Groups), []gafaelfawr.Group{}, own.Groups))
		}
		if c.Env().Has(suite.Quota) {
			c.Expect(info.Quota != nil && info.Quota.API[muster.QuotaService] == 1, nil,
				"a quota of one request for "+muster.QuotaService, "none, or another")
		}
	})
}

// ofWhom tells groups that the suite made up for other users of this run from those that a
// directory may give to everybody.
func ofWhom(groups, others []gafaelfawr.Group) string {
	others = slices.Concat(others, crowdGroups, manyGroups())
	if slices.ContainsFunc(groups, func(g gafaelfawr.Group) bool { return slices.Contains(others, g) }) {
		return "groups of another user"
	}
	return "groups of nobody"
}

func TestUserInfoDelegated(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "A delegated token, for a service or for a notebook, has the same user information as the caller's own " +
			"token.",
		Cause: "The delegated token was made from another user's token: see the parent in Muster's report. Or Gafaelfawr " +
			"does not write all of the user's data into it.",
	}, func(c *suite.Check) {
		id := c.Scoped()
		for _, probe := range []string{"delegated", "delegated-scopes", "notebook"} {
			a := c.Get(c.Sighted(probe), suite.Bearer(id))
			if !a.Status(200) {
				continue
			}
			info := a.Report().UserInfo
			if c.Expect(info != nil, a, "user-info in Muster's report",
				"none; Muster could not ask Gafaelfawr: "+a.FailedChecks(), a.FailedCheck()) {
				c.SameUser(a, id.Info, *info)
			}
		}
	})
}

func TestEmailHeader(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says:  "Where the email of a user is known, the application learns it in X-Auth-Request-Email.",
		Cause: "X-Auth-Request-Email is missing from auth-response-headers of the Ingress.",
	}, func(c *suite.Check) {
		id := c.Token(
			suite.Spec{
				Name:   "mail",
				User:   c.FreshUser("mail"),
				Scopes: []string{c.Env().Scope},
				Email:  "o'check+mail@example.org",
			},
		)
		for _, probe := range []string{"authenticated", "delegated"} {
			a := c.Get(c.Sighted(probe), suite.Bearer(id))
			a.ReportPasses()
			a.Sees(gafaelfawr.HeaderEmail, id.Email)
		}
	})
}

func TestTokenInfo(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "Token information matches the token as it was made: user, type, sorted scopes and expiry; " +
			"also for who shows it in Basic authentication.",
		Cause: "Two Gafaelfawrs or two Redis behind the host name. 422 while making the token: read:image is not in " +
			"knownScopes.",
	}, func(c *suite.Check) {
		scopes := []string{"read:image", c.Env().Scope}
		id := c.OwnToken(suite.Spec{Name: "two", Scopes: slices.Compact(slices.Clone(scopes))})
		info, err := c.API().TokenInfo(c.Context(), id.Token)
		c.NoError(err, "the answer of token-info")
		slices.Sort(scopes)
		c.Equal(nil, "key", id.Token.Key(), info.Key)
		c.Equal(nil, "user", id.User, info.Username)
		c.Equal(nil, "token type", gafaelfawr.TypeService, info.Type)
		c.Equal(nil, "scopes", slices.Compact(scopes), info.Scopes)
		sameEnd(c, "expires", id.Info.Expires, info.Expires)
		for _, with := range []suite.Credential{suite.BasicUser(id), suite.BasicPassword(id)} {
			a := c.Get(c.Site("/auth/api/v1/token-info"), with)
			if a.Status(200) {
				a.WholeBody(tokenBody(id))
			}
		}
	})
}

// known verifies what an external source tells of the declared user.
func known(c *suite.Check) {
	user := c.Env().User
	id := c.Token(suite.Spec{Name: "known", User: user.Username, Bare: true})
	info, err := c.API().UserInfo(c.Context(), id.Token)
	c.NoError(err, "the answer of user-info")
	c.SameKnownUser(*user, info)
}

func TestKnownUser(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "LDAP has the user that the environment declares, with the declared name, email, UID, GID and groups.",
		Cause: "500: LDAP is not reachable or refuses the bind. Fields missing: userBaseDn, groupBaseDn or an " +
			"attribute name in Gafaelfawr's configuration. A group missing: it has no gidNumber, or a name that " +
			"Gafaelfawr does not accept.",
		Needs: []suite.Feature{suite.LDAP},
	}, known)
}

func TestAllocatedUID(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "Firestore knows the UID and GIDs of the user that the environment declares.",
		Cause: "500: Gafaelfawr cannot reach Firestore (workload identity). Other numbers: another Firestore " +
			"project.",
		Needs: []suite.Feature{suite.Firestore},
	}, known)
}

// beyond32Bits is the smallest number that a signed integer of 32 bits cannot have. UIDs and GIDs of
// Linux go twice as far.
const beyond32Bits = 1 << 31

func TestUnusualNames(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "Non-ASCII names, groups and users whose names begin with a digit or have one letter, and numbers of more " +
			"than 31 bits are kept unchanged, and their users are served.",
		Cause: "Gafaelfawr 13.0.0 and 14.0.0 drop such groups without a word. Mangled letters: something on the way " +
			"reads UTF-8 as Latin-1. Negative numbers: something on the way has too small integers for them.",
	}, func(c *suite.Check) {
		groups := []gafaelfawr.Group{{Name: "3abc", ID: 90003}, {Name: "g", ID: 90004}, {Name: "a.b-c_d", ID: 90005}}
		large := []gafaelfawr.Group{{Name: "g_large", ID: beyond32Bits + 3}}
		for _, unusual := range []struct {
			who  string
			spec suite.Spec
		}{
			{"a user with unusual names", suite.Spec{Name: "unusual", User: c.FreshUser("unusual"),
				FullName: "Zoë O'Müller & Co", Groups: groups}},
			{"a user whose name begins with a digit", suite.Spec{Name: "digit", User: "1" + personal(c, "digit")}},
			{"a user with numbers beyond 31 bits", suite.Spec{Name: "numbers", User: c.FreshUser("numbers"),
				FullName: "Check Muster", Groups: large, UID: beyond32Bits + 1, GID: beyond32Bits + 2}},
		} {
			unusual.spec.Scopes = []string{c.Env().Scope}
			served(c, unusual.who, c.Token(unusual.spec))
		}
	})
}

// served verifies that a user gets the data with which the token was made, and no errors.
func served(c *suite.Check, who string, id *suite.Identity) {
	a := c.Get(c.Site(userInfoPath), suite.Bearer(id))
	if a.Permits(who, "GET "+userInfoPath, 200) {
		var info gafaelfawr.UserInfo
		c.NoError(json.Unmarshal(a.Body, &info), "the answer of user-info")
		c.SameUser(a, id.Info, info)
	}
	for _, route := range c.Harmless() {
		a := c.Get(route, suite.Bearer(id))
		c.Expect(a.Code < 500, a, "an answer to "+who, a.Excerpt(), suite.Permission("GET "+route.Path, who, a.Code, 200))
	}
}
