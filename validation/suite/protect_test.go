package suite

import (
	"bytes"
	"context"
	"io"
	"maps"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/lsst-sqre/muster/fixtures/phalanx"
	"github.com/lsst-sqre/muster/validation/kubernetes"
	"github.com/lsst-sqre/muster/validation/kubernetes/resources"
	"github.com/lsst-sqre/muster/validation/preconditions"
)

// running returns a run on a local deployment that has not begun its checks.
func running(t *testing.T) (*run, *phalanx.Cluster) {
	t.Helper()
	d, err := phalanx.Start(context.WithoutCancel(t.Context()), phalanx.Defaults())
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, d.Close()) })
	env := &Environment{Name: "test", URL: d.URL(), Address: d.Address(), Features: []Feature{Kubernetes}}
	require.NoError(t, env.Complete(t.TempDir()))
	r := newRun(t.Context(), env, Options{})
	r.Kube = func() (*kubernetes.Client, error) { return &kubernetes.Client{Interface: d.Kubernetes()}, nil }
	r.preconditions = preconditions.New(&r.Access)
	return r, d.Cluster()
}

func portal(t *testing.T, c *phalanx.Cluster, name, path string, more map[string]any) {
	t.Helper()
	config := map[string]any{"scopes": map[string]any{"all": []any{"exec:portal"}},
		"loginRedirect": true, "authCacheDuration": "5m",
		"delegate": map[string]any{"notebook": map[string]any{}, "minimumLifetime": int64(3600)}}
	maps.Copy(config, more)
	rule := map[string]any{"host": "minikube.lsst.codes",
		"http": map[string]any{"paths": []any{map[string]any{"path": path, "pathType": "Prefix"}}}}
	o := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "gafaelfawr.lsst.io/v1alpha1", "kind": "GafaelfawrIngress",
		"metadata": map[string]any{"name": name, "namespace": "portal"},
		"config":   config,
		"status":   map[string]any{"create": map[string]any{"type": "GafaelfawrIngressCreate", "status": "True"}},
		"template": map[string]any{"metadata": map[string]any{"name": name}, "spec": map[string]any{"rules": []any{rule}}},
	}}
	c.Put(resources.GafaelfawrIngresses, o)
}

// If an environment names no protected path, the suite takes one of each
// application from the cluster. It sends only requests that must be refused.
func TestProtectedFromTheCluster(t *testing.T) {
	t.Parallel()
	r, cluster := running(t)
	portal(t, cluster, "pattern", "/portal/(.*)", nil)
	portal(t, cluster, "service", "/portal/service", map[string]any{"onlyServices": []any{"vo-cutouts"}})
	portal(t, cluster, "usual", "/portal/app", nil)
	portal(t, cluster, "zweit", "/portal/zweit", nil)
	r.protect(t.Context(), io.Discard)
	var found []Target
	for _, p := range r.Env.Protected {
		assert.False(t, p.Harmless, p.Path)
		assert.NotContains(t, p.Path, "/muster")
		if p.Scope == "exec:portal" {
			found = append(found, p)
		}
	}
	require.Equal(t, []Target{{Path: "/portal/app", Scope: "exec:portal",
		LoginRedirect: true, AuthCacheDuration: 5 * time.Minute, MinimumLifetime: time.Hour}}, found)
}

// A declared path need not repeat its GafaelfawrIngress. Its scope is the
// declared one, so that a difference is found.
func TestDeclaredIsCompleted(t *testing.T) {
	t.Parallel()
	r, cluster := running(t)
	portal(t, cluster, "usual", "/portal/app", nil)
	r.Env.Protected = []Target{{Path: "/portal/app", Scope: "read:tap", Harmless: true}}
	r.protect(t.Context(), io.Discard)
	assert.Equal(t, []Target{{Path: "/portal/app", Scope: "read:tap", Harmless: true,
		LoginRedirect: true, AuthCacheDuration: 5 * time.Minute, MinimumLifetime: time.Hour}}, r.Env.Protected)
}

// In the minute after an installation every GafaelfawrIngress is new, and the run
// waits. If one is older, it does not wait.
func TestNewProtectedPathsAreAwaited(t *testing.T) {
	t.Parallel()
	for _, older := range []bool{true, false} {
		r, cluster := running(t)
		cluster.Clear(resources.GafaelfawrIngresses)
		r.options.Settle = 2 * time.Second
		put := func(name string, age time.Duration) {
			portal(t, cluster, name, "/portal/"+name, nil)
			o := cluster.Get(resources.GafaelfawrIngresses, "portal", name)
			o.SetCreationTimestamp(metav1.NewTime(time.Now().Add(-age)))
			cluster.Restore(resources.GafaelfawrIngresses, o)
		}
		put("new", 0)
		if older {
			put("older", time.Hour)
		}
		var screen bytes.Buffer
		r.protect(t.Context(), &screen)
		require.Len(t, r.Env.Protected, 1)
		assert.Equal(t, older, screen.Len() == 0, screen.String())
	}
}
