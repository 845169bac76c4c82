package proof

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"github.com/lsst-sqre/muster/fixtures/faults"
	"github.com/lsst-sqre/muster/fixtures/phalanx"
	"github.com/lsst-sqre/muster/validation/kubernetes/resources"
	"github.com/lsst-sqre/muster/validation/proof/apiserver"
)

// TestCluster runs the checks that ask Kubernetes on a real API server.
func TestCluster(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	args := []string{"-test.run=" + clusterChecks(t), "-settle=0s", "-env=" + w.env(t, "admin", "")}
	t.Run("healthy", func(t *testing.T) {
		o := runs(t, theSuite(t), args...)
		assert.Zero(t, o.code, o.stdout+o.stderr)
		assert.NotContains(t, o.stdout, "no permission")
	})
	t.Run("faults", func(t *testing.T) {
		for _, f := range seeded() {
			if edits := editsFor(f); len(edits) > 0 && asksKubernetes(t, f) {
				t.Run(f.ID+"-"+f.Name, func(t *testing.T) { clusterFault(t, w, f, edits, args) })
			}
		}
	})
	t.Run("canary", func(t *testing.T) { canaryIsRemoved(t, w) })
	t.Run("canary edited", func(t *testing.T) { canaryIsEdited(t, w) })
	t.Run("options", func(t *testing.T) { optionsAreTaken(t, w) })
	t.Run("permissions", func(t *testing.T) { permissions(t, w) })
	t.Run("evidence", func(t *testing.T) { evidenceIsWritten(t, w) })
	t.Run("without a definition", func(t *testing.T) {
		// This is the last test, because it does not restore the definition.
		require.NoError(t, w.api.Resource(definitions).Delete(w.ctx, "vaultsecrets.ricoberger.de", metav1.DeleteOptions{}))
		eventually(t, func() error {
			if _, err := w.api.Resource(resources.VaultSecrets).List(w.ctx, metav1.ListOptions{}); err == nil {
				return errors.New("still served")
			}
			return nil
		})
		o := runs(t, theSuite(t), args...)
		assert.ElementsMatch(
			t,
			[]string{"TestVaultPaths", "TestVaultSecrets", "TestVaultSecretsPresent"},
			o.failed(),
			o.stdout,
		)
		assert.Contains(t, o.stdout, "the CustomResourceDefinition vaultsecrets.ricoberger.de is not installed")
	})
}

// editsFor returns a fault's edits of objects. Its settings of the controller's
// ConfigMap are an edit, too.
func editsFor(f faults.Fault) []faults.Edit {
	seeded, healthy := phalanx.Defaults(), phalanx.Defaults().Nginx
	f.Seed(&seeded)
	changed := len(seeded.Hooks.AuthAnswer)+len(seeded.Hooks.ClientAnswer) > 0 ||
		len(seeded.Ingresses) != len(phalanx.Defaults().Ingresses) ||
		len(seeded.Applications) != len(phalanx.Defaults().Applications) ||
		!maps.Equal(seeded.Backends, phalanx.Defaults().Backends)
	if seeded.Certificate.Missing || changed {
		return nil // what the edge serves is no object
	}
	settings := map[string]any{}
	for key, value := range seeded.Nginx {
		if healthy[key] != value {
			settings[key] = value
		}
	}
	for key := range healthy {
		if _, ok := seeded.Nginx[key]; !ok {
			settings[key] = nil
		}
	}
	if len(settings) == 0 {
		return f.Edits
	}
	patch, _ := json.Marshal(map[string]any{"data": settings}) // strings
	return append(
		slices.Clone(f.Edits),
		faults.Edit{Resource: resources.ConfigMaps, Object: "ingress-nginx/ingress-nginx-controller", Patch: string(patch)},
	)
}

// asksKubernetes reports whether any of the fault's checks does.
func asksKubernetes(t *testing.T, f faults.Fault) bool {
	// Gafaelfawr is asked for that token, and runs of this test have their own. Where the
	// environment names an authority of its own, as here, others are not judged. Nobody but
	// the API server sets when an object is deleted. Without a field in its definition the API server drops it
	// from objects of which the edge here knows nothing.
	if slices.Contains(f.Checks, "TestBootstrapToken") ||
		slices.Contains([]string{"Y86", "Y86b", "Y97c", "Y975", "Y976"}, f.ID) {
		return false
	}
	return slices.ContainsFunc(f.Checks, regexp.MustCompile(clusterChecks(t)).MatchString)
}

