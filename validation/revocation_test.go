package validation

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lsst-sqre/muster/muster"
	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/suite"
)

const revocationCause = "Gafaelfawr's processes do not share one Redis, or an authCacheDuration keeps the old " +
	"answer in nginx: then TestRevocation fails and TestRevokedToken green."

func TestRevocation(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says:  "A token works until it is revoked, and then nowhere and in no form; the user's other tokens go on working.",
		Cause: revocationCause,
	}, func(c *suite.Check) {
		routes := c.Harmless()
		user := c.FreshUser("doomed")
		id := c.OwnToken(suite.Spec{Name: "doomed", User: user, Scopes: suite.ScopesOf(routes),
			Lifetime: suite.LifetimeFor(routes...)})
		spared := c.OwnToken(suite.Spec{Name: "spared", User: user})
		forms := otherForms(c, routes, id)
		for _, name := range slices.Sorted(maps.Keys(forms)) { // a cache may learn them
			c.Do(forms[name]).Permits("a token", "GET "+name, 200)
		}
		for _, route := range routes {
			a := c.Get(route, suite.Bearer(id))
			c.Expect(a.Code != 401 && a.Code != 403, a, "to be let in before the revocation", a.Excerpt())
		}
		c.Revoke(id)
		for _, route := range routes {
			if route.AuthCacheDuration > 0 {
				c.Remark("%s: not asked again, a revocation may have no effect for %s", route.Path, route.AuthCacheDuration)
				continue
			}
			c.Get(route, suite.Bearer(id)).Unauthorized(c.WantChallenge(gafaelfawr.ErrorInvalidToken, notValid))
		}
		for _, name := range slices.Sorted(maps.Keys(forms)) {
			c.Do(forms[name]).Permits("a revoked token", "GET "+name, 401)
		}
		// The API refuses by itself, without the ingress.
		a := c.Get(c.Site("/auth/api/v1/token-info"), suite.Bearer(id))
		a.Status(401)
		a.Challenge(c.WantChallenge(gafaelfawr.ErrorInvalidToken, notValid))
		c.Get(c.Site("/auth/api/v1/token-info"), suite.Bearer(spared)).Permits("another token of the user", "token-info", 200)
	})
}

// otherForms are requests with a token in other forms than Bearer over HTTP/1.1. There
// is none where nginx may keep decisions, or the application may answer otherwise.
func otherForms(c *suite.Check, routes []suite.Target, id *suite.Identity) map[string]suite.Request {
	if c.Env().Muster.Deployed == suite.NoMuster || routes[0].AuthCacheDuration > 0 {
		return nil
	}
	route := routes[0] // Muster's
	forms := map[string]suite.Request{
		"as user name":         {Target: route, Credential: suite.BasicUser(id)},
		"as password":          {Target: route, Credential: suite.BasicPassword(id)},
		"as name and password": {Target: route, Credential: suite.BasicBoth(id)},
	}
	if c.SpeaksHTTP2() {
		forms["over HTTP/2"] = suite.Request{Target: route, Credential: suite.Bearer(id), HTTP2: true}
	}
	return forms
}

func TestRevocationOfChildren(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says:  "Tokens that were delegated from a token are revoked with it.",
		Cause: revocationCause,
	}, func(c *suite.Check) {
		id := c.OwnToken(suite.Spec{Name: "parent", Scopes: []string{c.Env().Scope}})
		a := c.Get(c.Sighted("delegated"), suite.Bearer(id))
		a.MustStatus(200)
		child := a.TokenInfo().Key
		info, err := c.API().Token(c.Context(), c.Admin(), id.User, child)
		c.NoError(err, "the delegated token among the user's")
		c.Equal(nil, "the delegated token's key, user, type and parent",
			[]string{child, id.User, gafaelfawr.TypeInternal, id.Token.Key()},
			[]string{info.Key, info.Username, info.Type, info.Parent})
		c.Equal(nil, "the delegated token's scopes", []string{}, info.Scopes)
		c.Revoke(id)
		_, err = c.API().Token(c.Context(), c.Admin(), id.User, child)
		c.ErrorStatus(err, 404, "the delegated token after its parent was revoked")
		deadAfterParent(c)
	})
}

