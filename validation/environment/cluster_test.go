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
	return Load(Options{Name: file})
}

func TestClusterKeys(t *testing.T) {
	e, err := clusterEnvironment(t, "features: [kubernetes, vault]\n")
	require.NoError(t, err)
	assert.Contains(t, e.Open, "squareone/squareone")
	assert.Contains(t, e.Exposed, "sasquatch/sasquatch-kafka-*")
	assert.Contains(t, e.Services["vault-secrets-operator"], "deployment/vault-secrets-operator")
	assert.NotContains(t, e.Services, "argocd")

	e, err = clusterEnvironment(t, "features: [kubernetes]\nopen: []\nexposed: []\n"+
		"services: {postgres: , mine: [daemonset/a]}\n")
	require.NoError(t, err)
	assert.Empty(t, e.Open)
	assert.Empty(t, e.Exposed)
	assert.Equal(t, map[string][]string{"postgres": {"deployment/postgres"}, "mine": {"daemonset/a"}}, e.Services)

	for text, says := range map[string]string{
		"features: [vault]":                           "the feature vault needs the feature kubernetes",
		"features: [kubernetes, argocd]":              "needs argocd.applications, argocd.selector or both",
		"open: [squareone]":                           `"squareone" under open must be the namespace/name`,
		"exposed: ['*']":                              `"*" under exposed must be the namespace/name of an object`,
		"exposed: ['*/*']":                            `"*/*" under exposed must be the namespace/name`,
		"exposed: [kafka]":                            `"kafka" under exposed must be the namespace/name`,
		"kubernetes: {context: x, timeout: -5s}":      "kubernetes.timeout must be a duration above zero, such as 30s",
		"services: {mine: }":                          `the service "mine" needs its workloads`,
		"services: {mine: [pod/a]}":                   `workload "pod/a" of the service "mine"`,
		"argocd: {applicatoins: [a]}":                 `unknown key "applicatoins"`,
		"features: [kubernetes, networkpolicies]":     `unknown feature "networkpolicies"`,
		"services: {gafaelfawr: deployment/one-only}": "line 2: services.* must be a list, such as [deployment/postgres]",
	} {
		_, err := clusterEnvironment(t, text+"\n")
		assert.ErrorContains(t, err, says, text)
	}
}
