package cluster

import (
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/lsst-sqre/muster/fixtures/phalanx"
	"github.com/lsst-sqre/muster/validation/environment"
	"github.com/lsst-sqre/muster/validation/findings"
	"github.com/lsst-sqre/muster/validation/kubernetes"
	"github.com/lsst-sqre/muster/validation/kubernetes/ingressnginx"
	"github.com/lsst-sqre/muster/validation/kubernetes/resources"
)

// clusterOf returns a deployment's cluster as a check sees it.
func clusterOf(t *testing.T, d *phalanx.Deployment) *Cluster {
	t.Helper()
	env := &environment.Environment{Name: "test", URL: d.URL(), Address: d.Address(),
		Features: []environment.Feature{environment.Kubernetes, environment.IngressNginx}}
	require.NoError(t, env.Complete(t.TempDir()))
	return New(Options{Recorder: findings.NewRecorder(t.Context(), env), Environment: env,
		Context: t.Context(), Run: t.Context(), Lists: &sync.Map{}, Ready: func() {},
		Kube:  func() (*kubernetes.Client, error) { return kubernetes.NewLocal(d.Kubernetes(), d.Logs()), nil },
		Needs: []environment.Feature{environment.IngressNginx}})
}

// lastReload returns what a check finds now in a deployment whose controller has
// one pod.
func lastReload(t *testing.T, d *phalanx.Deployment) ingressnginx.Reload {
	t.Helper()
	all := clusterOf(t, d).LastReloads()
	require.Len(t, all, 1)
	return all[0]
}

// A failed reload is found in the controller's log. A reload that failed and then
// succeeded is no failure.
func TestLastReloads(t *testing.T) {
	t.Parallel()
	d, err := phalanx.Start(context.WithoutCancel(t.Context()), phalanx.Defaults())
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, d.Close()) })
	assert.False(t, lastReload(t, d).Failed)

	ingresses := d.Kubernetes().Resource(resources.Ingresses).Namespace("muster")
	broken, err := ingresses.Get(t.Context(), "muster-auth", metav1.GetOptions{})
	require.NoError(t, err)
	broken.SetName("broken")
	broken.SetAnnotations(map[string]string{"nginx.ingress.kubernetes.io/configuration-snippet": "no_such_directive on;"})
	_, err = ingresses.Create(t.Context(), broken, metav1.CreateOptions{})
	require.NoError(t, err)
	r := lastReload(t, d)
	assert.True(t, r.Failed)
	assert.True(t, strings.HasPrefix(r.Text, "in its log: Unexpected failure reloading the backend"), r.Text)
	assert.Contains(t, r.Text, "no_such_directive")

	require.NoError(t, ingresses.Delete(t.Context(), "broken", metav1.DeleteOptions{}))
	assert.False(t, lastReload(t, d).Failed, "it failed, and then succeeded")
}
