package proof

import (
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/lsst-sqre/muster/fixtures/phalanx"
	"github.com/lsst-sqre/muster/fixtures/phalanx/cluster"
	"github.com/lsst-sqre/muster/validation/kubernetes/resources"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// newAPIOf returns the API of a deployment with these options.
func newAPIOf(t *testing.T, o phalanx.Options) api {
	t.Helper()
	d := deployment(t, o)
	return api{d, d.Cluster().Clone()}
}

// sitePages are a site's own error pages, which replace even the answers of
// applications (custom-http-errors).
func sitePages(_ phalanx.RequestContext, a *phalanx.Answer) {
	if a.Status == http.StatusNotFound || a.Status == http.StatusServiceUnavailable {
		a.Body = []byte("<!doctype html><html><head><title>Rubin Science Platform</title></head><body><h1>This page is " +
			"not here</h1><p>Write to the help desk, or go back to the home page of this site.</p></body></html>")
		a.Header.Set("Content-Type", "text/html; charset=utf-8")
	}
}

// otherEdge is another controller with its own refusals and pages.
func otherEdge(_ phalanx.RequestContext, a *phalanx.Answer) {
	if !strings.Contains(string(a.Body), "<center>nginx</center>") {
		return
	}
	a.Body = []byte(map[int]string{http.StatusNotFound: "404 page not found\n"}[a.Status])
	if len(a.Body) == 0 {
		a.Body = []byte(http.StatusText(a.Status) + "\n")
	}
	a.Header.Set("Content-Type", "text/plain; charset=utf-8")
}

// unserved is an Ingress without authentication that the controller ignores.
const unserved = `{"metadata":{"namespace":"muster","name":"unserved"},"spec":{"ingressClassName":"nginx","rules":[{
	"host":"minikube.lsst.codes","http":{"paths":[{"path":"/unserved","pathType":"Prefix",
	"backend":{"service":{"name":"muster","port":{"name":"http"}}}}]}}]}}`

const openUnserved = "open: [argocd/argocd-server, gafaelfawr/gafaelfawr, squareone/squareone, muster/unserved]\n"

// The edge's own answers differ between sites. The suite learns them from an
// address that does not exist.
func TestEdgePages(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		pages  func(phalanx.RequestContext, *phalanx.Answer)
		remark string
		// seen asserts that an unserved Ingress is reported.
		seen bool
	}{
		"error pages of the site": {pages: sitePages, remark: "pages of the site stand in for 404 of applications"},
		"another controller":      {pages: otherEdge, seen: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := phalanx.Defaults()
			clients(c.pages)(&o)
			a := newAPIOf(t, o)
			healthy := runs(t, theSuite(t), "-test.run="+clusterChecks(t), "-test.v", "-env="+a.env(t, a.objects, ""))
			assert.Equal(t, verdict.Pass, healthy.run.Verdict, healthy.stdout)
			assert.Contains(t, healthy.stdout, c.remark)

			if !c.seen {
				return
			}
			o.Applications = o.Applications[1:] // the home page would answer in place of the edge
			a = newAPIOf(t, o)
			a.objects.Put(resources.Ingresses, cluster.Object(unserved))
			env := a.env(t, a.objects, "")
			replaceInFile(t, env, argocdKeys, argocdKeys+openUnserved)
			broken := runs(t, theSuite(t), "-test.run=^TestIngressesServed$", "-settle=0s", "-env="+env)
			assert.Equal(t, []string{"TestIngressesServed"}, broken.failed(), broken.stdout)
		})
	}
}

// The suite repeats requests to an Ingress that nginx has not loaded yet. One
// that is never served stays a hole.
func TestNotYetLoaded(t *testing.T) {
	t.Parallel()
	for name, loads := range map[string]bool{"loaded late": true, "never loaded": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := phalanx.Defaults()
			var a api
			var once sync.Once
			loaded := make(chan struct{})
			late := phalanx.NewIngress(phalanx.MusterService, "late", o.Host, "/muster/late", "Prefix",
				o.Ingresses[1].Config)
			clients(func(p phalanx.RequestContext, _ *phalanx.Answer) {
				if loads && strings.HasPrefix(p.Request.Target, "/muster/late") {
					once.Do(func() { close(loaded) })
				}
			})(&o)
			a = newAPIOf(t, o)
			whole := o
			whole.Ingresses = append(whole.Ingresses, late)
			known := deployment(t, whole).Cluster() // what the API server has already
			a.objects = known.Clone()
			go func() {
				select {
				case <-loaded:
				case <-t.Context().Done():
					return
				}
				made := known.Get(resources.GafaelfawrIngresses, "muster", "late").DeepCopy()
				made.Object["status"] = nil // the operator of this deployment has not seen it
				_, err := a.deployment.Kubernetes().Resource(resources.GafaelfawrIngresses).Namespace("muster").
					Create(t.Context(), made, metav1.CreateOptions{})
				assert.NoError(t, err)
			}()
			settle := "-settle=1m"
			if !loads {
				settle = "-settle=1s"
			}
			got := runs(t, theSuite(t), "-test.run=^TestSweep$", settle, "-env="+a.env(t, a.objects, ""))
			if loads {
				assert.Equal(t, verdict.Pass, got.run.Verdict, got.stdout)
				return
			}
			require.Equal(t, []string{"TestSweep"}, got.failed(), got.stdout)
			assert.Contains(t, got.stdout, "/muster/late")
		})
	}
}
