package validation

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/suite"
)

func TestInvalidUsernameRefused(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "Gafaelfawr refuses to make a token for an invalid user name: with capitals, an underscore, digits " +
			"only, or more than 64 characters; and a service's token for a user who is no bot.",
		Cause: "Something else than Gafaelfawr answers /auth/api/v1/tokens, or changes what is sent to it.",
	}, func(c *suite.Check) {
		for _, name := range []string{"Bad_Name", "12345", "bot-" + strings.Repeat("a", 61)} {
			_, err := c.CreateToken(suite.Spec{Name: "misnamed", User: name})
			c.ErrorStatus(err, 422, "POST tokens for the user "+name)
		}
		_, err := c.CreateToken(suite.Spec{Name: "unmarked", User: personal(c, "nobot"), Type: gafaelfawr.TypeService})
		c.ErrorStatus(err, 403, "POST tokens of type service for a user whose name does not begin with bot-")
	})
}

func TestTokensOfOthers(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says:  "A user who may manage their own tokens sees those and their history, and not those of other users.",
		Cause: "A token has scopes that it was not given, or something else than Gafaelfawr answers.",
	}, func(c *suite.Check) {
		id := c.OwnToken(suite.Spec{Name: "curious", User: c.FreshUser("curious"), Scopes: []string{"user:token"}})
		other := c.OwnToken(suite.Spec{Name: "private", User: c.FreshUser("private")})
		list, err := c.API().Tokens(c.Context(), id.Token, id.User)
		c.NoError(err, "the tokens of "+id.User+" to themselves")
		a := c.Get(c.Site("/auth/api/v1/users/"+id.User+"/token-change-history"), suite.Bearer(id))
		var history []gafaelfawr.TokenChange
		a.MustStatus(200)
		c.NoError(json.Unmarshal(a.Body, &history), "the history of "+id.User)
		others := slices.ContainsFunc(history, func(ch gafaelfawr.TokenChange) bool { return ch.Username != id.User })
		c.Closed(!others, a, "the history of "+id.User+" alone", "it has what was done with tokens of other users",
			suite.WrongUser())
		others = slices.ContainsFunc(list, func(t gafaelfawr.TokenInfo) bool { return t.Username != id.User })
		c.Closed(!others, nil, "the tokens of "+id.User+" alone", "they are of several users", suite.WrongUser())
		c.Must(len(list) == 1, nil, "one token of "+id.User, fmt.Sprintf("%d", len(list)))
		c.Equal(nil, "its key, user and scopes", []string{id.Token.Key(), id.User, "user:token"},
			append([]string{list[0].Key, list[0].Username}, list[0].Scopes...))
		c.Equal(nil, "its end"+otherUnit(id.Info.Expires, list[0].Expires), id.Info.Expires.Unix(), list[0].Expires.Unix())
		_, err = c.API().Tokens(c.Context(), id.Token, other.User)
		c.Closed(err != nil, nil, "another user's tokens to be refused", "they are shown")
		c.ErrorStatus(err, 403, "GET another user's tokens")
		_, err = c.API().Token(c.Context(), id.Token, other.User, other.Token.Key())
		c.Closed(err != nil, nil, "one token of another user to be refused", "it is shown")
		c.ErrorStatus(err, 403, "GET one token of another user")
	})
}

// otherUnit completes the name of a time that is told in another unit than seconds.
func otherUnit(want, got gafaelfawr.Time) string {
	for _, unit := range []int64{1_000, 1_000_000, 1_000_000_000} {
		if got.Unix()/unit == want.Unix() && !want.IsZero() {
			return " in another unit"
		}
	}
	return ""
}

func TestEditedScopes(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "A scope that is removed from a token opens nothing afterwards.",
		Cause: "Gafaelfawr's Redis, which decides, was not updated with its database; or an authCacheDuration keeps " +
			"old answers.",
	}, func(c *suite.Check) {
		route := c.Protected()[0]
		other := "read:image"
		if route.Scope == other {
			other = "user:token"
		}
		// Only a user's own tokens can be edited, and those of services begin with bot-.
		id := c.OwnToken(suite.Spec{Name: "edited", User: personal(c, "edited"), Scopes: []string{route.Scope},
			Lifetime: suite.LifetimeFor(route)})
		if route.Harmless {
			a := c.Get(route, suite.Bearer(id))
			c.Expect(a.Code != 401 && a.Code != 403, a, "to be let in before the edit", a.Excerpt())
		}
		err := c.API().EditScopes(c.Context(), c.Admin(), id.User, id.Token.Key(), []string{other})
		c.NoError(err, "Gafaelfawr to change the scopes of a token")
		stored, err := c.API().Token(c.Context(), c.Admin(), id.User, id.Token.Key())
		c.NoError(err, "the edited token among the user's")
		c.Equal(nil, "scopes among the user's tokens", []string{other}, stored.Scopes)
		toldByEach(c, id, []string{other})
		c.Get(route, suite.Bearer(id)).Status(403)
		info, err := c.API().TokenInfo(c.Context(), id.Token)
		c.NoError(err, "the answer of token-info")
		c.Equal(nil, "the end after an edit of the scopes", id.Info.Expires.Unix(), info.Expires.Unix())
	})
}

// toldByEach verifies that each replica of Gafaelfawr tells these scopes of a token.
func toldByEach(c *suite.Check, id *suite.Identity, scopes []string) {
	what := "scopes in each answer"
	for range aFew { // each has its turn
		info, err := c.API().TokenInfo(c.Context(), id.Token)
		c.NoError(err, "the answer of token-info")
		if !c.Expect(slices.Equal(info.Scopes, scopes), nil, "token-info with the scopes "+strings.Join(scopes, " "),
			"it tells "+strings.Join(info.Scopes, " "), suite.Value(what, scopes, info.Scopes)) {
			return
		}
		what = "scopes in some answers"
	}
}

func TestTokenInURL(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says:  "A token in the URL opens nothing: 401, as without one, because URLs are logged and passed on.",
		Cause: "A proxy in front, or a snippet, makes an Authorization header of access_token.",
	}, func(c *suite.Check) {
		routes := c.Protected()
		id := c.OwnToken(suite.Spec{Name: "in-url", Scopes: suite.ScopesOf(routes)})
		c.RevokeAfter(id) // it then stands in logs
		for _, route := range routes {
			named := route
			named.Path += "?access_token=" + id.Token.Reveal()
			c.Get(named, suite.Anonymous).Unauthorized(c.WantChallenge("", ""))
		}
	})
}
