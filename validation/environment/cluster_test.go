package environment

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func clusterEnvironment(t *testing.T, more string) (*Environment, error) {
	file := filepath.Join(t.TempDir(), "test.yaml")
	require.NoError(t, os.WriteFile(file, []byte("url: https://data.example.org\n"+more), 0o600))
	return Load(file, "")
}

func TestClusterKeys(t *testing.T) {
	e, err := clusterEnvironment(t, "features: [kubernetes, vault]\n")
	require.NoError(t, err)
	assert.Equal(t, openInPhalanx, e.Open)
	assert.Contains(t, e.Services["vault-secrets-operator"], "deployment/vault-secrets-operator")
	assert.NotContains(t, e.Services, "argocd")

	e, err = clusterEnvironment(t, "features: [kubernetes]\nopen: []\nservices: {postgres: , mine: [daemonset/a]}\n")
	require.NoError(t, err)
	assert.Empty(t, e.Open)
	assert.Equal(t, map[string][]string{"postgres": {"deployment/postgres"}, "mine": {"daemonset/a"}}, e.Services)

	for text, says := range map[string]string{
		"features: [vault]":                           "the feature vault needs the feature kubernetes",
		"features: [kubernetes, argocd]":              "needs argocd.applications, argocd.selector or both",
		"open: [squareone]":                           `"squareone" under open must be the namespace/name`,
		"services: {mine: }":                          `the service "mine" needs its workloads`,
		"services: {mine: [pod/a]}":                   `workload "pod/a" of the service "mine"`,
		"argocd: {applicatoins: [a]}":                 `unknown key "applicatoins"`,
		"features: [kubernetes, networkpolicies]":     `unknown feature "networkpolicies"`,
		"services: {gafaelfawr: deployment/one-only}": "line 2: string was used where sequence is expected",
	} {
		_, err := clusterEnvironment(t, text+"\n")
		assert.ErrorContains(t, err, says, text)
	}
}

func TestPhalanxValues(t *testing.T) {
	checkout := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(checkout, "environments"), 0o755))
	write := func(name, text string) {
		require.NoError(t, os.WriteFile(filepath.Join(checkout, "environments", name), []byte(text), 0o600))
	}
	write("values.yaml", "appOfAppsName: app-of-apps\nfqdn: ''\n"+
		"applications: {argocd: true, gafaelfawr: true, muster: false, tap: false}\n")
	write("values-test.yaml", "name: test\nfqdn: data.example.org\nappOfAppsName: science-platform\n"+
		"applications: {gafaelfawr: false, muster: true}\n")
	e, err := clusterEnvironment(t, "argocd: {applications: [other], outOfSync: [sasquatch]}\n")
	require.NoError(t, err)
	require.NoError(t, e.readPhalanx(checkout))
	assert.Equal(t, ArgoCDKeys{Namespace: "argocd", Selector: "argocd.argoproj.io/instance=science-platform",
		Applications: []string{"argocd", "muster"}, OutOfSync: []string{"sasquatch"}}, e.ArgoCD)

	write("values-test.yaml", "fqdn: elsewhere.example.org\n")
	assert.ErrorContains(t, e.readPhalanx(checkout), `is about "elsewhere.example.org", but the environment "test"`)
	e.Name = "nowhere"
	assert.ErrorContains(t, e.readPhalanx(checkout), `must name a checkout of Phalanx that has the environment "nowhere"`)
}
