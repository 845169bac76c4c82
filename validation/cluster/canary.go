package cluster

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/yaml"

	"github.com/lsst-sqre/muster/validation/environment"
	"github.com/lsst-sqre/muster/validation/kubernetes"
)

const (
	// canaryLabel marks the namespaces that -write makes. It finds what a killed
	// run left: kubectl get namespace -l muster.lsst.io/canary.
	canaryLabel = "muster.lsst.io/canary"
	// canaryUntil says when no run needs the canary any more.
	canaryUntil = "muster.lsst.io/until"
	// canaryLife is longer than the run that makes the canary.
	canaryLife = time.Hour
)

// isCanary reports whether a run with -write that may be under way made the
// namespace. It goes by the name, which is reserved, the label and the time.
func (c *Cluster) isCanary(namespace string) bool {
	if !strings.HasPrefix(namespace, kubernetes.CanaryPrefix) {
		return false
	}
	return slices.ContainsFunc(List(c, kubernetes.Namespaces, "", canaryLabel), func(n kubernetes.Namespace) bool {
		until, err := time.Parse(time.RFC3339, n.Meta.Annotations[canaryUntil])
		return n.Meta.Name == namespace && err == nil && time.Now().Before(until) && time.Until(until) <= canaryLife
	})
}

// NoCanaries leaves out the objects that a run with -write made: TestCanary
// judges those.
func NoCanaries[T interface{ Namespace() string }](c *Cluster, all []T) []T {
	return which(all, func(o T) bool { return !c.isCanary(o.Namespace()) })
}

// canary is a GafaelfawrIngress whose backend must never be reached: an address
// that belongs to nobody (RFC 5737).
const canary = `
apiVersion: v1
kind: Namespace
metadata: {name: NAME, labels: {LABEL: "true"}, annotations: {UNTIL}}
---
apiVersion: v1
kind: Service
metadata: {name: canary, namespace: NAME}
spec: {ports: [{name: http, port: 8080}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: canary, namespace: NAME, labels: {kubernetes.io/service-name: canary}}
addressType: IPv4
ports: [{name: http, port: 8080, protocol: TCP}]
endpoints: [{addresses: [192.0.2.1], conditions: {ready: true}}]
---
apiVersion: gafaelfawr.lsst.io/v1alpha1
kind: GafaelfawrIngress
metadata: {name: CANARY, namespace: NAME}
config:
  scopes: {all: [SCOPE]}
  service: canary
  authType: bearer
template:
  metadata: {name: CANARY}
  spec:
    rules:
    - host: HOST
      http: {paths: [{path: PATH, pathType: Exact, backend: {service: {name: canary, port: {name: http}}}}]}
`

// canaryKinds are the kinds of the canary's objects, in their order.
var canaryKinds = []schema.GroupVersionResource{
	kubernetes.Namespaces.Resource,
	kubernetes.Services.Resource,
	kubernetes.EndpointSlices.Resource,
	kubernetes.GafaelfawrIngresses.Resource,
}

// MakeCanary makes a namespace with a GafaelfawrIngress and removes both when
// the check ends. It first removes what a killed run left. It returns the path and the namespace.
func (c *Cluster) MakeCanary() (target environment.Target, namespace string) {
	c.removeOldCanaries()
	path := "/muster-canary-" + c.suffix()
	documents := strings.Split(canary, "\n---\n")
	namespace = c.makeCanaryNamespace(documents[0])
	for i, document := range documents[1:] {
		text := strings.NewReplacer("CANARY", kubernetes.CanaryName, "NAME", namespace, "HOST", c.env.Host(), "PATH", path,
			"SCOPE", fmt.Sprintf("%q", c.env.Scope)).Replace(document)
		err := c.create(canaryKinds[i+1], text)
		c.allowed(err, "create", canaryKinds[i+1], namespace)
	}
	c.Concerns(namespace)
	return environment.Target{Path: path, Scope: c.env.Scope}, namespace
}

