package validation

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/lsst-sqre/muster/muster"
	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/suite"
)

const quotaCause = "Another limit: the environment's own quota or an override. No X-RateLimit headers: " +
	"ingress-nginx refuses snippet annotations, no quota for muster-quota is configured, or Gafaelfawr lost its Redis " +
	"(it then lets everyone through), or the user is in a bypass group. 403 instead of 429: the same snippets, or a " +
	"server-snippet from before rate limits. 500: the server-snippet is missing."

func TestQuota(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "The first request in a minute is let in and counted, the second gets 429 with the time to retry and " +
			"Gafaelfawr's JSON body; both carry all five X-RateLimit headers.",
		Cause: quotaCause,
		Needs: []suite.Feature{suite.Quota},
	}, func(c *suite.Check) {
		route := c.Probe("quota")
		// A user of its own, so that neither another run nor this one counts.
		first, id := counted(c, route, func(try string) *suite.Identity {
			return c.Token(suite.Spec{Name: "quota" + try, User: c.FreshUser("quota" + try), Scopes: []string{route.Scope}})
		})
		first.ReportPasses()
		limits(c, first)
		first.HeaderAbsent(gafaelfawr.HeaderRetryAfter)
		second := c.Get(route, suite.Bearer(id))
		enforced := second.Status(429)
		limits(c, second)
		second.HeaderIsDate(gafaelfawr.HeaderRetryAfter)
		retryAtReset(c, second)
		second.ErrorBody("rate_limited", "Rate limit (1/minute) exceeded")
		second.NotCached()
		second.HeaderAbsent(gafaelfawr.HeaderWWWAuthenticate)
		if enforced {
			c.Pause(2 * time.Second)
			head := suite.Request{Method: "HEAD", Target: route, Credential: suite.Bearer(id)}
			again := c.Do(head)
			again.Permits("a user without quota", "HEAD", 429)
			sameWindow(c, second, again)
		} else if second.Code == 200 {
			limitless(c, route, id)
		}
	})
}

// sameWindow verifies that a refused request does not put off the end of the wait. Gafaelfawr
// counts in fixed windows, whose end may be rounded.
func sameWindow(c *suite.Check, before, after *suite.Answer) {
	first, err := strconv.ParseInt(before.Header.Get(gafaelfawr.HeaderRateLimitReset), 10, 64)
	then, second := strconv.ParseInt(after.Header.Get(gafaelfawr.HeaderRateLimitReset), 10, 64)
	if err != nil || second != nil {
		return // that is found of the first
	}
	c.Expect(then-first <= 1, after, "X-RateLimit-Reset "+strconv.FormatInt(first, 10)+", as two seconds before",
		strconv.FormatInt(then, 10), suite.Value("the end of a quota's window", "fixed", "put off"))
}

// limitless tells a quota that nobody enforces from one that each of several pods counts
// for itself: those refuse a user soon.
func limitless(c *suite.Check, route suite.Target, id *suite.Identity) {
	var last *suite.Answer
	for range aFew {
		if last = c.Get(route, suite.Bearer(id)); last.Code != 200 {
			return
		}
	}
	c.Expect(false, last, "429 to a user who asks again and again", "every request is let in",
		suite.Value("requests beyond the quota", "refused", "let in"))
}

// counted is the first request of a user. Where its answer was lost it may have
// been counted twice, so another user begins anew.
func counted(
	c *suite.Check,
	route suite.Target,
	user func(try string) *suite.Identity,
) (*suite.Answer, *suite.Identity) {
	id := user("")
	a := c.Get(route, suite.Bearer(id))
	if a.Retried {
		id = user("-again")
		a = c.Get(route, suite.Bearer(id))
	}
	return a, id
}

func limits(c *suite.Check, a *suite.Answer) {
	a.HeaderIs(gafaelfawr.HeaderRateLimitLimit, "1")
	a.HeaderIs(gafaelfawr.HeaderRateLimitRemaining, "0")
	a.HeaderIs(gafaelfawr.HeaderRateLimitUsed, "1")
	a.HeaderIs(gafaelfawr.HeaderRateLimitResource, muster.QuotaService)
	reset := a.Header.Get(gafaelfawr.HeaderRateLimitReset)
	seconds, err := strconv.ParseInt(reset, 10, 64)
	// Two seconds more than the window: the answer's own date is rounded, too.
	left := time.Unix(seconds, 0).Sub(a.Date())
	lines := len(a.Header.Values(gafaelfawr.HeaderRateLimitReset))
	c.Expect(err == nil && lines == 1 && left > -2*time.Second && left <= 62*time.Second, a,
		"one line X-RateLimit-Reset: seconds since the epoch, a minute ahead at most",
		strconv.Itoa(lines)+" lines X-RateLimit-Reset: "+reset+" in an answer of "+a.Header.Get("Date"),
		suite.Value("end of a quota's minute", "a minute ahead at most", gafaelfawr.Excerpt(reset, 30)))
}

