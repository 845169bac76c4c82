package kubernetes

import (
	"context"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
)

// endless is an API server that always has one more page.
type endless struct {
	dynamic.Interface
	dynamic.NamespaceableResourceInterface
	items, pages int
}

func (e *endless) Resource(schema.GroupVersionResource) dynamic.NamespaceableResourceInterface {
	return e
}

func (e *endless) Namespace(string) dynamic.ResourceInterface { return e }

func (e *endless) List(context.Context, metav1.ListOptions) (*unstructured.UnstructuredList, error) {
	e.pages++
	page := &unstructured.UnstructuredList{Items: make([]unstructured.Unstructured, e.items)}
	page.SetContinue(strconv.Itoa(e.pages))
	return page, nil
}

func TestEndlessListEnds(t *testing.T) {
	t.Parallel()
	for _, items := range []int{0, pageSize} {
		_, err := (&Client{Interface: &endless{items: items}}).List(t.Context(), Pods.Resource, "", "")
		require.ErrorContains(t, err, "the list of pods does not end")
	}
}
