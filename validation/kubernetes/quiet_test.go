package kubernetes

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/validation/environment"
)

// Nothing but the suite's own words is printed: the client's log lines would
// stand between them as errors, with words of the deployment that nobody has
// made printable.
func TestClientPrintsNothing(t *testing.T) { //nolint:paralleltest // it replaces os.Stderr
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"kind": "PodList", "items": [`+strings.Repeat(`{},`, heaviest/structure)+`{}]}`)
	}))
	t.Cleanup(server.Close)
	kubeconfig := filepath.Join(t.TempDir(), "kubeconfig")
	require.NoError(t, os.WriteFile(kubeconfig, []byte(`{apiVersion: v1, kind: Config, clusters: [{name: c, cluster:
{server: "`+server.URL+`"}}], contexts: [{name: test, context: {cluster: c}}]}`), 0o600))
	var env environment.Environment
	env.Kubernetes.Context, env.Kubernetes.Kubeconfig = "test", kubeconfig
	k, err := New(&env)
	require.NoError(t, err)

	printed, err := os.Create(filepath.Join(t.TempDir(), "stderr"))
	require.NoError(t, err)
	former := os.Stderr
	os.Stderr = printed
	_, err = List(t.Context(), k, Pods, "", "")
	os.Stderr = former
	require.ErrorContains(t, err, errHeavy.Error())
	require.NoError(t, printed.Close())
	text, err := os.ReadFile(printed.Name())
	require.NoError(t, err)
	assert.Empty(t, string(text))
}
