package validation

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/suite"
)

// What users do with tokens of their own, with effect. TestWhoMayDoWhat asks who may.

// personOf is what user-info tells of a user besides the groups.
func personOf(u gafaelfawr.UserInfo) string {
	number := func(n *int) string {
		if n == nil {
			return "none"
		}
		return strconv.Itoa(*n)
	}
	return fmt.Sprintf("%q, email %q, UID %s, GID %s", u.Name, u.Email, number(u.UID), number(u.GID))
}

// shortest is for how long Gafaelfawr makes tokens at least (MINIMUM_LIFETIME).
const shortest = 5 * time.Minute

func TestOwnTokensMade(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "Users make tokens of their own: with no scope that they lack, for five minutes at least, and with names, in " +
			"any letters, that none of their tokens has yet.",
		Cause: "Something else than Gafaelfawr answers below /auth/api, or this Gafaelfawr has other rules than 15. Once " +
			"403: it does not let those who have user:token make tokens.",
	}, func(c *suite.Check) {
		owner := tokenOwner(c, "maker")
		for name, scopes := range map[string][]string{"wider": {}, "wider-beside": owner.Scopes} {
			scopes = append(slices.Clone(scopes), c.Env().Scope)
			_, err := c.CreateToken(suite.Spec{Name: name, User: owner.User, Owner: owner, Scopes: scopes})
			c.Closed(err != nil, nil, "a scope that the user lacks to be refused", "the user gave it to a token of their own",
				suite.Permission("POST users/USER/tokens", "the user", 201, 422))
			c.ErrorStatus(err, 422, "POST users/USER/tokens with a scope that the user lacks")
		}
		_, err := c.CreateToken(suite.Spec{Name: "short", User: owner.User, Owner: owner, Scopes: owner.Scopes,
			Lifetime: shortest - 20*time.Second})
		if c.Expect(err != nil, nil, "a token for less than five minutes to be refused", "it was made",
			suite.Value("shortest life of a token", shortest, shortest-20*time.Second)) {
			c.ErrorStatus(err, 422, "POST users/USER/tokens for less than five minutes")
		}
		own := suite.Spec{Name: "größe", User: owner.User, Owner: owner, Scopes: owner.Scopes}
		id, err := c.CreateToken(own)
		c.NoError(err, "a token that a user makes for themselves")
		info, err := c.API().TokenInfo(c.Context(), id.Token)
		c.NoError(err, "the answer of token-info")
		c.Equal(nil, "user, type and name", []string{owner.User, gafaelfawr.TypeUser, id.Info.Name},
			[]string{info.Username, info.Type, info.Name})
		c.Equal(nil, "scopes", owner.Scopes, info.Scopes)
		sameEnd(c, "expires", id.Info.Expires, info.Expires)
		theirs, err := c.API().UserInfo(c.Context(), owner.Token)
		c.NoError(err, "the answer of user-info")
		user, err := c.API().UserInfo(c.Context(), id.Token)
		c.NoError(err, "the answer of user-info")
		c.Equal(nil, "groups of a token that a user made", theirs.Groups, user.Groups)
		c.Equal(nil, "name, email and numbers of a token that a user made", personOf(theirs), personOf(user))
		_, err = c.CreateToken(own)
		c.ErrorStatus(err, 409, "POST users/USER/tokens with a name that a token of the user has")
	})
}

func TestOwnTokensListed(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "The list of a user's tokens has all of them, and none that was deleted; a deleted token is nowhere, the " +
			"others go on, and none is found under another user.",
		Cause: "Gafaelfawr reads a copy of its database that is behind, or something in front keeps answers of its API.",
	}, func(c *suite.Check) {
		owner, other := tokenOwner(c, "lister"), personal(c, "bystander")
		id, err := c.CreateToken(suite.Spec{Name: "listed", User: owner.User, Owner: owner, Scopes: owner.Scopes})
		c.NoError(err, "a token that a user makes for themselves")
		stays, err := c.CreateToken(suite.Spec{Name: "stays", User: owner.User, Owner: owner, Scopes: owner.Scopes})
		c.NoError(err, "a second token that a user makes for themselves")
		listed(c, "with a new one", owner, owner, id, stays)
		_, err = c.API().Token(c.Context(), c.Admin(), other, id.Token.Key())
		c.ErrorStatus(err, 404, "GET a token under another user than its own")
		err = c.Delete(id.Token, owner.User, id.Token.Key())
		c.NoError(err, "a token with user:token to delete itself")
		goesOn(c, stays)
		listed(c, "after one was deleted", owner, owner, stays)
		_, err = c.API().Token(c.Context(), c.Admin(), owner.User, id.Token.Key())
		c.ErrorStatus(err, 404, "GET a token that was deleted")
		err = c.API().RevokeToken(c.Context(), c.Admin(), owner.User, id.Token.Key())
		c.ErrorStatus(err, 404, "DELETE of a token that was deleted")
		c.Pause(time.Second) // lists have the newest first, by whole seconds
		newest, err := c.CreateToken(suite.Spec{Name: "listed", User: owner.User, Owner: owner, Scopes: owner.Scopes})
		c.NoError(err, "a token with the name of one that was deleted")
		list, err := c.API().Tokens(c.Context(), owner.Token, owner.User)
		c.NoError(err, "the tokens of "+owner.User+" to themselves")
		at := slices.IndexFunc(list, func(t gafaelfawr.TokenInfo) bool { return t.Key == newest.Token.Key() })
		c.Equal(nil, "place of the newest in the list of a user's tokens", 0, at)
	})
}