// clusterFault makes the edits of the local deployment on the API server. The
// same checks of Kubernetes must then fail: those of the fault and, if it only
// edits objects, no others.
func clusterFault(t *testing.T, w *world, f faults.Fault, edits []faults.Edit, args []string) {
	asked := regexp.MustCompile(clusterChecks(t))
	notAsked := func(name string) bool { return !asked.MatchString(name) }
	wanted := slices.DeleteFunc(slices.Clone(f.Checks), notAsked)
	for _, e := range edits {
		w.edit(t, e)
	}
	o := runs(t, theSuite(t), args...)
	assert.Equal(t, "fail", o.run.Verdict)
	require.NotEmpty(t, o.failed(), o.stdout)
	there := slices.DeleteFunc(withFault(t, f.ID).failed(), notAsked)
	if len(edits) > len(f.Edits) { // the edge does not follow the ConfigMap here
		assert.Subset(t, there, o.failed(), o.stdout)
		return
	}
	assert.Subset(t, o.failed(), wanted, o.stdout)
	assert.ElementsMatch(t, there, o.failed(), o.stdout)
	assert.Contains(t, wanted, o.failed()[0])
}

// No operator handles the canary here, so the check fails. It leaves nothing, and
// it removes the canary of a run that was killed an hour ago. The canary of a
// living run stays.
func canaryIsRemoved(t *testing.T, w *world) {
	const old = `{apiVersion: v1, kind: Namespace, metadata: {name: %s, labels: {muster.lsst.io/canary: "true"}, ` +
		`annotations: {muster.lsst.io/until: %q}}}`
	w.put(
		t,
		resources.Namespaces,
		fromYAML(t, fmt.Sprintf(old, "muster-canary-killed", time.Now().Add(-time.Second).Format(time.RFC3339))),
		nil,
	)
	w.add(t, resources.Namespaces, fmt.Sprintf(old, "of-another-run", time.Now().Add(time.Minute).Format(time.RFC3339)))
	// A label and an old time do not make a namespace the suite's.
	w.add(t, resources.Namespaces, fmt.Sprintf(old, "production", time.Now().Add(-time.Hour).Format(time.RFC3339)))
	o := runs(t, theSuite(t), "-test.run=TestCanary", "-write", "-settle=1s", "-env="+w.env(t, "admin", ""))
	assert.Equal(t, []string{"TestCanary"}, o.failed(), o.stdout+o.stderr)
	assert.Contains(t, o.stdout, "1s passed")
	assert.Contains(t, o.stdout, "CAUSE Gafaelfawr's operator makes no Ingress of a new GafaelfawrIngress")
	assert.NotContains(t, o.stdout, "left behind: ")
	assert.Contains(t, o.stdout, "the namespace muster-canary-killed, which a killed run left, is removed")
	for _, name := range []string{"of-another-run", "production"} {
		other, err := w.api.Resource(resources.Namespaces).Get(w.ctx, name, metav1.GetOptions{})
		require.NoError(t, err)
		assert.Nil(t, other.GetDeletionTimestamp(), name)
	}
	list, err := w.api.Resource(resources.Namespaces).List(w.ctx, metav1.ListOptions{})
	require.NoError(t, err)
	for _, o := range list.Items {
		// Without its controller a deleted namespace stays for ever, with all its
		// objects.
		assert.True(t, o.GetDeletionTimestamp() != nil || !strings.HasPrefix(o.GetName(), "muster-canary-"), o.GetName())
	}
	o = runs(t, theSuite(t), "-test.run=TestCanary", "-env="+w.env(t, "admin", ""))
	assert.Contains(t, o.stdout, "only -write allows")
}

// An option that the definition does not take is named, and no other.
func optionsAreTaken(t *testing.T, w *world) {
	args := []string{"-test.run=TestIngressOptions", "-write", "-env=" + w.env(t, "admin", "")}
	o := runs(t, theSuite(t), args...)
	assert.Zero(t, o.code, o.stdout+o.stderr)
	const name = "gafaelfawringresses.gafaelfawr.lsst.io"
	const open = `"type":"object","x-kubernetes-preserve-unknown-fields":true`
	schema := func(config string) {
		patch := `[{"op":"replace","path":"/spec/versions/0/schema/openAPIV3Schema","value":{` + open + config + `}}]`
		_, err := w.api.Resource(definitions).Patch(w.ctx, name, types.JSONPatchType, []byte(patch), metav1.PatchOptions{})
		require.NoError(t, err)
	}
	t.Cleanup(func() { schema("") })
	const integers = `{"onlyServices":{"type":"array","items":{"type":"integer"}}}`
	schema(`,"properties":{"config":{` + open + `,"properties":` + integers + `}}`)
	eventually(t, func() error {
		o = runs(t, theSuite(t), args...)
		if o.code == 0 {
			return errors.New("the definition is not in force")
		}
		return nil
	})
	assert.Equal(t, []string{"TestIngressOptions"}, o.failed(), o.stdout)
	assert.Contains(t, o.stdout, "a GafaelfawrIngress with the option onlyServices to be taken")
	assert.NotContains(t, o.stdout, "the option username")
}

