package validation

import (
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strings"
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

func TestOpenIDConfiguration(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "Where the deployment describes an OpenID Connect server, all addresses of it are its own, over HTTPS.",
		Cause: "What is in front does not tell Gafaelfawr the host and HTTPS that clients use, or the issuer in its " +
			"configuration is another environment's.",
	}, func(c *suite.Check) {
		a := c.Get(c.Site("/.well-known/openid-configuration"), suite.Anonymous)
		var document map[string]any
		if a.Code != 200 || json.Unmarshal(a.Body, &document) != nil || document["issuer"] == nil {
			c.Skip("it describes none")
		}
		for _, name := range slices.Sorted(maps.Keys(document)) {
			address, ok := document[name].(string)
			if !ok || name != "issuer" && name != "jwks_uri" && !strings.HasSuffix(name, "_endpoint") {
				continue
			}
			u, err := url.Parse(address)
			own := err == nil && u.Scheme == "https" && strings.EqualFold(u.Hostname(), c.Env().Host())
			c.Expect(own, a, name+" at this host, over HTTPS", name+" is "+address, suite.Value("OpenID Connect "+name,
				c.Env().Host(), address))
		}
	})
}
