package validation

import (
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/lsst-sqre/muster/muster"
	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/suite"
)

const reportCause = "Muster's report says which of its checks failed; the page of the probe explains each."

func TestAnonymous(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "Everyone may request the anonymous probe. The application does not learn the caller's identity, with or " +
			"without a token.",
		Cause: reportCause + " 401 or 302: the path is covered by another Ingress.",
	}, func(c *suite.Check) {
		for _, with := range []suite.Credential{
			suite.Anonymous, suite.Bearer(c.Scoped()), suite.Cookie("gafaelfawr=garbage"),
		} {
			a := c.Get(c.Sighted("anonymous"), with)
			a.ReportPasses()
			a.Sees(gafaelfawr.HeaderUser)
		}
	})
}

func TestAuthenticated(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says:  "A token with the scope is accepted. The application gets the user, no unknown email, and no token.",
		Cause: reportCause + " No user header: auth-response-headers was edited in the Ingress.",
	}, func(c *suite.Check) {
		id := c.Scoped()
		a := c.Get(c.Sighted("authenticated"), suite.Bearer(id))
		a.ReportPasses()
		a.Sees(gafaelfawr.HeaderUser, id.User)
		a.Sees(gafaelfawr.HeaderEmail)
		a.Sees(gafaelfawr.HeaderService)
		a.Sees(gafaelfawr.HeaderToken)
	})
}

func TestProbesScoped(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "Every probe of Muster and its page refuse a token without the scopes that its GafaelfawrIngress asks for.",
		Cause: "200: config.scopes of that GafaelfawrIngress was changed, so that its Ingress asks for none or for " +
			"another. Synchronise Muster's Application.",
		Security: true,
	}, func(c *suite.Check) {
		id := c.Unscoped()
		for _, name := range c.GuardedProbes() {
			for _, route := range []suite.Target{c.Sighted(name), c.Page(name)} {
				if a := c.Get(route, suite.Bearer(id)); name == "lifetime" {
					a.Status(401, 302, 403) // it refuses this token for its short life first
				} else {
					a.Status(403)
				}
			}
		}
	})
}

func TestBasicLogin(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "The token is accepted as user name or as password of Basic authentication, on Basic and on Bearer " +
			"routes.",
		Cause: "A proxy in front rewrites or drops Authorization.",
	}, func(c *suite.Check) {
		id := c.Scoped()
		for _, probe := range []string{"authenticated", "basic"} {
			for _, with := range []suite.Credential{suite.BasicUser(id), suite.BasicPassword(id), suite.BasicBoth(id)} {
				c.Get(c.Probe(probe), with).ReportPasses()
			}
		}
	})
}

func TestCookieless(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "A route that refuses cookies still accepts a token in Authorization, and the session cookie does not " +
			"reach the application.",
		Cause: reportCause,
	}, func(c *suite.Check) {
		a := c.Get(c.Sighted("cookieless"), suite.Bearer(c.Scoped()).And(suite.Cookie("a=1; gafaelfawr=garbage")))
		a.ReportPasses()
		a.Sees(gafaelfawr.HeaderCookie, "a=1")
	})
}

func TestUsername(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says:  "A route for one user accepts only that user, who also needs the scope.",
		Cause: "The operator did not write username into the auth-url: a Gafaelfawr before 9.6.",
	}, func(c *suite.Check) {
		route := c.Sighted("username")
		c.Get(route, suite.Bearer(c.IdentityFor("username"))).ReportPasses()
		other := c.Token(suite.Spec{Name: "other", User: c.FreshUser("other"), Scopes: []string{route.Scope}})
		c.Get(route, suite.Bearer(other)).
			Forbidden(c.WantChallenge(gafaelfawr.ErrorInsufficientScope, "Access not allowed for this user"))
		powerless := c.Token(suite.Spec{Name: "right-unscoped", User: muster.BotUser})
		c.Get(route, suite.Bearer(powerless)).
			Forbidden(c.WantChallenge(gafaelfawr.ErrorInsufficientScope, "Token missing required scope", route.Scope))
	})
}

