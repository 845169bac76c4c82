package suite

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"

	"github.com/lsst-sqre/muster/fixtures/phalanx"
	"github.com/lsst-sqre/muster/validation/client"
	"github.com/lsst-sqre/muster/validation/environment"
	"github.com/lsst-sqre/muster/validation/kubernetes"
	"github.com/lsst-sqre/muster/validation/kubernetes/resources"
	"github.com/lsst-sqre/muster/validation/preconditions"
)

// screen is where progress is shown; shown is called for each piece of text.
type screen struct {
	mu    sync.Mutex
	text  bytes.Buffer
	shown func(text string)
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.shown != nil {
		s.shown(string(p))
	}
	return s.text.Write(p)
}

func waiting(t *testing.T, selector string) (*run, *phalanx.Cluster) {
	t.Helper()
	d, err := phalanx.Start(context.WithoutCancel(t.Context()), phalanx.Defaults())
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, d.Close()) })
	env := &Environment{Name: "test", URL: d.URL(), Address: d.Address(), Features: []Feature{Kubernetes, ArgoCD}}
	env.ArgoCD.Selector = selector
	require.NoError(t, env.Complete(t.TempDir()))
	r := newRun(t.Context(), env, Options{Settle: time.Minute})
	r.Kube = func() (*kubernetes.Client, error) { return &kubernetes.Client{Interface: d.Kubernetes()}, nil }
	r.Client, err = client.New(env, d.CA())
	require.NoError(t, err)
	r.preconditions = preconditions.New(&r.Access)
	return r, d.Cluster()
}

const ours = "argocd.argoproj.io/instance=" + phalanx.AppOfApps

// set changes the status of an Application.
func set(t *testing.T, c *phalanx.Cluster, name string, value any, field ...string) {
	t.Helper()
	o := c.Get(resources.Applications, "argocd", name)
	require.NotNil(t, o)
	require.NoError(t, unstructured.SetNestedField(o.Object, value, field...))
	c.Put(resources.Applications, o)
}

func TestAwaitApplicationsBecomingHealthy(t *testing.T) {
	t.Parallel()
	r, cluster := waiting(t, ours)
	set(t, cluster, "muster", "Progressing", "status", "health", "status")
	set(t, cluster, "squareone", "OutOfSync", "status", "sync", "status")
	s := &screen{}
	s.shown = func(text string) {
		switch {
		case strings.Contains(text, "squareone"):
			set(t, cluster, "squareone", "Synced", "status", "sync", "status")
		case strings.Contains(text, "muster is"):
			set(t, cluster, "muster", "Healthy", "status", "health", "status")
		}
	}
	require.NoError(t, r.await(time.Minute, time.Millisecond, s))
	lines := strings.Split(strings.TrimSpace(s.text.String()), "\n")
	require.Len(t, lines, 4, s.text.String())
	assert.Contains(t, lines[0], "6 of 8 ready; muster is Progressing, squareone is OutOfSync")
	assert.Contains(t, lines[1], "7 of 8 ready; muster is Progressing")
	assert.Contains(t, lines[2], "Applications of Argo CD: all 8 ready")
	assert.Regexp(t, `paths behind Gafaelfawr: all \d\d ready`, lines[3])
}

func TestAwaitDeadline(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		selector string
		spoil    func(*testing.T, *run, *phalanx.Cluster)
		says     string
	}{
		"nothing found": {selector: "argocd.argoproj.io/instance=other", says: `none in namespace argocd with the selector "argocd.argoproj.io/instance=other"`},
		"missing": {selector: ours, says: "nublado is missing", spoil: func(_ *testing.T, r *run, _ *phalanx.Cluster) {
			r.Env.ArgoCD.Applications = []string{"muster", "nublado"}
		}},
		"not looked at": {selector: ours, says: "muster is not looked at", spoil: func(t *testing.T, _ *run, c *phalanx.Cluster) { set(t, c, "muster", "", "status", "health", "status") }},
		"degraded": {selector: ours, says: "muster is Degraded", spoil: func(t *testing.T, _ *run, c *phalanx.Cluster) {
			set(t, c, "muster", "Degraded", "status", "health", "status")
		}},
		"being synced": {selector: ours, says: "muster is being synced", spoil: func(t *testing.T, _ *run, c *phalanx.Cluster) {
			set(t, c, "muster", "Running", "status", "operationState", "phase")
		}},
		"about to be": {selector: ours, says: "muster is about to be synced", spoil: func(t *testing.T, _ *run, c *phalanx.Cluster) {
			set(t, c, "muster", map[string]any{"sync": "x"}, "operation")
		}},
		"no API server":   {selector: ours, says: "no answer from the API server", spoil: func(_ *testing.T, r *run, _ *phalanx.Cluster) { refusing(r, errors.New("connection refused")) }},
		"no such kind":    {selector: ours, says: "applications.argoproj.io is not installed", spoil: func(_ *testing.T, r *run, _ *phalanx.Cluster) { refusing(r, notFound()) }},
		"paths unserved":  {selector: ours, says: "/muster/probes/quota is not served", spoil: func(t *testing.T, r *run, _ *phalanx.Cluster) { unguard(t, r, "muster-probe-quota") }},
		"nothing listens": {selector: ours, says: "cannot connect to minikube.lsst.codes:443", spoil: func(_ *testing.T, r *run, _ *phalanx.Cluster) { r.Env.Address = "127.0.0.1:1" }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, cluster := waiting(t, c.selector)
			if c.spoil != nil {
				c.spoil(t, r, cluster)
			}
			ctx, cancel := context.WithCancelCause(t.Context())
			r.ctx = ctx
			s := &screen{shown: func(text string) {
				if strings.Contains(text, c.says) {
					cancel(errors.New("that is enough"))
				}
			}}
			require.NoError(t, r.await(time.Minute, time.Millisecond, s))
			text := s.text.String()
			assert.Contains(t, text, c.says)
			assert.Contains(t, text, "not all became ready, that is enough; the checks tell more\n")
		})
	}
}

