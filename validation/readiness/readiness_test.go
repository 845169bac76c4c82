package readiness

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
	"github.com/lsst-sqre/muster/validation/answers"
	"github.com/lsst-sqre/muster/validation/client"
	"github.com/lsst-sqre/muster/validation/cluster"
	"github.com/lsst-sqre/muster/validation/environment"
	"github.com/lsst-sqre/muster/validation/findings"
	"github.com/lsst-sqre/muster/validation/kubernetes"
	"github.com/lsst-sqre/muster/validation/kubernetes/resources"
	"github.com/lsst-sqre/muster/validation/preconditions"
	"github.com/lsst-sqre/muster/validation/sweep"
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

// waiting returns the wait for a local deployment.
func waiting(t *testing.T, selector string) (*Options, *phalanx.Cluster) {
	t.Helper()
	d, err := phalanx.Start(context.WithoutCancel(t.Context()), phalanx.Defaults())
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, d.Close()) })
	env := &environment.Environment{Name: "test", URL: d.URL(), Address: d.Address(),
		Features: []environment.Feature{environment.Kubernetes, environment.ArgoCD}}
	env.ArgoCD.Selector = selector
	require.NoError(t, env.Complete(t.TempDir()))
	o := &Options{Access: &preconditions.Access{Env: env, Fact: func(string, string) {}}, Context: t.Context(),
		Limit: time.Minute, Settle: time.Minute, pause: time.Millisecond}
	o.Kube = func() (*kubernetes.Client, error) { return &kubernetes.Client{Interface: d.Kubernetes()}, nil }
	o.Client, err = client.New(env, d.CA())
	require.NoError(t, err)
	needs := preconditions.New(o.Access)
	o.New = func(ctx context.Context) Look {
		r := findings.NewRecorder(o.Context, o.Env)
		ready := func(p *preconditions.Precondition) func() {
			return func() {
				if err := p.Verify(o.Context); err != nil {
					r.Block(err.Error())
				}
			}
		}
		sender := answers.New(answers.Options{Recorder: r, Context: ctx, Environment: o.Env, Client: o.Client,
			Ready: ready(needs.Front), Fact: o.Fact})
		objects := cluster.New(cluster.Options{Recorder: r, Environment: o.Env, Context: ctx, Run: o.Context,
			Kube: o.Kube, Ready: ready(needs.Kubernetes), Lists: &sync.Map{}, Needs: o.Env.Features,
			Settle: o.Settle, Unverified: func() {}})
		return Look{Recorder: r, Cluster: objects, Sweeper: sweep.New(sweep.Options{Recorder: r, Sender: sender,
			Cluster: objects, Environment: o.Env, Context: ctx, Run: o.Context, Ready: ready(needs.Front)})}
	}
	return o, d.Cluster()
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
	o, cluster := waiting(t, ours)
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
	o.Screen = s
	require.NoError(t, Await(*o))
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
		spoil    func(*testing.T, *Options, *phalanx.Cluster)
		says     string
	}{
		"nothing found": {
			selector: "argocd.argoproj.io/instance=other",
			says:     `none in namespace argocd with the selector "argocd.argoproj.io/instance=other"`,
		},
		"missing": {selector: ours, says: "nublado is missing", spoil: func(_ *testing.T, o *Options, _ *phalanx.Cluster) {
			o.Env.ArgoCD.Applications = []string{"muster", "nublado"}
		}},
		"not looked at": {selector: ours, says: "muster is not looked at",
			spoil: func(t *testing.T, _ *Options, c *phalanx.Cluster) {
				set(t, c, "muster", "", "status", "health", "status")
			}},
		"degraded": {selector: ours, says: "muster is Degraded", spoil: func(t *testing.T, _ *Options, c *phalanx.Cluster) {
			set(t, c, "muster", "Degraded", "status", "health", "status")
		}},
		"being synced": {selector: ours, says: "muster is being synced",
			spoil: func(t *testing.T, _ *Options, c *phalanx.Cluster) {
				set(t, c, "muster", "Running", "status", "operationState", "phase")
			}},
		"about to be": {selector: ours, says: "muster is about to be synced",
			spoil: func(t *testing.T, _ *Options, c *phalanx.Cluster) {
				set(t, c, "muster", map[string]any{"sync": "x"}, "operation")
			}},
		"no API server": {selector: ours, says: "no answer from the API server",
			spoil: func(_ *testing.T, o *Options, _ *phalanx.Cluster) { refusing(o, errors.New("connection refused")) }},
		"no such kind": {selector: ours, says: "applications.argoproj.io is not installed",
			spoil: func(_ *testing.T, o *Options, _ *phalanx.Cluster) { refusing(o, notFound()) }},
		"paths unserved": {selector: ours, says: "/muster/probes/quota is not served",
			spoil: func(t *testing.T, o *Options, _ *phalanx.Cluster) { unguard(t, o, "muster-probe-quota") }},
		"nothing listens": {selector: ours, says: "cannot connect to minikube.lsst.codes:443",
			spoil: func(_ *testing.T, o *Options, _ *phalanx.Cluster) { o.Env.Address = "127.0.0.1:1" }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o, cluster := waiting(t, c.selector)
			if c.spoil != nil {
				c.spoil(t, o, cluster)
			}
			ctx, cancel := context.WithCancelCause(t.Context())
			o.Context = ctx
			s := &screen{shown: func(text string) {
				if strings.Contains(text, c.says) {
					cancel(errors.New("that is enough"))
				}
			}}
			o.Screen = s
			require.NoError(t, Await(*o))
			text := s.text.String()
			assert.Contains(t, text, c.says)
			assert.Contains(t, text, "not all became ready, that is enough; the checks tell more\n")
		})
	}
}

