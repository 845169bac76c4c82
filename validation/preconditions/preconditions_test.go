package preconditions

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"

	"github.com/lsst-sqre/muster/validation/environment"
	"github.com/lsst-sqre/muster/validation/kubernetes"
)

// apiServer returns a client of an API server that answers every request with
// that status.
func apiServer(t *testing.T, status int, reason string) func() (*kubernetes.Client, error) {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		if status == http.StatusOK {
			fmt.Fprint(w, `{"apiVersion": "v1", "kind": "NamespaceList", "items": []}`)
			return
		}
		fmt.Fprintf(w, `{"apiVersion": "v1", "kind": "Status", "status": "Failure", "reason": %q, "code": %d}`,
			reason, status)
	}))
	t.Cleanup(s.Close)
	c, err := dynamic.NewForConfig(&rest.Config{Host: s.URL})
	require.NoError(t, err)
	return func() (*kubernetes.Client, error) { return &kubernetes.Client{Interface: c, Where: s.URL}, nil }
}

// An account that may not list namespaces has reached the API server. An unknown
// account, or none, has not.
func TestKubernetesPrecondition(t *testing.T) {
	t.Parallel()
	noFile := errors.New("there is no kubeconfig")
	for name, c := range map[string]struct {
		kube func() (*kubernetes.Client, error)
		says string
	}{
		"answers":          {apiServer(t, http.StatusOK, ""), ""},
		"forbidden":        {apiServer(t, http.StatusForbidden, "Forbidden"), ""},
		"unauthorized":     {apiServer(t, http.StatusUnauthorized, "Unauthorized"), "log in again"},
		"not found":        {apiServer(t, http.StatusNotFound, "NotFound"), "no answer from the API server"},
		"no configuration": {func() (*kubernetes.Client, error) { return nil, noFile }, noFile.Error()},
	} {
		facts := map[string]string{}
		a := &Access{Env: &environment.Environment{}, Kube: c.kube, Fact: func(key, value string) { facts[key] = value }}
		err := a.TryKubernetes(t.Context())
		if c.says == "" {
			assert.NoError(t, err, name)
			assert.Len(t, facts, 1, name)
			continue
		}
		assert.ErrorContains(t, err, c.says, name)
		assert.Empty(t, facts, name)
	}
}

// A precondition is tried once, and not at all if the one before it fails.
func TestPreconditionsBuildOnEachOther(t *testing.T) {
	t.Parallel()
	tried := 0
	try := func(context.Context) error { tried++; return nil }
	p := after(&Precondition{try: try}, try)
	for range 2 {
		require.NoError(t, p.Verify(t.Context()))
	}
	assert.Equal(t, 2, tried)

	unreachable := errors.New("unreachable")
	failing := Failing(unreachable)
	assert.ErrorIs(t, after(failing.Reachable, try).Verify(t.Context()), unreachable)
	assert.ErrorIs(t, failing.Kubernetes.Verify(t.Context()), unreachable)
	assert.Equal(t, 2, tried)
}
