package validation

import (
	"testing"

	"github.com/lsst-sqre/muster/validation/suite"
)

const (
	definesIngresses = "gafaelfawringresses.gafaelfawr.lsst.io"
	definesTokens    = "gafaelfawrservicetokens.gafaelfawr.lsst.io"
)

// restrictions are the fields of a GafaelfawrIngress that keep callers out. Gafaelfawr knows them, and
// those below, since 13.0.0 (crds of 13.0.0 to 15.4.1 are equal).
var restrictions = []string{
	"config.allowCookies",
	"config.onlyServices",
	"config.scopes.all",
	"config.scopes.any",
	"config.userDomain",
	"config.username",
}

// otherFields are those that Gafaelfawr knows besides, without those that it ignores.
var otherFields = map[string][]string{
	definesIngresses: {
		"config.allowOptions",
		"config.authCacheDuration",
		"config.authType",
		"config.delegate.internal.scopes",
		"config.delegate.internal.service",
		"config.delegate.minimumLifetime",
		"config.delegate.notebook",
		"config.delegate.useAuthorization",
		"config.loginRedirect",
		"config.scopes.anonymous",
		"config.service",
		"status.create",
		"template.metadata.annotations.*",
		"template.metadata.labels.*",
		"template.metadata.name",
		"template.spec.rules.host",
		"template.spec.rules.http.paths.backend.service.name",
		"template.spec.rules.http.paths.backend.service.port.name",
		"template.spec.rules.http.paths.backend.service.port.number",
		"template.spec.rules.http.paths.path",
		"template.spec.rules.http.paths.pathType",
		"template.spec.tls.hosts",
		"template.spec.tls.secretName",
	},
	definesTokens: {
		"spec.scopes",
		"spec.service",
		"status.create",
		"status.periodic",
	},
}

func TestRestrictionsKept(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "Kubernetes keeps every field of a GafaelfawrIngress that keeps callers out.",
		Cause: "The CustomResourceDefinition is older than Gafaelfawr, because Helm never updates one, or was edited: " +
			"Kubernetes drops a field that the definition lacks without a word, and the path is open for more callers.",
		Needs: []suite.Feature{suite.Kubernetes},

		Security: true,
	}, func(c *suite.Check) {
		if d, ok := suite.Get(c, suite.Definitions, "", definesIngresses); ok {
			kept(c, d, restrictions)
		} else {
			c.Skip("there is no CustomResourceDefinition " + definesIngresses)
		}
	})
}

func TestDefinitions(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "The CustomResourceDefinitions of Gafaelfawr have every other field that Gafaelfawr knows, and a status of " +
			"its own.",
		Cause: "They are older than Gafaelfawr, because Helm never updates one, or were edited: what an application asks " +
			"for with such a field does not happen, and nothing says why.",
		Needs: []suite.Feature{suite.Kubernetes},
	}, func(c *suite.Check) {
		for _, name := range []string{definesIngresses, definesTokens} {
			d, ok := suite.Get(c, suite.Definitions, "", name)
			if !ok { // what lists its resources fails
				continue
			}
			kept(c, d, otherFields[name])
			v, _ := d.Version(suite.GafaelfawrIngresses.Resource.Version)
			c.ExpectOf(d, v.Name == "" || v.Subresources.Status != nil, "a status of its own", "it has none",
				suite.Setting("subresources.status", "", "none"))
		}
	})
}

// kept verifies that Kubernetes keeps the fields. Without its version another check fails.
func kept(c *suite.Check, d suite.Definition, fields []string) {
	v, ok := d.Version(suite.GafaelfawrIngresses.Resource.Version)
	for _, field := range fields {
		c.ExpectOf(d, !ok || d.Keeps(v, field), "the field "+field, "Kubernetes drops "+field,
			suite.Setting(field, "kept", "dropped"))
	}
}
