package environment

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/validation/environment/phalanx"
)

var update = flag.Bool("update", false, "write the golden files anew")

const checkout = "testdata/phalanx"

// The environments that Phalanx's Git declares, with their sources. The printed
// text is an environment file with the same meaning.
func TestDerived(t *testing.T) {
	for _, name := range []string{"idfdev", "idfprod", "usdfprod", "summit"} {
		t.Run(name, func(t *testing.T) {
			golden(t, Options{Name: name, Phalanx: checkout, Context: "my-cluster"}, name)
		})
	}
	t.Run("without a cluster", func(t *testing.T) { // what is protected stands in the templates only
		golden(t, Options{Name: "summit", Phalanx: checkout}, "summit-outside")
	})
	t.Run("minikube", func(t *testing.T) { // also the name of a shipped environment
		golden(t, Options{Name: file(t, "phalanx: minikube\n"), Phalanx: checkout, Context: "my-cluster"}, "minikube")
	})
}

func golden(t *testing.T, o Options, name string) {
	e, err := Load(o)
	require.NoError(t, err)
	text := e.Explain()
	at := filepath.Join("testdata/derived", name+".yaml")
	if *update {
		require.NoError(t, os.MkdirAll(filepath.Dir(at), 0o755))
		require.NoError(t, os.WriteFile(at, []byte(text), 0o600))
	}
	want, err := os.ReadFile(at)
	require.NoError(t, err)
	assert.Equal(t, string(want), text)

	again, err := Load(Options{Name: file(t, text)})
	require.NoError(t, err)
	again.Name, again.sources, e.sources, e.Phalanx = e.Name, nil, nil, ""
	assert.Equal(t, e, again)
}

// Every environment and every template of a whole checkout can be read.
func TestWholeCheckout(t *testing.T) {
	folder := os.Getenv("MUSTER_PHALANX")
	if folder == "" {
		t.Skip("MUSTER_PHALANX does not name a checkout of Phalanx")
	}
	c, err := phalanx.Open(folder)
	require.NoError(t, err)
	for _, name := range c.Environments() {
		t.Run(name, func(t *testing.T) {
			d, err := c.Declare(name)
			if err != nil && strings.Contains(err.Error(), "has no Gafaelfawr") {
				return
			}
			require.NoError(t, err)
			assert.Zero(t, d.Unread, "templates that could not be read")
			e, err := Load(Options{Name: file(t, "phalanx: "+name+"\n"), Phalanx: folder, Context: "my-cluster"})
			require.NoError(t, err)
			again, err := Load(Options{Name: file(t, e.Explain())})
			require.NoError(t, err)
			assert.Equal(t, e.Features, again.Features)
			assert.Contains(t, e.ArgoCD.Applications, "gafaelfawr")
			assert.Contains(t, []string{"github", "cilogon", "oidc"}, e.Gafaelfawr.Login.Provider)
			assert.NotEmpty(t, e.Vault.PathPrefix)
			for _, p := range e.Protected {
				assert.Contains(t, e.Gafaelfawr.KnownScopes, p.Scope, p.Path)
			}
		})
	}
}

// Each key of a file overrides Phalanx's Git.
func TestFileStandsOverPhalanx(t *testing.T) {
	e, err := Load(Options{Phalanx: checkout, Name: file(t, `
phalanx: idfdev
kubernetes: {context: mine}
features: [-vault, +inside]
muster: {path: /other}
argocd: {outOfSync: [sasquatch]}
services: {mobu: [], tap: [deployment/tap]}
user: {username: alice}
`)})
	require.NoError(t, err)
	assert.Equal(t, "https://data-dev.lsst.cloud", e.URL)
	assert.NotContains(t, e.Features, Vault)
	for _, f := range []Feature{Inside, Kubernetes, ArgoCD, LDAP, Firestore, Quota, Persistence} {
		assert.Contains(t, e.Features, f)
	}
	assert.Equal(t, PythonMuster, e.Muster.Deployed)
	assert.Equal(t, "/other", e.Muster.Path)
	assert.Equal(t, []string{"sasquatch"}, e.ArgoCD.OutOfSync)
	assert.Equal(t, "argocd.argoproj.io/instance=science-platform", e.ArgoCD.Selector)
	assert.NotContains(t, e.Services, "mobu")
	assert.Equal(t, []string{"deployment/tap"}, e.Services["tap"])
	assert.Contains(t, e.Services, "squareone")

	e, err = Load(
		Options{Phalanx: checkout, Name: file(t, "phalanx: idfdev\nkubernetes: {context: mine}\nfeatures: [quota]\n")},
	)
	require.NoError(t, err)
	assert.Equal(t, []Feature{Quota}, e.Features)
}

