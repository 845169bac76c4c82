package validation

import (
	"testing"
	"time"

	"github.com/lsst-sqre/muster/validation/suite"
)

func TestAnswersInvariant(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "No answer of the run shows a credential or an identity, or breaks a rule for all answers. Every report of " +
			"Muster is about the request that was sent, and its sender.",
		Cause: "A snippet or a proxy copies headers of Gafaelfawr's answer to the client. An application echoes its " +
			"request. Or X-Forwarded-Proto and Host do not reach the application that makes the Location.",
		Takes: 10 * time.Minute,
	}, func(c *suite.Check) {
		// Redirects of applications' own, which no other check asks for.
		c.Get(c.Site("/auth/api/v1/token-info/"), suite.Anonymous)
		if c.Env().Muster.Deployed == suite.GoMuster {
			c.Get(c.Muster(""), suite.Anonymous)
		}
		c.EveryAnswer()
	})
}
