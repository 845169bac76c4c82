package validation

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/suite"
)

// several requests are enough that one replica in ten which fails shows in nine
// runs of ten.
const several = 24

func TestAlike(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "Requests on connections of their own, several at a time, are all answered alike: 401 without a " +
			"token, 200 with one.",
		Cause: "One of several controllers or Gafaelfawrs fails or has an old configuration, or something limits " +
			"the rate of requests. The numbers show which fraction fails.",
	}, func(c *suite.Check) {
		route := c.Protected()[0]
		want := 401
		if route.LoginRedirect {
			want = 302
		}
		c.AllHaveStatus(c.Concurrently(several, func(int) suite.Request { return suite.Request{Target: route} }), want)
		if c.Env().Muster.Deployed != suite.NoMuster {
			with := suite.Bearer(c.Scoped())
			c.AllHaveStatus(
				c.Concurrently(several, func(int) suite.Request { return suite.Request{Target: route, Credential: with} }),
				200,
			)
		}
	})
}

func TestTokensMadeAlike(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "Every request to make a token with the environment's scope is answered alike, and each token works at once.",
		Cause: "One of several Gafaelfawrs has an older configuration, or its own database. The error says what it does " +
			"not know. A new token is unknown: Gafaelfawr's Redis loses what was written.",
	}, func(c *suite.Check) {
		user := c.FreshUser("alike")
		lost := 0
		for range several {
			id, err := c.CreateToken(suite.Spec{Name: "alike", User: user, Scopes: []string{c.Env().Scope}})
			if !c.Expect(err == nil, nil, "a token with the scope "+c.Env().Scope, fmt.Sprint(err), suite.Because(err)) {
				continue
			}
			_, err = c.API().TokenInfo(c.Context(), id.Token)
			if api, ok := errors.AsType[*gafaelfawr.APIError](err); ok && api.Status == 401 {
				lost++
			}
		}
		c.Expect(lost == 0, nil, fmt.Sprintf("%d new tokens that work at once", several),
			fmt.Sprintf("%d of them are refused at once with 401", lost), suite.Value("new tokens that are refused", 0, lost))
	})
}

// aFew requests one after the other show one replica in two in 31 runs of 32.
const aFew = 5

func TestOneVersion(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "Every answer comes from the same release of Gafaelfawr.",
		Cause: "A rollout of Gafaelfawr that does not end, or two Gafaelfawrs behind one host name. Requests are then " +
			"answered by other rules from one time to the next.",
	}, func(c *suite.Check) {
		versions := versionsOf(c)
		if len(versions) > 1 && c.LookAgain() {
			versions = versionsOf(c)
		}
		c.Expect(len(versions) <= 1, nil, "one version of Gafaelfawr", "the versions "+strings.Join(versions, " and "),
			suite.Value("versions", []string{"one"}, versions))
	})
}

// versionsOf returns the versions that Gafaelfawr tells on connections of their own.
func versionsOf(c *suite.Check) []string {
	var versions []string
	document := c.Site("/auth/openapi.json")
	for _, a := range c.Concurrently(several, func(int) suite.Request { return suite.Request{Target: document} }) {
		var told struct{ Info struct{ Version string } }
		if a.Err == nil && a.Code == 200 && json.Unmarshal(a.Body, &told) == nil && told.Info.Version != "" {
			versions = append(versions, told.Info.Version)
		}
	}
	slices.Sort(versions)
	return slices.Compact(versions)
}