// The role that -role prints is exactly enough. Without it, every check names the
// missing permission.
func permissions(t *testing.T, w *world) {
	env := w.env(t, "user", "")
	args := []string{"-test.run=" + clusterChecks(t), "-settle=1s", "-write", "-env=" + env}
	o := runs(t, theSuite(t), args...)
	assert.Equal(t, 2, o.code, o.stdout) // the account verifies nothing but the page of Argo CD
	assert.Contains(t, o.stdout, "no permission: needs list on ingresses.networking.k8s.io in all namespaces")
	assert.Contains(t, o.stdout, "no permission: needs get on configmaps in namespace ingress-nginx")

	role := runs(t, theSuite(t), "-role=muster", "-write", "-env="+env)
	require.Zero(t, role.code, role.stderr)
	for text := range strings.SplitSeq(strings.TrimSpace(role.stdout), "\n---\n") {
		o := fromYAML(t, text)
		if subjects, ok := o.Object["subjects"].([]any); ok {
			subjects[0] = map[string]any{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": apiserver.User}
		}
		plural := strings.ToLower(o.GetKind()) + "s"
		w.put(t, schema.GroupVersionResource{Group: o.GroupVersionKind().Group, Version: "v1", Resource: plural}, o, nil)
	}
	o = runs(t, theSuite(t), args...)
	assert.NotContains(t, o.stdout, "no permission")
	assert.Equal(t, []string{"TestCanary"}, o.failed(), o.stdout) // no controller works on it here
}

func evidenceIsWritten(t *testing.T, w *world) {
	w.change(t, resources.Deployments, "muster/muster", `{"status":{"readyReplicas":0,"availableReplicas":0}}`)
	w.add(
		t,
		resources.Events,
		`{apiVersion: v1, kind: Event, metadata: {namespace: muster, name: muster-0.1}, type: Warning, reason: Unhealthy,
		message: "with gt-AAAAAAAAAAAAAAAAAAAAAA.BBBBBBBBBBBBBBBBBBBBBB in it",
		involvedObject: {kind: Pod, namespace: muster, name: muster-0}}`,
	)
	folder := filepath.Join(t.TempDir(), "made")
	o := runs(t, theSuite(t), "-test.run=TestWorkloads", "-evidence="+folder, "-env="+w.env(t, "admin", ""))
	assert.Contains(t, o.stdout, "evidence:   "+filepath.Join(folder, "TestWorkloads.txt"))
	text, err := os.ReadFile(filepath.Join(folder, "TestWorkloads.txt"))
	require.NoError(t, err)
	assert.Contains(t, string(text), "===== namespace muster")
	assert.Contains(t, string(text), "Warning Unhealthy Pod muster-0: with gt-")
	assert.Contains(t, string(text), "--- pod muster-0 Running; main running, 0 restarts")
	assert.Empty(t, wholeToken.FindAllString(string(text), -1))
}

// Without an API server one check fails, and the others that need it are blocked.
func TestNoAPIServer(t *testing.T) {
	t.Parallel()
	d := deployment(t, phalanx.Defaults())
	config := filepath.Join(t.TempDir(), "kubeconfig")
	require.NoError(
		t,
		os.WriteFile(
			config,
			[]byte("apiVersion: v1\nkind: Config\nclusters: [{name: c, cluster: {server: 'https://"+closedPort(t)+
				"'}}]\ncontexts: [{name: gone, context: {cluster: c}}]\n"),
			0o600,
		),
	)
	env := environment(
		t,
		d,
		"kubernetes: {context: gone, kubeconfig: "+config+"}\nfeatures: [kubernetes, ingress-nginx]\n",
	)
	o := runs(t, theSuite(t), "-test.run="+clusterChecks(t), "-env="+env)
	assert.Equal(t, 2, o.code)
	assert.Equal(t, []string{"TestKubernetes"}, o.failed(), o.stdout)
	assert.Contains(t, o.stdout, "connection refused. Is the cluster up")
}

// TestAssets misses a script of the home page.
func TestAssets(t *testing.T) {
	t.Parallel()
	options := phalanx.Defaults()
	page := options.Applications[0].Handle
	options.Applications[0].Handle = func(req *phalanx.Request) *phalanx.Answer {
		if strings.HasSuffix(req.Target, ".js") {
			return &phalanx.Answer{Status: 404}
		}
		return page(req)
	}
	env := environment(t, deployment(t, options), "features: [homepage]\n")
	o := runs(t, theSuite(t), "-test.run=TestHomePage", "-env="+env)
	assert.Equal(t, []string{"TestHomePageAssets"}, o.failed(), o.stdout+o.stderr)
	assert.Contains(t, o.stdout, "/_next/static/main.js")
}