// makeCanaryNamespace takes the first free name, because other runs may have
// the others. The namespace is removed with everything in it.
func (c *Cluster) makeCanaryNamespace(document string) string {
	until := fmt.Sprintf("%s: %q", canaryUntil, time.Now().Add(canaryLife).UTC().Format(time.RFC3339))
	for _, name := range kubernetes.CanaryNamespaces {
		err := c.create(kubernetes.Namespaces.Resource,
			strings.NewReplacer("NAME", name, "LABEL", canaryLabel, "UNTIL", until).Replace(document))
		if apierrors.IsAlreadyExists(err) {
			continue
		}
		if !apierrors.IsForbidden(err) {
			c.cleanUp(func(ctx context.Context) error { return c.removeNamespace(ctx, name) })
		}
		c.allowed(err, "create", kubernetes.Namespaces.Resource, "")
		return name
	}
	c.Block(
		"other runs have all namespaces in which -write makes its objects: " +
			strings.Join(kubernetes.CanaryNamespaces, ", "),
	)
	return ""
}

// canaryEdits change the annotations of the canary's Ingress, and then its rules alone.
var canaryEdits = []string{`{"config":{"authType":"basic"}}`, `{"template":{"spec":{"rules":[{"host":HOST,"http":{
	"paths":[{"path":PATH,"pathType":"Exact","backend":{"service":{"name":"canary","port":{"name":"http"}}}}]}}]}}}`}

// EditCanary makes one edit after the other. It goes on while followed is true.
func (c *Cluster) EditCanary(namespace string, at environment.Target, followed func() bool) {
	for _, edit := range canaryEdits {
		c.patchCanary(namespace, strings.NewReplacer("HOST", strconv.Quote(c.env.Host()),
			"PATH", strconv.Quote(at.Path+"-edited")).Replace(edit))
		if !followed() {
			return
		}
	}
}

func (c *Cluster) patchCanary(namespace, patch string) {
	resource := kubernetes.GafaelfawrIngresses.Resource
	_, err := c.kubernetes("patch", resource).Resource(resource).Namespace(namespace).Patch(c.ctx, kubernetes.CanaryName,
		types.MergePatchType, []byte(patch), metav1.PatchOptions{})
	c.allowed(err, "patch", resource, namespace)
}

// create makes an object. An interruption does not stop it half-way, because
// every object must be known for its removal.
func (c *Cluster) create(resource schema.GroupVersionResource, document string) error {
	var o unstructured.Unstructured
	c.NoError(yaml.Unmarshal([]byte(document), &o.Object), "the canary in YAML")
	in := c.kubernetes("create", resource).Resource(resource).Namespace(o.GetNamespace())
	_, err := in.Create(context.WithoutCancel(c.ctx), &o, metav1.CreateOptions{})
	return err
}

func (c *Cluster) removeNamespace(ctx context.Context, name string) error {
	client := c.kubernetes("delete", kubernetes.Namespaces.Resource).Resource(kubernetes.Namespaces.Resource)
	if err := client.Delete(ctx, name, metav1.DeleteOptions{}); err != nil && !apierrors.IsNotFound(err) {
		return fmt.Errorf("namespace %s is still there: %w", name, err)
	}
	return nil
}

// removeOldCanaries removes those canaries whose runs must have ended. What
// another run needs stays.
func (c *Cluster) removeOldCanaries() {
	for _, n := range List(c, kubernetes.Namespaces, "", canaryLabel) {
		until, err := time.Parse(time.RFC3339, n.Meta.Annotations[canaryUntil])
		if !strings.HasPrefix(n.Meta.Name, kubernetes.CanaryPrefix) || err != nil || time.Now().Before(until) ||
			n.Meta.DeletionTimestamp != nil {
			continue
		}
		if err := c.removeNamespace(c.ctx, n.Meta.Name); err != nil {
			c.Remark("a killed run left a namespace that cannot be removed: %v", err)
			continue
		}
		c.Remark("the namespace %s, which a killed run left, is removed", n.Meta.Name)
	}
}
