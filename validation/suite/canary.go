package suite

import (
	"context"
	"fmt"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/yaml"
)

const (
	// canaryLabel is on what -write makes, so that other checks leave it alone, and
	// what a killed run left can be found: kubectl get namespace -l muster.lsst.io/canary.
	canaryLabel = "muster.lsst.io/canary"
	// canaryUntil says when no run needs the canary any more.
	canaryUntil = "muster.lsst.io/until"
	// canaryLife is more than the run that makes it takes.
	canaryLife = time.Hour
)

// NoCanary selects what no run's -write made: TestCanary judges that.
const NoCanary = "!" + canaryLabel

// canary is a GafaelfawrIngress with something behind it that must never be
// asked: an address that belongs to nobody (RFC 5737).
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
metadata: {name: canary, namespace: NAME, labels: {LABEL: "true"}}
config:
  scopes: {all: [SCOPE]}
  service: canary
template:
  metadata: {name: canary, labels: {LABEL: "true"}}
  spec:
    rules:
    - host: HOST
      http: {paths: [{path: /NAME, pathType: Exact, backend: {service: {name: canary, port: {name: http}}}}]}
`

// canaryKinds are the kinds of those objects, in their order.
var canaryKinds = []schema.GroupVersionResource{Namespaces.Resource, Services.Resource, EndpointSlices.Resource, GafaelfawrIngresses.Resource}

// MakeCanary makes a namespace with a GafaelfawrIngress of its own, and has all
// removed when the check ends. What a killed run left is removed first.
func (c *Check) MakeCanary() Target {
	c.removeOldCanaries()
	name := "muster-canary-" + c.run.tokens.suffix
	until := fmt.Sprintf("%s: %q", canaryUntil, time.Now().Add(canaryLife).UTC().Format(time.RFC3339))
	text := strings.NewReplacer("NAME", name, "LABEL", canaryLabel, "UNTIL", until, "HOST", c.run.env.Host(), "SCOPE", fmt.Sprintf("%q", c.run.env.Scope)).Replace(canary)
	for i, document := range strings.Split(text, "\n---\n") {
		resource := canaryKinds[i]
		client := c.kubernetes("create", resource).Resource(resource)
		var o unstructured.Unstructured
		c.NoError(yaml.Unmarshal([]byte(document), &o.Object), "the canary in YAML")
		in := client.Namespace(o.GetNamespace())
		// An interruption does not stop it half-way: what may be there is removed.
		_, err := in.Create(context.WithoutCancel(c.ctx), &o, metav1.CreateOptions{})
		if !apierrors.IsForbidden(err) {
			c.Cleanup(func(ctx context.Context) error {
				if err := in.Delete(ctx, o.GetName(), metav1.DeleteOptions{}); err != nil && !apierrors.IsNotFound(err) {
					return fmt.Errorf("%s %s (namespace %s) is still there: %w", o.GetKind(), o.GetName(), name, err)
				}
				return nil
			})
		}
		c.allowed(err, "create", resource, o.GetNamespace())
	}
	c.Concerns(name)
	return Target{Path: "/" + name, Scope: c.run.env.Scope}
}

// removeOldCanaries removes the namespaces whose runs must have ended: those of
// another run that is under way stay.
func (c *Check) removeOldCanaries() {
	for _, n := range List(c, Namespaces, "", canaryLabel) {
		until, err := time.Parse(time.RFC3339, n.Meta.Annotations[canaryUntil])
		if err != nil || time.Now().Before(until) || n.Meta.DeletionTimestamp != nil {
			continue
		}
		client := c.kubernetes("delete", Namespaces.Resource).Resource(Namespaces.Resource)
		if err := client.Delete(c.ctx, n.Meta.Name, metav1.DeleteOptions{}); err != nil && !apierrors.IsNotFound(err) {
			c.Remark("the namespace %s, which a killed run left, cannot be removed: %v", n.Meta.Name, err)
			continue
		}
		c.Remark("the namespace %s, which a killed run left, is removed", n.Meta.Name)
	}
}
