package validation

import (
	"strings"
	"testing"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/suite"
)

// Recorded with these and no other versions; see fixtures/recordings.
const recordedVersions = "Gafaelfawr 15.0.0, 15.4.1 and main of August 2026"

func TestCookieSeparators(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "The session cookie is removed however the cookies are separated: without a space, with a tab or two " +
			"spaces, or with a space before the equals sign.",
		Cause: "Gafaelfawr reads such a cookie as a login, but its filter splits at a semicolon and one space only. " +
			"Browsers do not send such cookies; scripts can. An application that logs cookies then logs a session.",
		Advice: recordedVersions,
	}, func(c *suite.Check) {
		for _, cookies := range []string{
			"a=1;gafaelfawr=garbage", "a=1;\tgafaelfawr=garbage", "a=1;  gafaelfawr=garbage", "a=1; gafaelfawr =garbage",
		} {
			a := c.Get(c.Sighted("anonymous"), suite.Cookie(cookies))
			for _, got := range a.Sighting().Values(gafaelfawr.HeaderCookie) {
				c.Expect(!strings.Contains(got, gafaelfawr.CookieName), a, "no cookie gafaelfawr at the application",
					"Cookie: "+got, suite.Arrived(gafaelfawr.HeaderCookie, got))
			}
		}
	})
}

func TestTokenAfterTab(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "A token is removed if a tab separates it from Bearer.",
		Cause: "Gafaelfawr accepts a tab there, but its filter passes on a value without a space. An application " +
			"that logs Authorization then logs a token.",
		Advice: recordedVersions,
	}, func(c *suite.Check) {
		id := c.Scoped()
		c.Get(c.Sighted("authenticated"), suite.BearerAfterTab(id)).Hides(id)
	})
}

func TestOtherIdentityHeaders(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "Identity headers of older Gafaelfawrs (X-Auth-Request-Groups, X-Auth-Request-Uid) that a client " +
			"sends do not reach the application.",
		Cause: "Gafaelfawr masks the four headers that it uses today. An application that still reads the others " +
			"believes the client. It must not read them.",
		Advice: recordedVersions,
	}, func(c *suite.Check) {
		a := c.Do(suite.Request{Target: c.Sighted("authenticated"), Credential: suite.Bearer(c.Scoped()),
			Headers: []gafaelfawr.HeaderLine{{"X-Auth-Request-Groups", "wheel"}, {"X-Auth-Request-Uid", "0"}}})
		a.Sees("X-Auth-Request-Groups")
		a.Sees("X-Auth-Request-Uid")
	})
}
