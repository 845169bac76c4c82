package validation

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/lsst-sqre/muster/muster"
	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/suite"
)

func TestLongLives(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "A route that delegates judges tokens that live for days, or never expire, by their scopes: none of them is " +
			"too short.",
		Cause: "401 for the token of a day and a minute alone: Gafaelfawr forgets the days. 401 or 500 for the other: it " +
			"has no rule for tokens without an end.",
	}, func(c *suite.Check) {
		route := c.Sighted("delegated")
		// Without a scope they open nothing, however long they live.
		days := c.OwnToken(suite.Spec{Name: "of-a-day", Lifetime: 24*time.Hour + time.Minute})
		c.RevokeAfter(days)
		c.Get(route, suite.Bearer(days)).Permits("a token of a day and a minute", "GET", 403)
		endless := c.OwnToken(suite.Spec{Name: "without-end", User: personal(c, "without-end")})
		c.RevokeAfter(endless)
		c.TakeEnd(endless)
		c.Get(route, suite.Bearer(endless)).Permits("a token that never expires", "GET", 403)
	})
}

func TestDelegatedRenewed(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "An application gets another delegated token for its user once the one that it had was revoked, or ends " +
			"sooner than its route wants.",
		Cause: "Gafaelfawr hands on tokens of its cache or its database without a look whether they work and how long; or " +
			"a cache in front keeps its answers to the ingress.",
	}, func(c *suite.Check) {
		id := c.OwnToken(suite.Spec{Name: "renewed", User: personal(c, "renewed"), Scopes: []string{c.Env().Scope}})
		c.RevokeAfter(id)
		for _, probe := range []string{"notebook", "delegated"} {
			anotherOnceRevoked(c, id, probe)
		}
		// The one that was delegated last ends with its parent, before the hour that the route wants.
		end := gafaelfawr.Time{Time: time.Now().Add(muster.LongLifetime*time.Second + 5*time.Minute).Truncate(time.Second)}
		err := c.API().EditExpiry(c.Context(), c.Admin(), id.User, id.Token.Key(), end)
		c.NoError(err, "Gafaelfawr to change the end of a token")
		a := c.Get(c.Sighted("lifetime"), suite.Bearer(id))
		a.MustStatus(200)
		got := a.TokenInfo().Expires
		c.Expect(got.Equal(end.Time), a, "a delegated token that ends with the one of its user, at "+end.UTC().String(),
			"one that ends at "+got.UTC().String(), suite.Value("the end of a token for an hour", end.Unix(), got.Unix()))
	})
}

// anotherOnceRevoked verifies that a probe gets another token after the one that it had was revoked.
func anotherOnceRevoked(c *suite.Check, id *suite.Identity, probe string) {
	a := c.Get(c.Sighted(probe), suite.Bearer(id))
	a.MustStatus(200)
	first := a.TokenInfo().Key
	err := c.Delete(c.Admin(), id.User, first)
	c.NoError(err, "Gafaelfawr to revoke a delegated token with admin:token")
	a = c.Get(c.Sighted(probe), suite.Bearer(id))
	a.MustStatus(200)
	told := a.Report().TokenInfo
	c.Expect(
		told != nil && told.Key != first,
		a,
		"another delegated token at the probe "+probe+" after the first was revoked",
		"one that is not known any more",
		suite.Value("the token after a revocation at "+probe, "another", "the same"),
	)
}

func TestTokensApart(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "Each token of a user gets delegated tokens of its own at each kind of route, with no more scopes than it has.",
		Cause: "Gafaelfawr, or something in front, keeps delegated tokens under the user instead of the token that asked: " +
			"a token of few scopes gets one of many.",
	}, func(c *suite.Check) {
		user, scope := c.FreshUser("apart"), c.Env().Scope
		wide := c.OwnToken(suite.Spec{Name: "wide", User: user, Scopes: withScopes(scope, "read:image", "read:tap")})
		narrow := c.OwnToken(suite.Spec{Name: "narrow", User: user, Scopes: []string{scope}})
		told, err := c.API().TokenInfo(c.Context(), narrow.Token)
		if err != nil || !slices.Equal(told.Scopes, narrow.Scopes) {
			c.Skip("Gafaelfawr tells other scopes of a token than it was made with: see TestTokenInfo")
		}
		for _, probe := range []string{"delegated", "delegated-scopes", "notebook"} {
			for _, id := range []*suite.Identity{wide, narrow} {
				a := c.Get(c.Sighted(probe), suite.Bearer(id))
				if a.Code != 200 || a.Report().TokenInfo == nil {
					continue // others judge that
				}
				info := a.TokenInfo()
				// One without a parent is of no other token: TestDelegated judges it.
				own := info.Parent == "" || info.Parent == id.Token.Key()
				c.Closed(own, a, "a token that was delegated from the one that asked",
					"one of another token of the user", suite.Value("parent at "+probe, id.Token.Key(), info.Parent))
				for _, got := range info.Scopes {
					c.Closed(slices.Contains(id.Scopes, got), a, "no scope that the token which asked lacks",
						fmt.Sprintf("%q besides", got),
						suite.Value("scopes at "+probe, id.Scopes, got))
				}
			}
		}
	})
}

func TestDelegatedInPart(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "A user with all, some or none of the scopes that an application wants delegated is let in alike, and it " +
			"gets those that the user has.",
		Cause: "500 for those who lack some: Gafaelfawr does not leave out the scopes that the caller lacks, and refuses " +
			"to make such a token (422). 500 for all: one of the scopes is not in knownScopes.",
	}, func(c *suite.Check) {
		route, scope := c.Sighted("delegated-scopes"), c.Env().Scope
		for _, who := range []struct {
			name, lacks string
			scopes      []string
		}{
			{"all-delegated", "nothing", withScopes(scope, "read:image", "read:tap")},
			{"some-delegated", "one of the scopes", withScopes(scope, "read:image")},
			{"others-delegated", "the first of the scopes", withScopes(scope, "read:tap")},
			{"none-delegated", "all of the scopes", withScopes(scope)},
		} {
			id := c.OwnToken(suite.Spec{Name: who.name, Scopes: who.scopes})
			a := c.Get(route, suite.Bearer(id))
			if !a.Permits("who lacks "+who.lacks, "GET", 200) {
				return // more would say no more
			}
			want := slices.DeleteFunc(withScopes(slices.Clone(muster.DelegatedScopes)...), func(s string) bool {
				return !slices.Contains(id.Scopes, s)
			})
			c.Equal(a, "scopes delegated for who lacks "+who.lacks, want, a.TokenInfo().Scopes)
		}
	})
}

// withScopes are the environment's scope and others, each once.
func withScopes(scopes ...string) []string {
	slices.Sort(scopes)
	return slices.Compact(scopes)
}

// sameEnd verifies the end of a token, which is the zero time where it never expires.
func sameEnd(c *suite.Check, what string, want, got gafaelfawr.Time) {
	if got.IsZero() && !want.IsZero() {
		c.Closed(false, nil, what+" "+want.UTC().Format(time.RFC3339), "it never expires",
			suite.Value(what, want.UTC().Format(time.RFC3339), "never"))
		return
	}
	c.Equal(nil, what, want.UTC().Format(time.RFC3339), got.UTC().Format(time.RFC3339))
}
