package proof

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"

	"github.com/lsst-sqre/muster/fixtures/phalanx"
	"github.com/lsst-sqre/muster/validation/kubernetes/resources"
	"github.com/lsst-sqre/muster/validation/proof/apiserver"
)

// copied are the kinds of the local deployment's objects, owners first.
var copied = []schema.GroupVersionResource{resources.Definitions, resources.Namespaces, resources.ConfigMaps,
	resources.Secrets, resources.Services, resources.EndpointSlices,
	resources.Deployments, resources.StatefulSets, resources.Pods, resources.CronJobs, resources.Volumes,
	resources.IngressClasses, resources.NetworkPolicies, resources.ClusterRoles, resources.ClusterRoleBindings,
	resources.GafaelfawrIngresses,
	resources.Ingresses, resources.Applications, resources.VaultSecrets, resources.Certificates,
	resources.ClusterIssuers, resources.GafaelfawrServiceTokens, resources.LimitRanges, resources.ResourceQuotas,
	resources.Autoscalers, resources.DisruptionBudgets, resources.ValidatingWebhooks, resources.MutatingWebhooks}

// world is a real API server with the objects of a local deployment, which
// answers HTTP in this process.
type world struct {
	ctx        context.Context // outlives a test, for what puts things back
	api        dynamic.Interface
	deployment *phalanx.Deployment
	kubeconfig string
}

const clusterFeatures = "features: [quota, homepage, discovery, kubernetes, secrets, ingress-nginx, argocd, vault, " +
	"cert-manager, networkpolicy, persistence]\n"

const argocdKeys = "argocd: {selector: argocd.argoproj.io/instance=science-platform, applications: [gafaelfawr, " +
	"muster]}\n"

// newWorld returns a healthy world. Without binaries the test is skipped, except
// in CI, which must have them.
func newWorld(t *testing.T) *world {
	t.Helper()
	return newWorldOf(t, phalanx.Defaults())
}

// newWorldOf returns a world with that deployment.
func newWorldOf(t *testing.T, o phalanx.Options) *world {
	t.Helper()
	if err := apiserver.Found(); err != nil {
		if os.Getenv("CI") != "" && os.Getenv("MUSTER_NO_APISERVER") == "" {
			require.NoError(t, err, "in CI this may only be left out with MUSTER_NO_APISERVER=1")
		}
		t.Skip(err)
	}
	s, err := apiserver.Start(t.Context())
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, s.Close()) })
	w := &world{ctx: context.WithoutCancel(t.Context()), api: s.Admin, deployment: deployment(t, o)}
	w.kubeconfig, err = s.Kubeconfig()
	require.NoError(t, err)
	for resource, kind := range resources.Custom() {
		w.define(t, resource, kind)
	}
	w.copy(t)
	return w
}

// env returns an environment file for the world. more replaces argocdKeys.
func (w *world) env(t *testing.T, context, more string) string {
	return environment(t, w.deployment, fmt.Sprintf("kubernetes: {context: %s, kubeconfig: %s}\n%s%s", context,
		w.kubeconfig, clusterFeatures, cmp.Or(more, argocdKeys)))
}

var definitions = resources.Definitions

// define creates a custom resource definition that accepts any object and status,
// and waits until it is served.
func (w *world) define(t *testing.T, resource schema.GroupVersionResource, kind string) {
	scope := "Namespaced"
	if resource == resources.ClusterIssuers {
		scope = "Cluster"
	}
	subresources := "status: {}"
	if !hasStatus(resource) {
		subresources = ""
	}
	o := fromYAML(t, fmt.Sprintf(`
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: %s, annotations: {api-approved.kubernetes.io: "unapproved, for tests"}}
spec:
  group: %s
  scope: %s
  names: {plural: %s, singular: %s, kind: %s}
  versions:
  - {name: %s, served: true, storage: true, subresources: {%s},
     schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}
`, resource.GroupResource(), resource.Group, scope, resource.Resource, strings.ToLower(kind), kind, resource.Version,
		subresources))
	_, err := w.api.Resource(definitions).Create(w.ctx, o, metav1.CreateOptions{})
	if !apierrors.IsAlreadyExists(err) {
		require.NoError(t, err)
	}
	eventually(t, func() error {
		_, err := w.api.Resource(resource).List(w.ctx, metav1.ListOptions{})
		return err
	})
}

// copy makes the API server's objects those of the deployment and removes all
// others.
func (w *world) copy(t *testing.T) {
	uids := map[types.UID]types.UID{}
	for _, resource := range copied {
		for _, o := range w.deployment.Cluster().List(resource, "") {
			uids[o.GetUID()] = w.put(t, resource, o, uids)
		}
	}
}