func TestOnlyServices(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says:  "A route for services refuses a user's own token with 403, and a caller without a token with 401.",
		Cause: "The operator did not write only_service into the auth-url: a Gafaelfawr before 12.0.",
	}, func(c *suite.Check) {
		route := c.Probe("services")
		c.Get(route, suite.Anonymous).Unauthorized(c.WantChallenge("", ""))
		c.Get(route, suite.Bearer(c.Scoped())).
			Forbidden(c.WantChallenge(gafaelfawr.ErrorInsufficientScope, "Access not allowed for this user"))
	})
}

func TestDelegated(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "The application receives a token delegated to it: internal, for this service, without scopes, a " +
			"child of the caller's token, and expiring with it.",
		Cause: reportCause + " Another service or scopes: the GafaelfawrIngress asks for them.",
	}, func(c *suite.Check) {
		id := c.Scoped()
		a := c.Get(c.Sighted("delegated"), suite.Bearer(id))
		a.ReportPasses()
		info := a.TokenInfo()
		c.Equal(a, "token type", gafaelfawr.TypeInternal, info.Type)
		c.Equal(a, "service", muster.ServiceName, info.Service)
		c.Equal(a, "user", id.User, info.Username)
		c.Equal(a, "parent", id.Token.Key(), info.Parent)
		c.Equal(a, "scopes", []string{}, info.Scopes)
		c.Expect(!info.Expires.IsZero() && info.Expires.Equal(id.Info.Expires.Time), a,
			"to expire with the caller's token, at "+id.Info.Expires.Format(time.RFC3339),
			"expires "+info.Expires.Format(time.RFC3339), expiry(id.Info.Expires.Time, info.Expires.Time))
		a.Hides(id)
	})
}

// expiry is the reason for an end that is not the one wanted.
func expiry(want, got time.Time) suite.Reason {
	if !got.IsZero() && got.Before(want) {
		return suite.Value("expires early", want.Format(time.RFC3339), got.Format(time.RFC3339))
	}
	return suite.Value("expires", want.Format(time.RFC3339), got.Format(time.RFC3339))
}

func TestDelegatedScopes(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "A delegated token has exactly the wanted scopes that the caller has, too; each kind of route and each " +
			"service gets one of its own.",
		Cause: "More: Gafaelfawr delegates what the caller may not do. Fewer: the GafaelfawrIngress does not ask " +
			"for them, or the scope is not known to Gafaelfawr. 422 while making the token: read:image is not in " +
			"knownScopes.",
	}, func(c *suite.Check) {
		route := c.Sighted("delegated-scopes")
		own := []string{"read:image", route.Scope}
		want := slices.DeleteFunc(slices.Clone(muster.DelegatedScopes),
			func(s string) bool { return !slices.Contains(own, s) })
		id := c.Token(suite.Spec{Name: "reader", Scopes: own})
		first := c.Get(c.Sighted("delegated"), suite.Bearer(id))
		a := c.Get(route, suite.Bearer(id))
		a.ReportPasses()
		c.Equal(a, "the token of a route with other scopes", false, forgetsScopes(c, first, a, want))
		c.Equal(a, "scopes", want, a.TokenInfo().Scopes)
		notebook := c.Get(c.Sighted("notebook"), suite.Bearer(id))
		same := notebook.TokenInfo().Key == first.TokenInfo().Key
		c.Equal(notebook, "the token of another kind of route", false, same)
		c.Get(c.Sighted("authorization"), suite.Bearer(id)).ReportPasses() // for another service
	})
}

// forgetsScopes reports whether a caller got one token at two routes with other scopes, and
// a user who asked no other route before gets one with the wanted scopes: the routes do ask.
func forgetsScopes(c *suite.Check, first, second *suite.Answer, want []string) bool {
	key := second.TokenInfo().Key
	if key == "" || key != first.TokenInfo().Key {
		return false
	}
	route := c.Sighted("delegated-scopes")
	alone := c.Token(suite.Spec{Name: "fresh", User: c.FreshUser("scopes"), Scopes: []string{"read:image", route.Scope}})
	return slices.Equal(c.Get(route, suite.Bearer(alone)).TokenInfo().Scopes, want)
}

