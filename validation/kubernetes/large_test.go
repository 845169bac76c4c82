package kubernetes

import (
	"context"
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"sigs.k8s.io/yaml"
)

// cluster has many objects of each kind, in 500 namespaces.
type cluster struct {
	dynamic.Interface
	dynamic.NamespaceableResourceInterface
	count  int
	object *unstructured.Unstructured
}

func (c cluster) Resource(schema.GroupVersionResource) dynamic.NamespaceableResourceInterface {
	return c
}

func (c cluster) Namespace(string) dynamic.ResourceInterface { return c }

func (c cluster) List(_ context.Context, o metav1.ListOptions) (*unstructured.UnstructuredList, error) {
	from, _ := strconv.Atoi(o.Continue) // none is 0
	to := min(c.count, from+int(o.Limit))
	page := &unstructured.UnstructuredList{Object: map[string]any{}}
	for i := from; i < to; i++ {
		one := c.object.DeepCopy()
		one.SetName(fmt.Sprintf("application-%d", i))
		one.SetNamespace(fmt.Sprintf("namespace-%d", i%500))
		page.Items = append(page.Items, *one)
	}
	if more := int64(c.count - to); more > 0 {
		page.SetContinue(strconv.Itoa(to))
		page.SetRemainingItemCount(&more)
	}
	return page, nil
}

// managed is the managedFields and other metadata of each object.
var managed = `uid: 7c1bd4cf-8a5f-4d8d-9c35-0d9f5ab1d6c1, resourceVersion: "184467", labels: {a: b, c: d, e: f},
  annotations: {argocd.argoproj.io/tracking-id: "x:y/z:w/v", kubectl.kubernetes.io/last-applied-configuration: ` +
	strings.Repeat("x", 1500) + `}, managedFields: [{manager: argocd, operation: Update, time: "2026-01-01T00:00:00Z",
  fieldsV1: {"f:spec": {` + strings.Repeat(`"f:y": {"f:z": {}}, `, 1) + `}}}]}` + "\n"

// A cluster of 2,000 GafaelfawrIngresses in 500 namespaces, with as many Ingresses
// and more pods, is read.
func TestLargeClusterIsRead(t *testing.T) {
	t.Parallel()
	var client Client
	rules := `rules: [{host: data.example.org, http: {paths: [{path: "/api/x(/|$)(.*)", pathType: ImplementationSpecific,
      backend: {service: {name: x, port: {name: http}}}}]}}]`
	var env []string
	for i := range 30 {
		env = append(env, fmt.Sprintf(`{name: VARIABLE_%d, value: "https://data.example.org/some/path"}`, i))
	}
	container := fmt.Sprintf(`{name: x, image: "ghcr.io/lsst-sqre/application:1.2.3", env: [%s],
    volumeMounts: [{name: a, mountPath: /etc/a}, {name: b, mountPath: /tmp}]}`, strings.Join(env, ", "))
	read(t, &client, GafaelfawrIngresses, 2000, managed+`config: {scopes: {all: ["read:image"]}, service: x, delegate:
    {notebook: {}}}
template: {metadata: {name: x}, spec: {`+rules+`}}`)
	read(t, &client, Ingresses, 2000, managed+"spec: {"+rules+"}")
	read(t, &client, Services, 3000, managed+"spec: {ports: [{name: http, port: 8080}], selector: {a: b}}")
	read(
		t,
		&client,
		Pods,
		3000,
		managed+fmt.Sprintf(`spec: {containers: [%s, %s], volumes: [{name: a, configMap: {name: a}}]}
status: {phase: Running, containerStatuses: [{name: a, ready: true}, {name: b, ready: true}]}`, container, container),
	)
	t.Logf("%d KiB of %d", client.kept.Load()>>10, maxKept>>10)
	assert.Less(t, client.kept.Load(), int64(maxKept*9/10))
}

// The estimate of a list's size is close to the memory that it takes; otherwise
// the bound would be void. Not parallel, because other tests allocate, too.
func TestListsCountWhatTheyTake(t *testing.T) {
	for name, object := range map[string]string{
		"small":       "annotations: {a: x}}",
		"many labels": "labels: {a: x, b: x, c: x, d: x, e: x, f: x, g: x, h: x, i: x}}",
		"usual": managed + `spec: {containers: [{name: x, env: [{name: A, value: x}],
    volumeMounts: [{name: b, mountPath: /}]}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			var client Client
			before := live()
			kept := read(t, &client, Pods, 5000, object)
			took := live() - before
			assert.Greater(t, client.kept.Load(), took)
			assert.Less(t, client.kept.Load(), took*5/4)
			runtime.KeepAlive(kept)
		})
	}
}

// live returns the number of bytes in use.
func live() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func read[T any](t *testing.T, k *Client, kind Kind[T], count int, object string) []T {
	t.Helper()
	var one unstructured.Unstructured
	require.NoError(t, yaml.Unmarshal([]byte("metadata: {"+object), &one.Object))
	k.Interface = cluster{count: count, object: &one}
	before := k.kept.Load()
	l, err := List(t.Context(), k, kind, "", "")
	require.NoError(t, err)
	require.NoError(t, l.Unreadable)
	assert.Len(t, l.Items, count)
	t.Logf("%d %s: %d KiB", count, kind.Resource.Resource, (k.kept.Load()-before)>>10)
	return l.Items
}
