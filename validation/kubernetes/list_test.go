package kubernetes

import (
	"context"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
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
	text         string         // in each item
	read         func(page int) // is called for each page
}

func (e *endless) Resource(schema.GroupVersionResource) dynamic.NamespaceableResourceInterface {
	return e
}

func (e *endless) Namespace(string) dynamic.ResourceInterface { return e }

func (e *endless) List(context.Context, metav1.ListOptions) (*unstructured.UnstructuredList, error) {
	e.pages++
	if e.read != nil {
		e.read(e.pages)
	}
	page := &unstructured.UnstructuredList{Items: make([]unstructured.Unstructured, e.items)}
	for i := range page.Items {
		page.Items[i].Object = map[string]any{"kind": "Pod", "text": e.text}
	}
	page.SetContinue(strconv.Itoa(e.pages))
	return page, nil
}

func TestEndlessListEnds(t *testing.T) {
	t.Parallel()
	for name, items := range map[string]int{"empty pages": 0, "small objects": pageSize} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := &endless{items: items}
			_, err := (&Client{Interface: e}).List(t.Context(), Pods.Resource, "", "")
			require.ErrorContains(t, err, "the list of pods does not end")
			assert.LessOrEqual(t, e.pages*items, maxList/100, "an object takes more")
		})
	}
}

// Several endless lists at the same time take no more memory than one, but for
// their beginnings.
func TestEndlessListsTakeTurns(t *testing.T) {
	t.Parallel()
	var reading, most atomic.Int64
	var lists sync.WaitGroup
	for range 8 {
		lists.Go(func() {
			e := &endless{items: pageSize, text: strings.Repeat("x", 10_000)}
			e.read = func(page int) {
				if page*pageSize*len(e.text) > 2*largeList {
					most.Store(max(most.Load(), reading.Add(1)))
					runtime.Gosched() // others would read now, too
					reading.Add(-1)
				}
			}
			_, err := (&Client{Interface: e}).List(t.Context(), Pods.Resource, "", "")
			assert.ErrorContains(t, err, "the list of pods does not end")
		})
	}
	lists.Wait()
	assert.Equal(t, int64(1), most.Load())
}
