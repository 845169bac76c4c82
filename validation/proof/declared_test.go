package proof

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/fixtures/phalanx"
	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/kubernetes/resources"
	"github.com/lsst-sqre/muster/validation/verdict"
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

// TestDeclaredPath asserts that a defect of one declared path is reported about
// that path and not about the deployment.
func TestDeclaredPath(t *testing.T) {
	t.Parallel()
	const authURL = "nginx.ingress.kubernetes.io/auth-url"
	for name, c := range map[string]struct {
		change func(annotations map[string]string)
		scope  string
		// says is the beginning of the first line; if it is empty, nothing is
		// wrong.
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

// TestSubdomainsDeclared has a session for one host, although the environment
// declares subdomains.
func TestSubdomainsDeclared(t *testing.T) {
	t.Parallel()
	env := environment(t, deployment(t, phalanx.Defaults()), localFeatures+"gafaelfawr: {allowSubdomains: true}\n")
	o := runs(t, theSuite(t), "-env="+env)
	assert.Equal(t, []string{"TestSubdomains"}, o.failed(), o.stdout)
	require.NotEmpty(t, o.causes(), o.stdout)
	assert.Contains(t, o.causes()[0], "Hosts below the deployment's get no session")
}

// TestUndeclaredLogin asserts that a path with an undeclared login redirect is
// judged as one with it. One message names the missing declaration, and the run
// is incomplete.
func TestUndeclaredLogin(t *testing.T) {
	t.Parallel()
	toLogin := deployment(t, withPortal(func(a map[string]string) {
		a["nginx.ingress.kubernetes.io/auth-signin"] = "https://minikube.lsst.codes/login"
	}))
	const portal = "protected: [{path: /portal, scope: 'exec:portal'"
	o := runs(t, theSuite(t), "-env="+environment(t, toLogin, localFeatures+portal+"}]\n"))
	assert.Equal(t, 2, o.code, o.stdout)
	assert.Empty(t, o.failed(), o.stdout)
	require.Len(t, o.run.With(verdict.OutcomeBlocked), 1, o.stdout)
	said := o.run.With(verdict.OutcomeBlocked)[0]
	assert.Equal(t, "TestDeclaredPaths", said.Name)
	assert.Contains(t, said.Message, "add loginRedirect: true: /portal")
	green(t, "-env="+environment(t, toLogin, localFeatures+portal+", loginRedirect: true}]\n"))

	// A redirect to another login does not count.
	elsewhere := deployment(t, withPortal(func(a map[string]string) {
		a["nginx.ingress.kubernetes.io/auth-signin"] = "https://evil.example.org/login"
	}))
	o = runs(t, theSuite(t), "-env="+environment(t, elsewhere, localFeatures+portal+"}]\n"))
	assert.Contains(t, o.failed(), "TestNoToken", o.stdout)
	assert.Contains(t, strings.Join(o.causes(), "\n"), "/portal sends callers to the login")
}
