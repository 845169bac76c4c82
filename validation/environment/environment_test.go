package environment

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestShippedEnvironments(t *testing.T) {
	for _, name := range shipped() {
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile(filepath.Join("../../fixtures/environments", name+".yaml"))
			require.NoError(t, err)
			if name == "example" {
				// example.yaml shows all keys, although two of them exclude each
				// other.
				_, err := parse(text)
				assert.NoError(t, err)
			}
			env, err := Load(Options{Name: name})
			require.NoError(t, err)
			assert.Equal(t, name, env.Name)
			assert.NotEmpty(t, env.Host())
		})
	}
}

func TestBadEnvironments(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"unknown key":       {"url: https://a.example\nbotstrap: {}\n", `line 2: unknown key "botstrap"`},
		"unknown inner key": {"url: https://a.example\nmuster:\n  deployd: go\n", `line 3: unknown key "deployd"`},
		"wrong type": {
			"url: https://a.example\nfeatures: quota\n", "line 2: features must be a list, such as [kubernetes, argocd]",
		},
		"not YAML":        {"url: [\n", "line 1: it is no YAML: "},
		"empty":           {"", "it is empty: url is required"},
		"two documents":   {"url: https://a.example\n---\nurl: https://b.example\n", "more than one document"},
		"no url":          {"scope: exec:admin\n", `url must be like https://data.example.org, not ""`},
		"url without TLS": {"url: http://a.example\n", "url must be like https://"},
		"url with a path": {"url: https://a.example/muster\n", "url must be like https://"},
		"unknown feature": {"url: https://a.example\nfeatures: [qouta]\n",
			`unknown feature "qouta" (did you mean "quota"?): known are quota, homepage`},
		"unknown Muster": {"url: https://a.example\nmuster: {deployed: rust}\n", `must be go, python or none, not "rust"`},
		"two bootstraps": {"url: https://a.example\nbootstrap: {file: a, variable: B}\n",
			"exactly one of secret, file and variable"},
		"path without scope": {"url: https://a.example\nprotected: [{path: /mobu}]\n",
			`protected path "/mobu" needs a path that begins with / and a scope`},
		"ldap without user": {"url: https://a.example\nfeatures: [ldap]\n", "need a user with a username"},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "bad.yaml")
			require.NoError(t, os.WriteFile(file, []byte(c.text), 0o600))
			_, err := Load(Options{Name: file})
			require.Error(t, err)
			assert.Contains(t, err.Error(), c.want)
			assert.Contains(t, err.Error(), file)
			assert.NotContains(t, err.Error(), "\n")
		})
	}
}

func TestUnknownEnvironment(t *testing.T) {
	_, err := Load(Options{Name: "nowhere"})
	require.Error(t, err)
	assert.Contains(t, err.Error(), `unknown environment "nowhere": known are example, local, minikube`)
	_, err = Load(Options{Name: "minkube"})
	require.ErrorContains(t, err, `did you mean "minikube"`)
	_, err = Load(Options{Name: "LOCAL"})
	require.ErrorContains(t, err, `did you mean "local"`)
	_, err = Load(Options{Name: "local", Context: "my-cluster"})
	require.EqualError(t, err, "-context=my-cluster: the environment local has a Kubernetes of its own")
	_, err = Load(Options{Name: "local", Phalanx: checkout})
	require.EqualError(t, err, "-env=local is a deployment of this repository's own: leave out -phalanx")
	folder := t.TempDir()
	_, err = Load(Options{Name: "prod.yml", Folder: folder})
	require.ErrorContains(t, err, "cannot read the environment file "+folder+"/prod.yml: no such file")
	_, err = Load(Options{Name: ".", Folder: folder})
	require.ErrorContains(t, err, "cannot read the environment file "+folder+": ")
	_, err = Load(Options{Name: "./nowhere.yaml", Folder: folder})
	assert.EqualError(t, err, "cannot read the environment file "+folder+"/nowhere.yaml: no such file or directory; "+
		"fixtures/environments/example.yaml shows how to write one")
}

func TestDefaults(t *testing.T) {
	file := filepath.Join(t.TempDir(), "short.yaml")
	require.NoError(t, os.WriteFile(file, []byte("url: https://a.example:8443\nca: ca.pem\n"), 0o600))
	env, err := Load(Options{Name: file})
	require.NoError(t, err)
	assert.Equal(t, "short", env.Name)
	assert.Equal(t, "a.example", env.Host())
	assert.Equal(t, "exec:admin", env.Scope)
	assert.Equal(t, GoMuster, env.Muster.Deployed)
	assert.Equal(t, &SecretKey{"gafaelfawr", "gafaelfawr", "bootstrap-token"}, env.Bootstrap.Secret)
	assert.Equal(t, filepath.Join(filepath.Dir(file), "ca.pem"), env.CA)
}