func TestAwaitIsOver(t *testing.T) {
	t.Parallel()
	r, cluster := waiting(t, ours)
	set(t, cluster, "muster", "Degraded", "status", "health", "status")
	s := &screen{}
	require.NoError(t, r.await(time.Nanosecond, time.Millisecond, s))
	assert.Equal(
		t,
		"Applications of Argo CD: not all became ready, -wait 1ns is over; the checks tell more\n",
		s.text.String(),
	)
}

// A sync that failed is over, and what may differ is not waited for.
func TestAwaitNoLongerThanNeeded(t *testing.T) {
	t.Parallel()
	r, cluster := waiting(t, ours)
	set(t, cluster, "muster", "Failed", "status", "operationState", "phase")
	set(t, cluster, "squareone", "OutOfSync", "status", "sync", "status")
	r.Env.ArgoCD.OutOfSync = []string{"squareone"}
	s := &screen{}
	require.NoError(t, r.await(time.Minute, time.Millisecond, s))
	assert.Contains(t, s.text.String(), "all 8 ready")
}

func TestAwaitWithoutPermission(t *testing.T) {
	t.Parallel()
	r, _ := waiting(t, ours)
	refusing(r, apierrors.NewForbidden(schema.GroupResource{}, "", errors.New("not you")))
	s := &screen{}
	require.NoError(t, r.await(time.Minute, time.Millisecond, s))
	assert.Contains(
		t,
		s.text.String(),
		"Applications of Argo CD: not waited for: no permission: needs list on applications.argoproj.io",
	)
}

func TestAwaitNeedsKubernetes(t *testing.T) {
	t.Parallel()
	r, _ := waiting(t, ours)
	r.Kube = func() (*kubernetes.Client, error) { return nil, errors.New("no such context") }
	assert.EqualError(t, r.await(time.Minute, time.Millisecond, &screen{}), "no such context")
	r.Env.Features = nil
	assert.ErrorContains(
		t,
		r.await(time.Minute, time.Millisecond, &screen{}),
		`environment "test" does not declare the feature kubernetes`,
	)
}

// refusing has every list of the API server end with an error.
func refusing(r *run, err error) {
	r.Kube = func() (*kubernetes.Client, error) { return &kubernetes.Client{Interface: refused{err}}, nil }
}

type refused struct{ err error }

func (f refused) Resource(schema.GroupVersionResource) dynamic.NamespaceableResourceInterface {
	return refusedResource{err: f.err}
}

type refusedResource struct {
	dynamic.NamespaceableResourceInterface
	err       error
	namespace string
}

func (f refusedResource) Namespace(namespace string) dynamic.ResourceInterface {
	f.namespace = namespace
	return f
}

func (f refusedResource) List(context.Context, metav1.ListOptions) (*unstructured.UnstructuredList, error) {
	if apierrors.IsNotFound(f.err) && f.namespace == "" {
		return &unstructured.UnstructuredList{}, nil
	}
	return nil, f.err
}

func notFound() error {
	return apierrors.NewGenericServerResponse(404, "list", schema.GroupResource{}, "", "404 page not found", 0, true)
}

// unguard takes away the Ingress of a GafaelfawrIngress, as if it were not
// there yet.
func unguard(t *testing.T, r *run, name string) {
	t.Helper()
	k, err := r.Kube()
	require.NoError(t, err)
	require.NoError(
		t,
		k.Resource(Ingresses.Resource).Namespace("muster").Delete(t.Context(), name, metav1.DeleteOptions{}),
	)
}

// Without the label that Phalanx's Git says, the Applications of its list are
// waited for. A label of the environment file has no such help.
func TestApplicationsWithoutTheLabel(t *testing.T) {
	t.Parallel()
	r, _ := waiting(t, "argocd.argoproj.io/instance=gone")
	left, _, err := r.peek(t.Context(), r.unready)
	require.NoError(t, err)
	assert.Contains(t, left[0], "none in namespace argocd")

	derived, err := environment.Load(
		environment.Options{Name: "idfdev", Phalanx: "../environment/testdata/phalanx", Context: "x"},
	)
	require.NoError(t, err)
	derived.ArgoCD.Selector, derived.ArgoCD.Applications = "argocd.argoproj.io/instance=gone", []string{
		"gafaelfawr",
		"muster",
		"tap",
	}
	r.Env = derived
	left, of, err := r.peek(t.Context(), r.unready)
	require.NoError(t, err)
	assert.Equal(t, 3, of)
	assert.Equal(t, []string{"tap is missing"}, left)
}
