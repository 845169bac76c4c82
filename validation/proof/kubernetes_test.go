package proof

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/lsst-sqre/muster/fixtures/phalanx"
	"github.com/lsst-sqre/muster/fixtures/phalanx/cluster"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// api is the Kubernetes API of a deployment over HTTP, behind a handler in front.
type api struct {
	deployment *phalanx.Deployment
	// objects are the deployment's, or others.
	objects *phalanx.Cluster
}

func newAPI(t *testing.T) api {
	t.Helper()
	d := deployment(t, phalanx.Defaults())
	return api{d, d.Cluster().Clone()}
}

// env returns an environment file whose API server is the handler. keys are added
// to its section kubernetes.
func (a api) env(t *testing.T, handler http.Handler, keys string) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	kubeconfig := filepath.Join(t.TempDir(), "kubeconfig")
	require.NoError(t, os.WriteFile(kubeconfig, fmt.Appendf(nil, "apiVersion: v1\nkind: Config\n"+
		"clusters: [{name: c, cluster: {server: %q}}]\ncontexts: [{name: test, context: {cluster: "+
		"c}}]\n", server.URL), 0o600))
	return environment(t, a.deployment, fmt.Sprintf("kubernetes: {context: test, kubeconfig: %s%s}\n%s%s",
		kubeconfig, keys, clusterFeatures, argocdKeys))
}

// before answers some requests in place of the cluster.
func (a api) before(answer func(w http.ResponseWriter, r *http.Request) bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !answer(w, r) {
			a.objects.ServeHTTP(w, r)
		}
	})
}

func forbid(w http.ResponseWriter, message string) bool {
	cluster.Refuse(w, http.StatusForbidden, metav1.StatusReasonForbidden, message)
	return true
}

// A request is repeated if the API server is temporarily unavailable.
func TestOverloadedAPIServer(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	var n atomic.Int64
	env := a.env(t, a.before(func(w http.ResponseWriter, _ *http.Request) bool {
		if n.Add(1)%5 != 0 {
			return false
		}
		w.WriteHeader(http.StatusServiceUnavailable)
		return true
	}), "")
	o := runs(t, theSuite(t), "-test.run="+clusterChecks(t), "-env="+env)
	assert.Equal(t, verdict.Pass, o.run.Verdict, o.stdout)
}

// The account may not read one of eight namespaces. Defects in the others are
// found. The run is incomplete, unless the environment says that the account is
// restricted.
func TestClosedNamespace(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	closed := a.before(closedGafaelfawr)
	o := runs(t, theSuite(t), "-test.run=^TestWorkloads$", "-env="+a.env(t, closed, ""))
	assert.Equal(t, verdict.Incomplete, o.run.Verdict, o.stdout)
	assert.Equal(t, 2, o.code)
	assert.Contains(t, o.stdout, "only a part was verified: no permission: needs list on deployments.apps in namespace "+
		"gafaelfawr")

	o = runs(t, theSuite(t), "-test.run=^TestWorkloads$", "-env="+a.env(t, closed, ", restricted: true"))
	assert.Equal(t, verdict.Pass, o.run.Verdict, o.stdout)
	assert.Contains(t, o.stdout, "not verified 1 checks, for lack of permissions")

	broken := api{a.deployment, a.objects.Clone()}
	require.NoError(t, broken.objects.Merge(deployments, "muster", "muster",
		`{"status":{"readyReplicas":0,"availableReplicas":0}}`))
	o = runs(t, theSuite(t), "-test.run=^TestWorkloads$", "-env="+broken.env(t,
		broken.before(closedGafaelfawr), ""))
	assert.Equal(t, verdict.Fail, o.run.Verdict, o.stdout)
	assert.Equal(t, []string{"TestWorkloads"}, o.failed())
}

// closedGafaelfawr is an account that may not read the Deployments of one
// namespace, and so not the list of all.
func closedGafaelfawr(w http.ResponseWriter, r *http.Request) bool {
	one := strings.Contains(r.URL.Path, "/namespaces/gafaelfawr/deployments")
	return (one || r.URL.Path == "/apis/apps/v1/deployments") &&
		forbid(w, "deployments.apps is forbidden: User \"me\" cannot list")
}