// goesOn verifies that a token is as it was after another of its user was deleted.
func goesOn(c *suite.Check, stays *suite.Identity) {
	info, err := c.API().TokenInfo(c.Context(), stays.Token)
	var refused *gafaelfawr.APIError
	c.Must(!errors.As(err, &refused) || refused.Status != 401, nil, "a token of a user to go on after another was deleted",
		"it is gone, too", suite.Value("other tokens after one was deleted", "there", "gone"))
	c.NoError(err, "the answer of token-info")
	left, err := c.API().Tokens(c.Context(), c.Admin(), stays.User)
	c.NoError(err, "the tokens of "+stays.User)
	at := slices.IndexFunc(left, func(t gafaelfawr.TokenInfo) bool { return t.Key == stays.Token.Key() })
	if at >= 0 { // else the list is wrong, which is found of all its tokens
		what := "created in the list of tokens" + otherUnit(info.Created, left[at].Created)
		c.Equal(nil, what, info.Created.Unix(), left[at].Created.Unix())
	}
}

// listed verifies that the list of a user's tokens has these and no others.
func listed(c *suite.Check, when string, owner *suite.Identity, want ...*suite.Identity) {
	list, err := c.API().Tokens(c.Context(), owner.Token, owner.User)
	c.NoError(err, "the tokens of "+owner.User+" to themselves")
	var keys, wanted []string
	for _, t := range list {
		keys = append(keys, t.Key)
	}
	for _, id := range want {
		wanted = append(wanted, id.Token.Key())
	}
	slices.Sort(keys)
	slices.Sort(wanted)
	c.Equal(nil, "the list of a user's tokens "+when, wanted, keys)
}

func TestEditedExpiry(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "An edited end of a token holds for the token and for those delegated from it, and is in the history.",
		Cause: "Gafaelfawr's Redis, which decides, was not updated with its database; or something in front keeps answers " +
			"of its API.",
	}, func(c *suite.Check) {
		id := c.OwnToken(suite.Spec{Name: "shortened", User: personal(c, "shortened"), Scopes: []string{c.Env().Scope}})
		a := c.Get(c.Sighted("delegated"), suite.Bearer(id))
		a.MustStatus(200)
		child := a.TokenInfo().Key
		end := gafaelfawr.Time{Time: id.Info.Expires.Add(-5 * time.Minute)}
		err := c.API().EditExpiry(c.Context(), c.Admin(), id.User, id.Token.Key(), end)
		c.NoError(err, "Gafaelfawr to change the end of a token")
		info, err := c.API().TokenInfo(c.Context(), id.Token)
		c.NoError(err, "the answer of token-info")
		sameEnd(c, "the edited end", end, info.Expires)
		delegated, err := c.API().Token(c.Context(), c.Admin(), id.User, child)
		c.NoError(err, "the delegated token among the user's")
		c.Expect(!delegated.Expires.After(end.Time), nil, "a delegated token that ends with its parent, "+end.UTC().String(),
			"it ends at "+delegated.Expires.UTC().String(), suite.Value("delegated end", end.Unix(), delegated.Expires.Unix()))
		inISO8601(c, id, end.Time)
		editedInHistory(c, id, end, end.Time, id.Info.Expires.Time)
	})
}