func TestNotebook(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "A notebook token has all scopes of the caller and belongs to no service; the next request gets the " +
			"same one.",
		Cause: reportCause + " Another token each time: Gafaelfawr does not find again what it wrote to its database.",
	}, func(c *suite.Check) {
		scopes := []string{c.Env().Scope, "user:token"}
		slices.Sort(scopes)
		id := c.OwnToken(suite.Spec{Name: "notebook", Scopes: slices.Compact(scopes)})
		a := c.Get(c.Sighted("notebook"), suite.Bearer(id))
		a.ReportPasses()
		info := a.TokenInfo()
		c.Equal(a, "token type", gafaelfawr.TypeNotebook, info.Type)
		c.Equal(a, "service", "", info.Service)
		c.Equal(a, "parent", id.Token.Key(), info.Parent)
		c.Equal(a, "scopes", id.Scopes, info.Scopes)
		again := c.Get(c.Sighted("notebook"), suite.Bearer(id))
		c.Equal(again, "the same token for another request", info.Key, again.TokenInfo().Key)
	})
}

func TestUseAuthorization(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says:  "With useAuthorization, Authorization also has the delegated token and not the caller's.",
		Cause: reportCause + " None at all: the operator did not write use_authorization into the auth-url.",
	}, func(c *suite.Check) {
		// This token asks no other route, so that no cache has a token of another service.
		id := c.Token(suite.Spec{Name: "authorized", Scopes: []string{c.Env().Scope}})
		a := c.Get(c.Sighted("authorization"), suite.Bearer(id))
		a.ReportPasses()
		a.Hides(id)
		s := a.Sighting()
		token := s.Values(gafaelfawr.HeaderToken)
		c.Must(len(token) == 1, a, "one delegated token at the application", "there are "+strconv.Itoa(len(token)))
		c.Equal(a, "Authorization at the application", []string{"Bearer " + token[0]},
			s.Values(gafaelfawr.HeaderAuthorization))
	})
}

func TestMinimumLifetime(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "A route that wants an hour of lifetime refuses a token of 15 minutes, or of an hour less ten seconds, with " +
			"401 and lets in one that lives a minute longer.",
		Cause: "200 for both: minimum_lifetime is missing from the auth-url. 500: it is below 300 s or above the " +
			"lifetime of tokens.",
	}, func(c *suite.Check) {
		route := c.Sighted("lifetime")
		tooShort := c.WantChallenge(gafaelfawr.ErrorInvalidToken, tooShort)
		c.Get(route, suite.Bearer(c.Scoped())).Unauthorized(tooShort)
		c.Get(route, suite.Bearer(c.IdentityFor("lifetime"))).ReportPasses()
		almost := living(c, "almost-long", -nearLifetime)
		info, err := c.API().TokenInfo(c.Context(), almost.Token)
		if err != nil || time.Until(info.Created.Time).Abs() > nearLifetime/2 {
			c.Remark("seconds were not judged: Gafaelfawr's clock and this machine's do not agree to %s", nearLifetime/2)
			return
		}
		c.Get(route, suite.Bearer(almost)).Unauthorized(tooShort)
		a := c.Get(route, suite.Bearer(living(c, "just-long", time.Minute)))
		if a.Retried || a.Code == 401 {
			a = c.Get(route, suite.Bearer(living(c, "just-long-again", time.Minute)))
		}
		a.ReportPasses()
	})
}

// nearLifetime is how much too short a life must be to be refused: clocks may differ
// by a little.
const nearLifetime = 10 * time.Second

// living is an identity whose token lives as long as the lifetime probe wants, and
// that much longer.
func living(c *suite.Check, name string, longer time.Duration) *suite.Identity {
	lifetime := muster.LongLifetime*time.Second + longer
	return c.OwnToken(suite.Spec{Name: name, Scopes: []string{c.Env().Scope}, Lifetime: lifetime})
}

func TestSchemeSpelling(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "Bearer and Basic are accepted in any letter case, and the token is removed.",
		Cause: "A proxy or a snippet compares the scheme letter by letter, which HTTP forbids (RFC 9110, section " +
			"11.1).",
	}, func(c *suite.Check) {
		id := c.Scoped()
		for _, with := range []suite.Credential{
			suite.BearerSpelled("bearer", id), suite.BearerSpelled("BEARER", id), suite.BasicSpelled("basic", id),
		} {
			c.Get(c.Probe("authenticated"), with).ReportPasses()
			if c.Env().Muster.Deployed == suite.GoMuster {
				c.Get(c.Sighted("anonymous"), with).Sees(gafaelfawr.HeaderAuthorization)
			}
		}
	})
}