// retryAtReset verifies that the two headers which say when the quota begins anew
// name the same second. One of them may be rounded.
func retryAtReset(c *suite.Check, a *suite.Answer) {
	retry, dated := a.HeaderTime(gafaelfawr.HeaderRetryAfter)
	seconds, err := strconv.ParseInt(a.Header.Get(gafaelfawr.HeaderRateLimitReset), 10, 64)
	reset := time.Unix(seconds, 0)
	if err != nil || !dated || reset.Sub(a.Date()).Abs() > 62*time.Second {
		return // that they are no dates, or that the other is wrong, is said already
	}
	c.Expect(retry.Sub(reset).Abs() <= time.Second, a,
		"Retry-After at X-RateLimit-Reset, "+reset.UTC().Format(time.RFC1123), "Retry-After: "+retry.Format(time.RFC1123),
		suite.Value("Retry-After", fmt.Sprint(seconds), fmt.Sprint(retry.Unix())))
}

func TestQuotaOfUser(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says:  "All tokens of a user share one quota.",
		Cause: "Something counts by token or by address and not by user, or each Gafaelfawr for itself.",
		Needs: []suite.Feature{suite.Quota},
	}, func(c *suite.Check) {
		route := c.Probe("quota")
		user := c.FreshUser("spender")
		token := func(name string) suite.Credential {
			return suite.Bearer(c.Token(suite.Spec{Name: name, User: user, Scopes: []string{route.Scope}}))
		}
		c.Get(route, token("spender")).Status(200, 429) // counted twice where its first answer was lost
		second := c.Get(route, token("spender-second"))
		second.Status(429)
		limits(c, second)
	})
}

func TestRefusalCostsNoQuota(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "Requests that are refused for lack of scope do not count against the user's quota, and one user's " +
			"requests not against another's.",
		Cause: "A proxy repeats requests to Gafaelfawr (proxy_next_upstream), or users share one quota.",
		Needs: []suite.Feature{suite.Quota},
	}, func(c *suite.Check) {
		route := c.Probe("quota")
		a, _ := counted(c, route, func(try string) *suite.Identity {
			user := c.FreshUser("thrifty" + try)
			poor := c.Token(suite.Spec{Name: "thrifty-unscoped" + try, User: user})
			c.Get(route, suite.Bearer(poor)).
				Forbidden(c.WantChallenge(gafaelfawr.ErrorInsufficientScope, "Token missing required scope", route.Scope))
			return c.Token(suite.Spec{Name: "thrifty" + try, User: user, Scopes: []string{route.Scope}})
		})
		a.Status(200)
		a.HeaderIs(gafaelfawr.HeaderRateLimitUsed, "1")
		neighbour, _ := counted(c, route, func(try string) *suite.Identity {
			return c.Token(suite.Spec{Name: "neighbour" + try, User: c.FreshUser("neighbour" + try),
				Scopes: []string{route.Scope}})
		})
		c.Expect(neighbour.Code != 429, neighbour, "a quota for the first request of a user", neighbour.Excerpt(),
			suite.Value("status of a user's first request", "200", "429"))
	})
}

func TestQuotaConfigured(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "User information has a quota of one request a minute for muster-quota.",
		Cause: "The environment's values of Gafaelfawr set config.quota.default.api anew without muster-quota, " +
			"which Phalanx's own values have.",
		Needs: []suite.Feature{suite.Quota},
	}, func(c *suite.Check) {
		info, err := c.API().UserInfo(c.Context(), c.Scoped().Token)
		c.NoError(err, "user information")
		requests := 0
		if info.Quota != nil {
			requests = info.Quota.API[muster.QuotaService]
		}
		c.Equal(nil, "quota for "+muster.QuotaService, 1, requests)
	})
}

func TestQuotaOverrides(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "No emergency overrides of quotas are in force.",
		Cause: "Someone set them for an emergency, and they stay in Gafaelfawr's Redis until they are deleted: " +
			"users are held to other limits than are documented.",
		Needs: []suite.Feature{suite.Quota},
	}, func(c *suite.Check) {
		overrides, err := c.API().QuotaOverrides(c.Context(), c.Scoped().Token)
		if err == nil {
			c.Expect(
				false,
				nil,
				"no quota overrides",
				fmt.Sprintf("overrides are in force: default %v, groups %v, bypass %v", overrides.Default, overrides.Groups,
					overrides.Bypass),
				suite.State("overrides"),
			)
			return
		}
		c.ErrorStatus(err, 404, "GET quota-overrides")
	})
}
