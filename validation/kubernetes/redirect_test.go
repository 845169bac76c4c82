package kubernetes

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/validation/environment"
)

// The account's token goes only to the API server, whatever it answers, because
// an aggregated API server may belong to another party.
func TestNoRedirectIsFollowed(t *testing.T) {
	t.Parallel()
	elsewhere := httptest.NewTLSServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("asked elsewhere, with %d values of Authorization", len(r.Header.Values("Authorization")))
	}))
	t.Cleanup(elsewhere.Close)
	for _, status := range []int{301, 302, 303, 307, 308} {
		server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			assert.NotEmpty(t, r.Header.Get("Authorization"))
			http.Redirect(w, r, elsewhere.URL+r.URL.Path, status)
		}))
		t.Cleanup(server.Close)
		k := clientOf(t, server.URL)
		_, err := List(t.Context(), k, Pods, "", "")
		require.Error(t, err)
		_, err = k.Object(t.Context(), Secrets.Resource, "a", "b")
		require.Error(t, err)
		_, err = k.Logs(t.Context(), Log{Namespace: "a", Pod: "b", Container: "c", Lines: 1})
		require.Error(t, err)
		t.Logf("%d: %v", status, err)
	}
}

// clientOf returns a client of the API server at a URL, with a kubeconfig as a
// person has it.
func clientOf(t *testing.T, url string) *Client {
	t.Helper()
	kubeconfig := filepath.Join(t.TempDir(), "kubeconfig")
	require.NoError(t, os.WriteFile(kubeconfig, fmt.Appendf(nil, `{apiVersion: v1, kind: Config,
clusters: [{name: c, cluster: {server: %q, insecure-skip-tls-verify: true}}], users: [{name: u, user: {token: abc}}],
contexts: [{name: test, context: {cluster: c, user: u}}]}`, url), 0o600))
	var env environment.Environment
	env.Kubernetes.Context, env.Kubernetes.Kubeconfig = "test", kubeconfig
	k, err := New(&env)
	require.NoError(t, err)
	return k
}
