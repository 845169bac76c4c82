package proof

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/fixtures/phalanx"
	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/kubernetes/resources"
)

// withPortal is a deployment with an application besides Muster.
func withPortal(change func(annotations map[string]string)) phalanx.Options {
	o := phalanx.Defaults()
	o.Applications = append(o.Applications, phalanx.Application{
		Service: "portal/portal", Path: "/portal",
		Config: &gafaelfawr.IngressConfig{Scopes: gafaelfawr.Scopes{All: []string{"exec:portal"}}},
		Handle: func(*phalanx.Request) *phalanx.Answer {
			return &phalanx.Answer{
				Status: http.StatusOK,
				Header: phalanx.Header{{"Content-Type", "text/plain"}},
				Body:   []byte("portal\n"),
			}
		},
	})
	o.Hooks.Objects = append(o.Hooks.Objects, func(c *phalanx.Cluster) {
		for _, i := range c.List(resources.Ingresses, "portal") {
			annotations := i.GetAnnotations()
			change(annotations)
			i.SetAnnotations(annotations)
			c.Put(resources.Ingresses, i)
		}
	})
	return o
}

// TestDeclaredPath: what is wrong with one path that the environment declares is
// said of that path, and not of the deployment.
func TestDeclaredPath(t *testing.T) {
	t.Parallel()
	const authURL = "nginx.ingress.kubernetes.io/auth-url"
	for name, c := range map[string]struct {
		change func(annotations map[string]string)
		scope  string
		// says is how the first line begins; nothing is wrong where it is empty.
		says string
	}{
		"healthy": {},
		"open":    {change: func(a map[string]string) { delete(a, authURL) }, says: "/portal is open to everyone"},
		"no scope": {
			change: func(a map[string]string) { a[authURL] = internalAuth + "auth?auth_type=bearer" }, says: "/portal ",
		},
		"old auth-url": {
			change: func(a map[string]string) { a[authURL] = internalAuth + "gone" },
			says:   "/portal answers 500 instead of refusing",
		},
		"other scope": {scope: "read:tap", says: "/portal asks for another scope"},
		"login": {change: func(a map[string]string) {
			a["nginx.ingress.kubernetes.io/auth-signin"] = "https://minikube.lsst.codes/login"
		}, says: "/portal sends callers to the login"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			change, scope := c.change, c.scope
			if change == nil {
				change = func(map[string]string) {}
			}
			if scope == "" {
				scope = "exec:portal"
			}
			d := deployment(t, withPortal(change))
			o := runs(
				t,
				theSuite(t),
				"-env="+environment(t, d, localFeatures+"protected: [{path: /portal, scope: '"+scope+"'}]\n"),
			)
			if c.says == "" {
				assert.Zero(t, o.code, o.stdout)
				return
			}
			require.NotEmpty(t, o.causes(), o.stdout)
			assert.Regexp(t, "^"+c.says, o.causes()[0])
		})
	}
}

const internalAuth = "http://gafaelfawr.gafaelfawr.svc.cluster.local:8080/ingress/"