// deadAfterParent verifies that delegated tokens end with their parent: it is revoked while the applications
// that hold them wait.
func deadAfterParent(c *suite.Check) {
	for _, wait := range muster.Waits { // longer where the revocation took too long, or came too early
		id := c.OwnToken(suite.Spec{Name: "holder-" + wait.String(), Scopes: []string{c.Env().Scope}})
		var holders []suite.Request
		children := map[string]bool{} // those that exist: one made beside the revocation is an orphan by chance
		for _, probe := range []string{"delegated", "notebook"} {
			asks := suite.Request{Target: c.Sighted(probe), Credential: suite.Bearer(id)}
			if a := c.Send(asks); a.Code == 200 {
				children[childAt(a)] = true
			}
			asks.Target.Path = muster.Later(asks.Target.Path, wait)
			holders = append(holders, asks)
		}
		begin, answers := time.Now(), make(chan []*suite.Answer, 1)
		go func() {
			defer close(answers) // whatever ends the requests
			answers <- c.Concurrently(len(holders), func(i int) suite.Request { return holders[i] })
		}()
		<-time.After(wait / 3) // nothing tells when Gafaelfawr has let them in
		c.Revoke(id)
		late := time.Since(begin) >= wait
		for _, a := range <-answers {
			late = late || a.Err != nil || a.Code != 200 || a.Retried || a.Header.Get(muster.LaterHeader) == "" ||
				!children[childAt(a)]
			if !late {
				got := a.Report() // token-info asks the database, and user-info Redis
				c.Closed(got.TokenInfo == nil && got.UserInfo == nil, a, "a delegated token that ended with its parent",
					"it still works", suite.Value("delegated token after its parent was revoked", "ended", "works"))
			}
		}
		if !late {
			return
		}
	}
	c.Remark("not tried: this Muster does not wait, or the revocation came too early or too late")
}

// childAt tells the delegated token that the application got from others.
func childAt(a *suite.Answer) string {
	return strings.Join(a.Report().Sighting.Values(gafaelfawr.HeaderToken), ", ")
}

func TestRevokeNeedsAdmin(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "A user without user:token or admin:token cannot delete a token, and the bootstrap token cannot " +
			"either.",
		Cause: "A token has scopes that it was not given.",
	}, func(c *suite.Check) {
		victim := c.OwnToken(suite.Spec{Name: "victim"})
		err := c.API().RevokeToken(c.Context(), c.Unscoped().Token, victim.User, victim.Token.Key())
		c.ErrorStatus(err, 403, "DELETE with a token without scopes")
		path := "/auth/api/v1/users/" + victim.User + "/tokens/" + victim.Token.Key()
		a := c.Do(suite.Request{Method: "DELETE", Target: c.Site(path), Credential: suite.Bearer(c.Bootstrap())})
		a.Status(401)
		a.Challenge(c.WantChallenge(gafaelfawr.ErrorInvalidToken, notValid))
	})
}

func TestTokenHistory(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "Gafaelfawr's history shows who made and who revoked which token, when, and from where, to the " +
			"administrator and to the user alike.",
		Cause: "No entry: Gafaelfawr's database does not take writes. Another address: `proxies` in Gafaelfawr's " +
			"configuration, or use-forwarded-headers of ingress-nginx.",
	}, func(c *suite.Check) {
		id := c.OwnToken(suite.Spec{Name: "historic", User: c.FreshUser("history"), Scopes: []string{c.Env().Scope}})
		c.Revoke(id)
		changes, err := c.API().History(c.Context(), c.Admin(), id.User)
		c.NoError(err, "the history of "+id.User)
		reader := c.OwnToken(suite.Spec{Name: "reader", User: c.FreshUser("reader"), Scopes: []string{"admin:token"}})
		if own, a := historyAt(c, "/auth/api/v1/users/"+id.User+"/token-change-history", reader); own != nil {
			c.Equal(a, "history as the administrator sees it", changes, own)
		}
		if helper, a := historyAt(c, "/auth/api/v1/history/token-changes?key="+c.Admin().Key(), reader); helper != nil {
			first := slices.IndexFunc(helper, func(ch gafaelfawr.TokenChange) bool { return ch.Action == "create" })
			c.Must(first >= 0, a, "an entry create of the token that the bootstrap token made", "there is none",
				suite.Missing("history"))
			c.Equal(a, "create with the bootstrap token by", gafaelfawr.BootstrapUser, helper[first].Actor)
		}
		entriesOfLife(c, id, changes)
	})
}