// Without Kubernetes, no feature that needs it is switched on.
func TestDerivedWithoutKubernetes(t *testing.T) {
	e, err := Load(Options{Name: "idfdev", Phalanx: checkout})
	require.NoError(t, err)
	assert.Equal(t, []Feature{Quota, Discovery, HomePage}, e.Features)
	assert.NotEmpty(t, e.Protected)
}

// Some Applications have no switch of their own.
func TestApplicationsOfOtherSwitches(t *testing.T) {
	e, err := Load(Options{Name: "summit", Phalanx: checkout})
	require.NoError(t, err)
	for _, name := range []string{"nublado", "nublado-users", "nublado-fileservers", "uws", "ocps-uws-job"} {
		assert.Contains(t, e.ArgoCD.Applications, name)
	}
	e, err = Load(Options{Name: "idfdev", Phalanx: checkout})
	require.NoError(t, err)
	assert.NotContains(t, e.ArgoCD.Applications, "ocps-uws-job")
}

func TestBadPhalanx(t *testing.T) {
	for name, c := range map[string]struct {
		o    Options
		says string
	}{
		"no checkout": {
			Options{Name: "idfdev", Phalanx: "testdata"}, "is no checkout of Phalanx: it has no environments/values.yaml",
		},
		"a misspelt one": {
			Options{Name: "idfdv", Phalanx: checkout}, `has no environment "idfdv" (did you mean "idfdev"?); it has idfdev, `,
		},
		"a file of another name": {Options{Name: file(t, "url: https://a.example\n"), Phalanx: checkout},
			"the line phalanx: NAME in "},
		"another host": {Options{Name: file(t, "phalanx: idfdev\nurl: https://data.lsst.cloud\n"), Phalanx: checkout},
			`environments/values-idfdev.yaml:2 is about "data-dev.lsst.cloud", but url in `},
		"no Gafaelfawr": {
			Options{Name: "usdf-rapid-analysis", Phalanx: checkout}, "has no Gafaelfawr (environments/values-usdf-rapid",
		},
		"ours":       {Options{Name: "minikube", Phalanx: checkout}, "pass a file with the line phalanx: minikube"},
		"without it": {Options{Name: file(t, "phalanx: idfdev\n")}, "so that -phalanx=DIR must name a checkout of Phalanx"},
		"no name":    {Options{Name: "idfdev"}, `unknown environment "idfdev": known are`},
	} {
		_, err := Load(c.o)
		if assert.ErrorContains(t, err, c.says, name) {
			assert.NotContains(t, err.Error(), "\n")
		}
	}
}

func file(t *testing.T, text string) string {
	file := filepath.Join(t.TempDir(), "test.yaml")
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	return file
}

// One protected path represents an application. Muster has its probes.
func TestOnePathOfEachApplication(t *testing.T) {
	t.Parallel()
	ingress := func(application, path string, scopes ...string) phalanx.Ingress {
		i := phalanx.Ingress{Application: application, File: path + ".yaml"}
		i.Config.Scopes.All = scopes
		rule := fmt.Sprintf(`{"host":"a.example","http":{"paths":[{"path":%q}]}}`, path)
		require.NoError(t, json.Unmarshal([]byte(`{"template":{"spec":{"rules":[`+rule+`]}}}`), &i.Ingress))
		return i
	}
	var paths []string
	for _, d := range onePerApplication([]phalanx.Ingress{
		ingress("muster", "/muster", "exec:portal"), ingress("portal", "/portal/open"),
		ingress("portal", "/portal/app", "exec:portal"), ingress("portal", "/portal/more", "exec:portal"),
		ingress("nb", "/nb", "exec:notebook"),
	}, "a.example") {
		paths = append(paths, d.Path)
	}
	assert.Equal(t, []string{"/portal/app", "/nb"}, paths)
}