func TestAwaitIsOver(t *testing.T) {
	t.Parallel()
	o, cluster := waiting(t, ours)
	set(t, cluster, "muster", "Degraded", "status", "health", "status")
	s := &screen{}
	o.Screen, o.Limit = s, time.Nanosecond
	require.NoError(t, Await(*o))
	assert.Equal(t, "Applications of Argo CD: not all became ready, -wait 1ns is over; the checks tell more\n",
		s.text.String())
}

// The wait ignores a failed sync and differences that are allowed.
func TestAwaitNoLongerThanNeeded(t *testing.T) {
	t.Parallel()
	o, cluster := waiting(t, ours)
	set(t, cluster, "muster", "Failed", "status", "operationState", "phase")
	set(t, cluster, "squareone", "OutOfSync", "status", "sync", "status")
	o.Env.ArgoCD.OutOfSync = []string{"squareone"}
	s := &screen{}
	o.Screen = s
	require.NoError(t, Await(*o))
	assert.Contains(t, s.text.String(), "all 8 ready")
}

func TestAwaitWithoutPermission(t *testing.T) {
	t.Parallel()
	o, _ := waiting(t, ours)
	refusing(o, apierrors.NewForbidden(schema.GroupResource{}, "", errors.New("not you")))
	s := &screen{}
	o.Screen = s
	require.NoError(t, Await(*o))
	assert.Contains(t, s.text.String(),
		"Applications of Argo CD: not waited for: no permission: needs list on applications.argoproj.io")
}

func TestAwaitNeedsKubernetes(t *testing.T) {
	t.Parallel()
	o, _ := waiting(t, ours)
	o.Kube = func() (*kubernetes.Client, error) { return nil, errors.New("no such context") }
	o.Screen = &screen{}
	assert.EqualError(t, Await(*o), "no such context")
	o.Env.Features = nil
	assert.ErrorContains(t, Await(*o), `environment "test" does not declare the feature kubernetes: `+
		"write features: [kubernetes, argocd], or pass -wait=0")
}

// refusing makes every list request fail.
func refusing(o *Options, err error) {
	o.Kube = func() (*kubernetes.Client, error) { return &kubernetes.Client{Interface: refused{err}}, nil }
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

// unguard removes the Ingress of a GafaelfawrIngress, as if it did not exist yet.
func unguard(t *testing.T, o *Options, name string) {
	t.Helper()
	k, err := o.Kube()
	require.NoError(t, err)
	require.NoError(t,
		k.Resource(kubernetes.Ingresses.Resource).Namespace("muster").Delete(t.Context(), name, metav1.DeleteOptions{}))
}

// Without the label of Phalanx's Git, the suite waits for the Applications that
// Git lists. A label in the environment file has no such list.
func TestApplicationsWithoutTheLabel(t *testing.T) {
	t.Parallel()
	o, _ := waiting(t, "argocd.argoproj.io/instance=gone")
	left, _, err := o.peek(t.Context(), o.unready)
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
	o.Env = derived
	left, of, err := o.peek(t.Context(), o.unready)
	require.NoError(t, err)
	assert.Equal(t, 3, of)
	assert.Equal(t, []string{"tap is missing"}, left)
}
