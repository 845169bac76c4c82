package validation

import (
	"testing"

	"github.com/lsst-sqre/muster/validation/suite"
)

func TestOpenIDServer(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "Gafaelfawr is an OpenID Connect server where its configuration says so, and elsewhere says that it is none.",
		Cause: "5xx: the Secret of Gafaelfawr lacks the server's keys or clients, or has damaged ones. 404 where Git has " +
			"config.oidcServer.enabled: that is not installed, or the pods have not started since.",
	}, func(c *suite.Check) {
		// Without a code it is refused before anything else is looked at.
		a := c.Do(suite.Request{Method: "POST", Target: c.Site("/auth/openid/token")})
		switch {
		case c.Env().Gafaelfawr.OIDCServer:
			a.Status(400)
		case a.Status(400, 404) && a.Code == 404:
			a.WholeBody(object{"detail": []any{object{"msg": "OpenID Connect server not configured", "type": "not_supported"}}})
		}
	})
}