// editedInHistory verifies the edits of a token's end in its history, the newest first.
func editedInHistory(c *suite.Check, id *suite.Identity, end gafaelfawr.Time, before ...time.Time) {
	changes, err := c.API().History(c.Context(), c.Admin(), id.User)
	c.NoError(err, "the history of "+id.User)
	edited := false
	var was, wanted []int64
	for _, ch := range changes {
		if ch.Key == id.Token.Key() && ch.Action == "edit" {
			edited = edited || ch.Expires.Equal(end.Time)
			was = append(was, ch.OldExpires.Unix())
		}
	}
	for _, t := range before {
		wanted = append(wanted, t.Unix())
	}
	if c.Expect(edited, nil, "an entry edit in the history of the token", "there is none", suite.Missing("history")) {
		c.Equal(nil, "the ends before the edits, in the history", wanted, was)
	}
}

func TestTokensWithoutEnd(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "A token that never expires says so, is in the list of its user's tokens with all others, and ends when it " +
			"is deleted.",
		Cause: "Something in front filters Gafaelfawr's lists by the end of tokens, or answers PATCH in Gafaelfawr's place.",
	}, func(c *suite.Check) {
		id := c.OwnToken(suite.Spec{Name: "endless", User: personal(c, "endless")}) // without a scope: it opens nothing
		c.TakeEnd(id)
		info, err := c.API().TokenInfo(c.Context(), id.Token)
		c.NoError(err, "the answer of token-info")
		c.Equal(nil, "the end of a token that never expires", gafaelfawr.Time{}, info.Expires)
		list, err := c.API().Tokens(c.Context(), c.Admin(), id.User)
		c.NoError(err, "the tokens of "+id.User)
		listed := slices.ContainsFunc(list, func(t gafaelfawr.TokenInfo) bool {
			return t.Key == id.Token.Key() && t.Expires.IsZero()
		})
		c.Expect(listed, nil, "a token that never expires in the list of its user's tokens",
			"the list lacks it, or gives it an end", suite.Missing("token without an end"))
		c.Revoke(id)
		_, err = c.API().TokenInfo(c.Context(), id.Token)
		c.ErrorStatus(err, 401, "GET token-info with a deleted token that would never expire")
	})
}

// inISO8601 edits the end of a token to the same time, given as text.
func inISO8601(c *suite.Check, id *suite.Identity, end time.Time) {
	administrator := c.OwnToken(suite.Spec{Name: "editor", User: c.FreshUser("editor"), Scopes: []string{"admin:token"}})
	a := c.Do(suite.Request{
		Method: "PATCH", Target: c.Site("/auth/api/v1/users/" + id.User + "/tokens/" + id.Token.Key()),
		Credential: suite.Bearer(administrator), Body: `{"expires": "` + end.UTC().Format(time.RFC3339) + `"}`,
	})
	if !a.Status(200) {
		return
	}
	info, err := c.API().TokenInfo(c.Context(), id.Token)
	c.NoError(err, "the answer of token-info")
	c.Equal(a, "the end in ISO 8601", end.Unix(), info.Expires.Unix())
}

func TestHistoryForgedAddress(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "The history has the address from which a request came, and not one that the client wrote into " +
			"X-Forwarded-For before others.",
		Cause: "`proxies` in Gafaelfawr's configuration has more than the networks of the cluster, such as 0.0.0.0/0: it " +
			"then believes the first address.",
	}, func(c *suite.Check) {
		const written = "198.51.100.99" // of documentation (RFC 5737), as the other one
		id := c.OwnToken(suite.Spec{Name: "addressed", User: personal(c, "addressed")})
		administrator := c.OwnToken(suite.Spec{Name: "writer", User: c.FreshUser("writer"), Scopes: []string{"admin:token"}})
		a := c.Do(suite.Request{
			Method: "PATCH", Target: c.Site("/auth/api/v1/users/" + id.User + "/tokens/" + id.Token.Key()),
			Credential: suite.Bearer(administrator), Body: `{"token_name": "` + id.Info.Name + ` renamed"}`,
			Headers: []gafaelfawr.HeaderLine{{"X-Forwarded-For", written + ", 203.0.113.7"}},
		})
		if !a.Status(200) {
			return
		}
		changes, err := c.API().History(c.Context(), c.Admin(), id.User)
		c.NoError(err, "the history of "+id.User)
		for _, ch := range changes {
			c.Expect(ch.IPAddress != written, a, "the address from which the request came, in the history",
				ch.IPAddress+", which the client wrote first into X-Forwarded-For", suite.Value("address", "", ch.IPAddress))
		}
	})
}

