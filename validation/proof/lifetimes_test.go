package proof

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/fixtures/phalanx"
	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// spawning is a deployment with an application that wants tokens to live for days, as
// the page of Phalanx's nublado that starts a notebook does.
func spawning(login bool) phalanx.Options {
	o := withPortal(func(map[string]string) {})
	config := o.Applications[len(o.Applications)-1].Config
	config.LoginRedirect = login
	config.Delegate = &gafaelfawr.Delegate{Notebook: &struct{}{}, MinimumLifetime: 5 * 24 * 3600}
	return o
}

// TestLongLifetimes asserts that a path which wants tokens of a long life is healthy.
// Gafaelfawr refuses a short one before it looks at its scopes.
func TestLongLifetimes(t *testing.T) {
	t.Parallel()
	for _, login := range []bool{false, true} {
		t.Run(fmt.Sprintf("login %v", login), func(t *testing.T) {
			t.Parallel()
			d := deployment(t, spawning(login))
			path := fmt.Sprintf("protected: [{path: /portal, scope: 'exec:portal', harmless: true, loginRedirect: %v", login)
			green(t, "-env="+environment(t, d, localFeatures+path+", minimumLifetime: 120h}]\n"))
			green(t, "-env="+environment(t, d, "muster: {deployed: none}\n"+path+", minimumLifetime: 120h}]\n"))
			assert.Empty(t, d.Tokens())

			// Nobody declared it: one message says so.
			o := runs(t, theSuite(t), "-env="+environment(t, d, localFeatures+
				fmt.Sprintf("protected: [{path: /portal, scope: 'exec:portal', loginRedirect: %v}]\n", login)))
			assert.Equal(t, 2, o.code, o.stdout)
			assert.Empty(t, o.failed(), o.stdout)
			said := o.run.With(verdict.OutcomeBlocked)
			require.Len(t, said, 1, o.stdout)
			assert.Equal(t, "TestUnscopedToken", said[0].Name)
			assert.Contains(t, said[0].Message, "add minimumLifetime")
		})
	}
}

// TestLongLifetimesInCluster is TestLongLifetimes where the cluster tells the life.
func TestLongLifetimesInCluster(t *testing.T) {
	t.Parallel()
	w := newWorldOf(t, spawning(true))
	green(t, "-env="+w.env(t, "admin", ""))
	green(t, "-env="+w.env(t, "admin", argocdKeys+
		"protected: [{path: /portal, scope: 'exec:portal', harmless: true}]\n"))
	assert.Empty(t, w.deployment.Tokens())
}
