package proof

import (
	"encoding/json"
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
	"sigs.k8s.io/yaml"

	"github.com/lsst-sqre/muster/fixtures/faults"
	"github.com/lsst-sqre/muster/validation/kubernetes/resources"
)

// change applies a merge patch and reverts it when the test ends. It writes the
// status to the status subresource.
func (w *world) change(t *testing.T, resource schema.GroupVersionResource, id, patch string) {
	t.Helper()
	namespace, name, _ := strings.Cut(id, "/")
	in := w.api.Resource(resource).Namespace(namespace)
	before, err := in.Get(w.ctx, name, metav1.GetOptions{})
	require.NoError(t, err)
	var parts map[string]any
	require.NoError(t, yaml.Unmarshal([]byte(patch), &parts))
	_, has := parts["status"]
	status, _ := parts["status"].(map[string]any) // none where it is to be removed
	if hasStatus(resource) {
		delete(parts, "status")
	}
	generation := before.GetGeneration()
	send := func(part any, subresources ...string) {
		text, err := json.Marshal(part)
		require.NoError(t, err)
		made, err := in.Patch(w.ctx, name, types.MergePatchType, text, metav1.PatchOptions{}, subresources...)
		require.NoError(t, err)
		generation = made.GetGeneration()
	}
	if len(parts) > 0 {
		send(parts)
	}
	if has && hasStatus(resource) {
		if status == nil {
			send(map[string]any{"status": nil}, "status")
		} else {
			observe(status, generation)
			send(map[string]any{"status": status}, "status")
		}
	}
	t.Cleanup(func() { w.restore(t, resource, before) })
}

// remove deletes an object and restores it when the test ends.
func (w *world) remove(t *testing.T, resource schema.GroupVersionResource, id string) {
	t.Helper()
	namespace, name, _ := strings.Cut(id, "/")
	in := w.api.Resource(resource).Namespace(namespace)
	before, err := in.Get(w.ctx, name, metav1.GetOptions{})
	require.NoError(t, err)
	require.NoError(t, in.Delete(w.ctx, name, atOnce()))
	t.Cleanup(func() { w.restore(t, resource, before) })
}

func (w *world) restore(t *testing.T, resource schema.GroupVersionResource, before *unstructured.Unstructured) {
	if resource == resources.Secrets { // one that is immutable takes no update
		in := w.api.Resource(resource).Namespace(before.GetNamespace())
		if err := in.Delete(w.ctx, before.GetName(), atOnce()); !apierrors.IsNotFound(err) {
			require.NoError(t, err)
		}
	}
	w.put(t, resource, before, nil)
}

// edit makes an edit of a fault. It edits an Ingress in the local deployment,
// too, because the edge reads it there.
func (w *world) edit(t *testing.T, e faults.Edit) {
	t.Helper()
	switch {
	case e.Remove:
		w.remove(t, e.Resource, e.Object)
	case e.Add != "":
		o, err := e.ObjectAt(time.Now())
		require.NoError(t, err)
		w.addObject(t, e.Resource, o)
	default:
		w.change(t, e.Resource, e.Object, e.PatchAt(time.Now()))
	}
	if e.Resource == resources.Ingresses {
		w.editEdge(t, e)
	}
}

func (w *world) editEdge(t *testing.T, e faults.Edit) {
	t.Helper()
	in := w.deployment.Kubernetes().Resource(resources.Ingresses).Namespace(e.Namespace())
	before, err := in.Get(w.ctx, e.Name(), metav1.GetOptions{})
	switch {
	case e.Add != "":
		o, bad := e.ObjectAt(time.Now())
		require.NoError(t, bad)
		_, err = in.Create(w.ctx, o, metav1.CreateOptions{})
		t.Cleanup(func() { assert.NoError(t, in.Delete(w.ctx, e.Name(), metav1.DeleteOptions{})) })
	case e.Remove:
		require.NoError(t, err)
		err = in.Delete(w.ctx, e.Name(), metav1.DeleteOptions{})
		t.Cleanup(func() {
			_, err := in.Create(w.ctx, before, metav1.CreateOptions{})
			assert.NoError(t, err)
		})
	default:
		require.NoError(t, err)
		_, err = in.Patch(w.ctx, e.Name(), types.MergePatchType, []byte(e.PatchAt(time.Now())), metav1.PatchOptions{})
		t.Cleanup(func() {
			_, err := in.Update(w.ctx, before, metav1.UpdateOptions{})
			assert.NoError(t, err)
		})
	}
	require.NoError(t, err)
}

// add creates an object for the duration of the test.
func (w *world) add(t *testing.T, resource schema.GroupVersionResource, text string) {
	t.Helper()
	w.addObject(t, resource, fromYAML(t, text))
}

func (w *world) addObject(t *testing.T, resource schema.GroupVersionResource, o *unstructured.Unstructured) {
	t.Helper()
	o.SetGroupVersionKind(resource.GroupVersion().WithKind(resources.Kind(resource)))
	w.put(t, resource, o, nil)
	t.Cleanup(func() {
		err := w.api.Resource(resource).Namespace(o.GetNamespace()).Delete(w.ctx, o.GetName(),
			atOnce())
		assert.NoError(t, err)
	})
}

// atOnce deletes an object without its dependents, because no garbage collector
// runs here.
func atOnce() metav1.DeleteOptions {
	now, policy := int64(0), metav1.DeletePropagationBackground
	return metav1.DeleteOptions{GracePeriodSeconds: &now, PropagationPolicy: &policy}
}

func fromYAML(t *testing.T, text string) *unstructured.Unstructured {
	t.Helper()
	var o unstructured.Unstructured
	require.NoError(t, yaml.Unmarshal([]byte(text), &o.Object), text)
	return &o
}