// historyAt returns the history at a path and the answer that has it. It is nil if
// Gafaelfawr does not tell it.
func historyAt(c *suite.Check, path string, reader *suite.Identity) ([]gafaelfawr.TokenChange, *suite.Answer) {
	a := c.Get(c.Site(path), suite.Bearer(reader))
	if !a.Status(200) {
		return nil, a
	}
	history := []gafaelfawr.TokenChange{}
	c.NoError(json.Unmarshal(a.Body, &history), "a history in JSON")
	return history, a
}

// entriesOfLife verifies that a history tells how an administrator made a token and
// revoked it.
func entriesOfLife(c *suite.Check, id *suite.Identity, history []gafaelfawr.TokenChange) {
	actor, err := c.API().TokenInfo(c.Context(), c.Admin())
	c.NoError(err, "the answer of token-info")
	var from []string // what applications see, where one tells
	if c.Env().Muster.Deployed == suite.GoMuster {
		from = suite.ForwardedFor(c.Get(c.Sighted("anonymous"), suite.Anonymous).Sighting().Values("X-Forwarded-For"))
	}
	for _, want := range []string{"create", "revoke"} {
		at := slices.IndexFunc(history, func(ch gafaelfawr.TokenChange) bool {
			return ch.Key == id.Token.Key() && ch.Action == want
		})
		if !c.Expect(at >= 0, nil, "an entry "+want+" in the history of the token", "there is none",
			suite.Missing("history")) {
			continue
		}
		ch := history[at]
		c.Equal(nil, want+" of the user's token", []string{id.User, gafaelfawr.TypeService}, []string{ch.Username, ch.Type})
		c.Equal(nil, want+" of a token that expires", id.Info.Expires.Unix(), ch.Expires.Unix())
		c.Equal(nil, want+" of a token with the scopes", id.Scopes, ch.Scopes)
		c.Equal(nil, want+" by", actor.Username, ch.Actor)
		end := id.Info.Expires.Time
		c.Expect(ch.Time.Before(end) && ch.Time.After(end.Add(-2*time.Hour)), nil,
			want+" while the token lived, until "+end.UTC().String(), want+" at "+ch.Time.UTC().String())
		c.Expect(slices.Contains(from, ch.IPAddress) || len(from) == 0 && ch.IPAddress != "", nil,
			want+" from the address that applications see, "+strings.Join(from, ", "), want+" from "+ch.IPAddress,
			suite.Value("address of "+want, strings.Join(from, ", "), ch.IPAddress))
	}
}

func TestHistoryAddress(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "Gafaelfawr's history gives clients' addresses and not one of the cluster, which all of them would have.",
		Cause: "`proxies` in Gafaelfawr's configuration (config.proxies) lacks the networks of pods, of nodes or of " +
			"the load balancer: history and logs then have the same address for everybody.",
		Needs: []suite.Feature{suite.Kubernetes},
	}, func(c *suite.Check) {
		id := tokenOwner(c, "addressed")
		// The edge passes on what a client says of its way. So the address of the client itself, or what it says, stands
		// in the history, and never one of what is between the edge and Gafaelfawr.
		a := c.Do(suite.Request{Method: "DELETE", Credential: suite.Bearer(id),
			Target:  c.Site("/auth/api/v1/users/" + id.User + "/tokens/" + id.Token.Key()),
			Headers: []gafaelfawr.HeaderLine{{"X-Forwarded-For", "203.0.113.7"}}})
		a.MustStatus(204, 404) // as when the answer was lost
		changes, err := c.API().History(c.Context(), c.Admin(), id.User)
		c.NoError(err, "the history of "+id.User)
		for _, ch := range changes {
			if ch.Action == "revoke" {
				whose := c.AddressInside(ch.IPAddress)
				c.Expect(whose == "", a, "the address of a client in the history",
					ch.IPAddress+", which is of "+whose, suite.Value("address in the history", "a client's", "inside"))
			}
		}
	})
}

func TestUnknownScopeRefused(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says:  "Gafaelfawr refuses to make a token with a scope that it does not know, and says so.",
		Cause: "Something else than Gafaelfawr answers /auth/api/v1/tokens.",
	}, func(c *suite.Check) {
		_, err := c.CreateToken(suite.Spec{Name: "nonsense", Scopes: []string{"muster:no-such-scope"}})
		c.ErrorStatus(err, 422, "POST tokens with an unknown scope")
		if api, ok := errors.AsType[*gafaelfawr.APIError](err); ok {
			c.Equal(nil, "error", "Unknown scopes requested (invalid_scopes)", api.Body.String())
		}
	})
}