// With an account that may read everything, each kind takes one list request and
// not one for each namespace.
func TestOneListOfAll(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	var all, each atomic.Int64
	env := a.env(t, a.before(func(_ http.ResponseWriter, r *http.Request) bool {
		switch _, kind, _ := strings.Cut(r.URL.Path, "/apis/apps/v1/"); {
		case strings.HasPrefix(kind, "namespaces/"):
			each.Add(1)
		case kind != "":
			all.Add(1)
		}
		return false
	}), "")
	o := runs(t, theSuite(t), "-test.run=^(TestWorkloads|TestGracefulStop)$", "-env="+env)
	assert.Equal(t, verdict.Pass, o.run.Verdict, o.stdout)
	assert.EqualValues(t, 3, all.Load(), "Deployments, StatefulSets and DaemonSets")
	assert.Zero(t, each.Load())
}

// A run whose account may read nothing has verified nothing.
func TestAccountWithoutRights(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	nothing := a.before(func(w http.ResponseWriter, _ *http.Request) bool {
		return forbid(w, "forbidden: User \"me\" cannot list")
	})
	o := runs(t, theSuite(t), "-test.run=^(TestSweep|TestVaultSecrets|TestArgoCDPage)$", "-env="+a.env(t, nothing, ""))
	assert.Equal(t, verdict.Incomplete, o.run.Verdict, o.stdout)
	assert.Contains(t, o.stdout, "no permission: needs list on vaultsecrets.ricoberger.de in all namespaces")
	o = runs(t, theSuite(t), "-test.run=^(TestSweep|TestVaultSecrets|TestArgoCDPage)$",
		"-env="+a.env(t, nothing, ", restricted: true"))
	assert.Equal(t, verdict.Pass, o.run.Verdict, o.stdout)
	assert.Contains(t, o.stdout, "not verified 2 checks, for lack of permissions")
}

// The suite waits for a slow API server and names a silent one.
func TestSlowAPIServer(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	slow := a.before(func(_ http.ResponseWriter, r *http.Request) bool {
		select {
		case <-time.After(2 * time.Second):
		case <-r.Context().Done():
		}
		return false
	})
	o := runs(t, theSuite(t), "-test.run=^TestWorkloads$", "-env="+a.env(t, slow, ""))
	assert.Equal(t, verdict.Pass, o.run.Verdict, o.stdout)
	assert.Less(t, o.run.Seconds, 20.0, "its lists are asked for at the same time")

	o = runs(t, theSuite(t), "-test.run=^TestKubernetes$", "-env="+a.env(t, slow, ", timeout: 500ms"))
	assert.Contains(t, o.stdout, "no answer within 500ms (kubernetes.timeout)")
}

// The kubeconfig's authentication method does not exist any more, or fails.
func TestKubeconfigLogin(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	server := httptest.NewTLSServer(a.objects) // credentials are sent over TLS only
	t.Cleanup(server.Close)
	for name, c := range map[string]struct{ user, says string }{
		"auth-provider": {"auth-provider: {name: oidc, config: {}}", "use a plugin under `exec`"},
		"exec": {`exec: {apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never, command: sh, ` +
			`args: [-c, "echo the login expired, run aws sso login >&2; exit 3"]}`, "It says: the login expired, run aws sso " +
			"login"},
	} {
		t.Run(name, func(t *testing.T) {
			kubeconfig := filepath.Join(t.TempDir(), "kubeconfig")
			require.NoError(t, os.WriteFile(kubeconfig, fmt.Appendf(nil, "apiVersion: v1\nkind: Config\n"+
				"clusters: [{name: c, cluster: {server: %q, insecure-skip-tls-verify: true}}]\nusers: [{name: u, user: {%s}}]\n"+
				"contexts: [{name: test, context: {cluster: c, user: u}}]\n", server.URL, c.user), 0o600))
			env := environment(t, a.deployment, "kubernetes: {context: test, kubeconfig: "+kubeconfig+"}\nfeatures: "+
				"[kubernetes]\n")
			o := runs(t, theSuite(t), "-test.run=^TestKubernetes$", "-env="+env)
			assert.Equal(t, []string{"TestKubernetes"}, o.failed(), o.stdout)
			assert.Contains(t, o.stdout, c.says)
		})
	}
}

// If a policy refuses the object of -write, the check is not silently skipped.
func TestPolicyRefusesCanary(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	const words = `namespaces \"x\" is forbidden: ValidatingAdmissionPolicy 'owners' denied request: every namespace ` +
		`needs the label owner`
	refusing := a.before(func(w http.ResponseWriter, r *http.Request) bool {
		return r.Method == http.MethodPost && forbid(w, words)
	})
	o := runs(t, theSuite(t), "-test.run=^TestCanary$", "-write", "-env="+a.env(t, refusing, ""))
	assert.Equal(t, verdict.Incomplete, o.run.Verdict, o.stdout)
	assert.Contains(t, o.stdout, "every namespace needs the label owner")
}