func TestDelegatedUsers(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "If an application gets delegated tokens of two users at the same time, each token belongs to its own " +
			"user.",
		Cause: "Another user's token: a cache keeps Gafaelfawr's answers under a key without the caller. 500 for " +
			"some: requests of one user get in each other's way, or Gafaelfawr's database connections are exhausted.",
	}, func(c *suite.Check) {
		route := c.Sighted("delegated")
		var users [2]*suite.Identity
		for i, name := range []string{"first", "second"} {
			users[i] = c.Token(suite.Spec{Name: name, User: c.FreshUser(name), Scopes: []string{route.Scope}})
		}
		answers := c.Concurrently(several, func(i int) suite.Request {
			return suite.Request{Target: route, Credential: suite.Bearer(users[i%2])}
		})
		c.AllHaveStatus(answers, 200)
		for i, a := range answers {
			if a.Err == nil && a.Code == 200 {
				info := a.Report().TokenInfo
				if !c.Closed(info == nil || info.Username == users[i%2].User, a, "a token of "+users[i%2].User,
					"one of another user", suite.WrongUser()) {
					break
				}
			}
		}
	})
}

// soon is what a person waits for without wondering. Gafaelfawr itself waits as
// long for LDAP.
const soon = 5 * time.Second

func TestNewUserSoon(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "A token for a new user is made, and its first request answered, within five seconds each.",
		Cause: "Making it: Gafaelfawr's database is slow or locked. The first request: LDAP or Firestore is slow, " +
			"which Gafaelfawr asks once in five minutes for each user.",
	}, func(c *suite.Check) {
		route := c.Site("/auth/api/v1/user-info")
		if harmless := c.Harmless(); len(harmless) > 0 {
			route = harmless[0]
		}
		c.Admin() // what all checks wait for is not part of it
		made, answered, a := newUser(c, route, "new")
		// The checks that run at once make a queue in Gafaelfawr, which passes.
		for _, purpose := range []string{"new-again", "new-at-last"} {
			if made < soon && answered < soon {
				break
			}
			made, answered, a = newUser(c, route, purpose)
		}
		c.Expect(made < soon, nil, "a new token within "+soon.String(), "it was made in "+made.String(),
			suite.Slow("token", made))
		c.Expect(answered < soon, a, "an answer to a new user within "+soon.String(), "it came after "+answered.String(),
			suite.Slow("answer", answered))
	})
}

// newUser makes a token for a user whom Gafaelfawr does not know yet, and sends its
// first request.
func newUser(c *suite.Check, route suite.Target, purpose string) (made, answered time.Duration, a *suite.Answer) {
	spec := suite.Spec{Name: purpose, User: c.FreshUser(purpose)}
	if route.Scope != "" {
		spec.Scopes = []string{route.Scope}
	}
	started := time.Now()
	id := c.OwnToken(spec)
	made = time.Since(started).Round(time.Millisecond)
	started = time.Now()
	a = c.Get(route, suite.Bearer(id))
	return made, time.Since(started).Round(time.Millisecond), a
}

// clockTolerance is how much clocks may differ: more, and a token that was just
// made may count as expired, or as made in the future.
const clockTolerance = 30 * time.Second

// aYear is more than any clock is wrong that runs.
const aYear = 365 * 24 * time.Hour

func TestClock(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "The clocks of the edge and of Gafaelfawr agree with this machine's, within half a minute.",
		Cause: "A node without NTP, such as a virtual machine that slept, or the clock of this machine. Tokens then " +
			"expire early or late, and new ones may be refused.",
	}, func(c *suite.Check) {
		agree := func(about *suite.Answer, whose string, told time.Time) {
			skew := time.Until(told).Round(time.Second)
			if !c.Expect(skew.Abs() < aYear, about, whose+" in seconds since 1970", "another unit: "+
				told.UTC().Format(time.DateOnly), suite.Value("created", "seconds", "another unit")) {
				return
			}
			c.Expect(skew.Abs() <= clockTolerance, about, whose+" within "+clockTolerance.String()+" of this machine's",
				whose+" differs by "+skew.String()+" from this machine's", suite.Clock(whose, skew))
		}
		a := c.Get(c.Site("/"), suite.Anonymous)
		agree(a, "the clock of the edge", a.Date())
		id := c.OwnToken(suite.Spec{Name: "dated"})
		info, err := c.API().TokenInfo(c.Context(), id.Token)
		c.NoError(err, "the answer of token-info")
		agree(nil, "the clock of Gafaelfawr", info.Created.Time)
	})
}
