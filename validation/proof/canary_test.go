package proof

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/lsst-sqre/muster/validation/kubernetes/resources"
)

// An operator that follows edits makes the check green. One that only makes
// Ingresses is named.
func canaryIsEdited(t *testing.T, w *world) {
	args := []string{"-test.run=TestCanary", "-write", "-settle=5s", "-env=" + w.env(t, "admin", "")}
	stop := operate(t, w, follows)
	o := runs(t, theSuite(t), args...)
	stop()
	assert.Zero(t, o.code, o.stdout+o.stderr)

	stop = operate(t, w, makes)
	o = runs(t, theSuite(t), args...)
	stop()
	assert.Equal(t, []string{"TestCanary"}, o.failed(), o.stdout)
	assert.Contains(t, o.stdout, "CAUSE Gafaelfawr's operator makes Ingresses and does not change them")

	stop = operate(t, w, refused)
	o = runs(t, theSuite(t), args...)
	stop()
	assert.Equal(t, []string{"TestCanary"}, o.failed(), o.stdout)
	assert.Contains(t, o.stdout, "CAUSE No Ingress can be made or changed, because the API server asks a webhook")
}

// What an operator does with a new GafaelfawrIngress, and with its edits.
type conduct int

const (
	follows conduct = iota
	makes           // it makes the Ingress, and does not change it
	refused         // the API server asks a webhook that is gone
)

// operate handles canaries until it is stopped: the local deployment has their
// objects, so that it serves them, and the API server the Ingresses. An operator
// that does not follow leaves an Ingress as it made it.
func operate(t *testing.T, w *world, does conduct) (stop func()) {
	ctx, cancel := context.WithCancel(w.ctx)
	done := make(chan error, 1)
	go func() {
		tick := time.NewTicker(50 * time.Millisecond)
		defer tick.Stop()
		var err error
		for err == nil && ctx.Err() == nil {
			err = operateOnce(ctx, w, does)
			<-tick.C
		}
		done <- err
	}()
	return func() {
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			require.NoError(t, err)
		}
	}
}

func operateOnce(ctx context.Context, w *world, does conduct) error {
	list, err := w.api.Resource(resources.GafaelfawrIngresses).List(ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	for _, g := range list.Items {
		namespace := g.GetNamespace()
		in, err := w.api.Resource(resources.Namespaces).Get(ctx, namespace, metav1.GetOptions{})
		if err != nil || !strings.HasPrefix(namespace, "muster-canary-") || in.GetDeletionTimestamp() != nil {
			continue // those of before stay, because no controller removes them
		}
		err = operateOn(ctx, w, g, does)
		if err != nil && !apierrors.HasStatusCause(err, corev1.NamespaceTerminatingCause) {
			return err // a namespace may end after it was read
		}
	}
	return nil
}

func operateOn(ctx context.Context, w *world, g unstructured.Unstructured, does conduct) error {
	if does == refused {
		return tellOfWebhook(ctx, w, g)
	}
	if err := copyCanary(ctx, w, g.GetNamespace()); err != nil {
		return err
	}
	made, err := w.deployment.Kubernetes().Resource(resources.Ingresses).Namespace(g.GetNamespace()).
		Get(ctx, g.GetName(), metav1.GetOptions{})
	if err != nil {
		return err
	}
	return writeIngress(ctx, w, made, g, does == follows)
}

// tellOfWebhook writes the event that Gafaelfawr's operator writes when it fails.
func tellOfWebhook(ctx context.Context, w *world, of unstructured.Unstructured) error {
	event := &unstructured.Unstructured{Object: map[string]any{
		"metadata": map[string]any{"namespace": of.GetNamespace(), "name": of.GetName() + ".1"},
		"type":     "Error", "reason": "Logging",
		"message": "Handler 'create' failed: (500) Internal error occurred: failed calling webhook " +
			`"validate.nginx.ingress.kubernetes.io": service "ingress-nginx-controller-admission" not found`,
		"involvedObject": map[string]any{"apiVersion": of.GetAPIVersion(), "kind": of.GetKind(), "name": of.GetName(),
			"namespace": of.GetNamespace(), "uid": string(of.GetUID())},
	}}
	event.SetAPIVersion("v1")
	event.SetKind("Event")
	_, err := w.api.Resource(resources.Events).Namespace(of.GetNamespace()).Create(ctx, event, metav1.CreateOptions{})
	if apierrors.IsAlreadyExists(err) {
		return nil
	}
	return err
}

// copyCanary makes the local deployment have what the API server has in the namespace.
func copyCanary(ctx context.Context, w *world, namespace string) error {
	for _, resource := range []schema.GroupVersionResource{
		resources.Services, resources.EndpointSlices, resources.GafaelfawrIngresses,
	} {
		all, err := w.api.Resource(resource).Namespace(namespace).List(ctx, metav1.ListOptions{})
		if err != nil {
			return err
		}
		in := w.deployment.Kubernetes().Resource(resource).Namespace(namespace)
		for _, o := range all.Items {
			_, err := in.Create(ctx, &o, metav1.CreateOptions{})
			if apierrors.IsAlreadyExists(err) {
				_, err = in.Update(ctx, &o, metav1.UpdateOptions{})
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// writeIngress makes the Ingress on the API server, or changes it.
func writeIngress(ctx context.Context, w *world, made *unstructured.Unstructured, of unstructured.Unstructured,
	follows bool) error {
	in := w.api.Resource(resources.Ingresses).Namespace(made.GetNamespace())
	owners := made.GetOwnerReferences()
	owners[0].UID = of.GetUID()
	made.SetOwnerReferences(owners)
	made.SetResourceVersion("")
	made.SetUID("")
	_, err := in.Create(ctx, made, metav1.CreateOptions{})
	if !apierrors.IsAlreadyExists(err) {
		return err
	}
	if !follows {
		return nil
	}
	old, err := in.Get(ctx, made.GetName(), metav1.GetOptions{})
	if err != nil {
		return err
	}
	made.SetResourceVersion(old.GetResourceVersion())
	_, err = in.Update(ctx, made, metav1.UpdateOptions{})
	return err
}