// put creates or updates an object with its status.
func (w *world) put(t *testing.T, resource schema.GroupVersionResource, o *unstructured.Unstructured,
	uids map[types.UID]types.UID) types.UID {
	o = o.DeepCopy()
	if resource == resources.EndpointSlices { // Kubernetes refuses the addresses of this process
		endpoints, _, _ := unstructured.NestedSlice(o.Object, "endpoints")
		for _, e := range endpoints {
			e.(map[string]any)["addresses"] = []any{"192.0.2.1"}
		}
		o.Object["endpoints"] = endpoints
	}
	owners := o.GetOwnerReferences()
	for i := range owners {
		owners[i].UID = cmp.Or(uids[owners[i].UID], owners[i].UID)
	}
	o.SetOwnerReferences(owners)
	o.SetUID("")
	o.SetResourceVersion("")
	o.SetManagedFields(nil)
	in := w.api.Resource(resource).Namespace(o.GetNamespace())
	made, err := in.Create(w.ctx, o, metav1.CreateOptions{})
	// A Service that exists is no second one for the API server: its address is taken.
	if apierrors.IsAlreadyExists(err) || resource == resources.Services && apierrors.IsInvalid(err) {
		old, err := in.Get(w.ctx, o.GetName(), metav1.GetOptions{})
		require.NoError(t, err)
		o.SetResourceVersion(old.GetResourceVersion())
		made, err = in.Update(w.ctx, o, metav1.UpdateOptions{})
		require.NoError(t, err, "%s %s/%s", resource.Resource, o.GetNamespace(), o.GetName())
	} else {
		require.NoError(t, err, "%s %s/%s", resource.Resource, o.GetNamespace(), o.GetName())
	}
	status, ok := o.Object["status"].(map[string]any)
	if !ok || resource == resources.Namespaces || resource == resources.Definitions || !hasStatus(resource) {
		return made.GetUID()
	}
	observe(status, made.GetGeneration())
	made.Object["status"] = status
	_, err = in.UpdateStatus(w.ctx, made, metav1.UpdateOptions{})
	require.NoError(t, err, "status of %s %s/%s", resource.Resource, o.GetNamespace(), o.GetName())
	return made.GetUID()
}

// hasStatus reports whether the definition has a status subresource: Argo CD's
// has none, so that every write of its controller is a new generation.
func hasStatus(resource schema.GroupVersionResource) bool { return resource != resources.Applications }

// observe sets the observed generation of a status, as a controller does.
func observe(status map[string]any, generation int64) {
	parts := []any{status, status["create"]}
	if conditions, ok := status["conditions"].([]any); ok {
		parts = append(parts, conditions...)
	}
	for _, part := range parts {
		if part, ok := part.(map[string]any); ok && part["observedGeneration"] != nil {
			part["observedGeneration"] = generation
		}
	}
}

// eventually tries for half a minute.
func eventually(t *testing.T, try func() error) {
	t.Helper()
	deadline, tick := time.After(30*time.Second), time.NewTicker(50*time.Millisecond)
	defer tick.Stop()
	for {
		err := try()
		if err == nil {
			return
		}
		select {
		case <-deadline:
			require.NoError(t, err)
		case <-tick.C:
		}
	}
}

var checkFunction = regexp.MustCompile(`(?m)^func (Test\w+)`)

// clusterChecks is a pattern of the checks of Kubernetes, for -test.run.
func clusterChecks(t *testing.T) string {
	var names []string
	for _, file := range []string{"kubernetes", "sweep", "exposure", "operator", "ingressnginx", "ingresses", "argocd",
		"vault", "certmanager", "workloads", "networkpolicy", "maintenance", "objects", "rights", "definitions",
		"admission"} {
		text, err := os.ReadFile("../" + file + "_test.go")
		require.NoError(t, err)
		for _, m := range checkFunction.FindAllStringSubmatch(string(text), -1) {
			names = append(names, m[1])
		}
	}
	return "^(" + strings.Join(names, "|") + ")$"
}

// plain is an Ingress of no application, to Muster.
func plain(name, host, path string) string {
	return `{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {namespace: muster, name: ` + name +
		`}, spec: {ingressClassName: nginx, rules: [
		{host: ` + host + `, http: {paths: [{path: ` + path +
		`, pathType: Prefix, backend: {service: {name: muster, port: {name: http}}}}]}}]}}`
}