func TestHistoryPages(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "The history of a user's tokens comes in pages, too: the links lead through all entries, each once, and " +
			"their number is told.",
		Cause: "A proxy drops the query, Link or X-Total-Count, or keeps answers of the API without regard to the query.",
	}, func(c *suite.Check) {
		owner := tokenOwner(c, "reader")
		id, err := c.CreateToken(suite.Spec{Name: "entry", User: owner.User, Owner: owner, Scopes: owner.Scopes})
		c.NoError(err, "a token that a user makes for themselves")
		err = c.Delete(id.Token, owner.User, id.Token.Key())
		c.NoError(err, "a token with user:token to delete itself")
		path := "/auth/api/v1/users/" + owner.User + "/token-change-history"
		whole := entries(c.Get(c.Site(path), suite.Bearer(owner)))
		want := []string{id.Token.Key() + " revoke", id.Token.Key() + " create", owner.Token.Key() + " create"}
		c.Equal(nil, "the history of a user's tokens, newest first", want, whole)
		var paged []string
		next := path + "?limit=1"
		for range len(want) + 1 {
			a := c.Get(c.Site(next), suite.Bearer(owner))
			c.Equal(a, "X-Total-Count", strconv.Itoa(len(want)), a.Header.Get("X-Total-Count"))
			paged = append(paged, entries(a)...)
			link := nextPage.FindStringSubmatch(a.Header.Get("Link"))
			if link == nil {
				break
			}
			var ok bool
			next, ok = c.PathOf(link[1])
			c.Must(ok, a, "a link to the next page at this host", "Link: "+a.Header.Get("Link"))
		}
		what := "the history page by page"
		if len(paged) > 1 || next != path+"?limit=1" { // a link led on
			what = "the entries of pages that follow each other"
		}
		c.Equal(nil, what, want, paged)
	})
}

func TestHistoryFilters(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "The history of a user's tokens has the entries that the query asks for and no others: of a token, a type, " +
			"an address, a time.",
		Cause: "A gateway in front drops what it does not know of the query, a cache keeps answers without regard to it, " +
			"or Gafaelfawr's version has a defect.",
	}, func(c *suite.Check) {
		owner := tokenOwner(c, "searcher")
		id, err := c.CreateToken(suite.Spec{Name: "sought", User: owner.User, Owner: owner})
		c.NoError(err, "a token that a user makes for themselves")
		first, second := owner.Token.Key()+" create", id.Token.Key()+" create"
		long := time.Now().Add(24 * time.Hour).UTC().Format(time.RFC3339)
		// Two hours from now, and as long ago, in zones where it is another hour.
		ahead := url.QueryEscape(time.Now().Add(2 * time.Hour).In(time.FixedZone("", -9*3600)).Format(time.RFC3339))
		ago := url.QueryEscape(time.Now().Add(-2 * time.Hour).In(time.FixedZone("", 9*3600)).Format(time.RFC3339))
		for _, filter := range []struct {
			query string
			want  []string
		}{
			{"key=" + owner.Token.Key(), []string{first}},
			{"key=" + id.Token.Key(), []string{second}},
			{"token_type=user", []string{second, first}},
			{"token_type=service", nil},
			{"token_type=session", nil},
			{"token_type=notebook", nil},
			{"token_type=internal", nil},
			{"since=" + long, nil},
			{"until=" + long, []string{second, first}},
			{"until=2020-01-01T00:00:00Z", nil},
			{"since=" + ago, []string{second, first}},
			{"until=" + ahead, []string{second, first}},
			{"since=" + ahead, nil},
			{"ip_address=192.0.2.77", nil}, // nobody's (RFC 5737)
		} {
			a := c.Get(c.Site("/auth/api/v1/users/"+owner.User+"/token-change-history?"+filter.query), suite.Bearer(owner))
			c.Equal(a, "the history with ?"+filter.query, filter.want, entries(a))
		}
	})
}

var nextPage = regexp.MustCompile(`<([^>]*)>; rel="next"`)

// entries are what happened to which token, in the order of the answer.
func entries(a *suite.Answer) (all []string) {
	a.MustStatus(200)
	var changes []gafaelfawr.TokenChange
	if json.Unmarshal(a.Body, &changes) != nil {
		a.WholeBody([]any{})
	}
	for _, ch := range changes {
		all = append(all, ch.Key+" "+ch.Action)
	}
	return all
}

// tokenOwner is a person of this check alone who may make tokens.
func tokenOwner(c *suite.Check, purpose string) *suite.Identity {
	return c.OwnToken(suite.Spec{Name: purpose, User: personal(c, purpose), Scopes: []string{"user:token"}})
}
