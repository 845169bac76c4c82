package kubernetes

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
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
	"k8s.io/client-go/rest"
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
		page.Items[i].Object = map[string]any{"kind": "Pod",
			"metadata": map[string]any{"annotations": map[string]any{"text": e.text}}}
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
			_, err := List(t.Context(), &Client{Interface: e}, Pods, "", "")
			require.ErrorContains(t, err, "the list of pods does not end")
			assert.LessOrEqual(t, e.pages*items, maxList/100, "an object takes more")
		})
	}
}

// Several endless lists at the same time take hardly more memory than one.
func TestEndlessListsTakeTurns(t *testing.T) {
	t.Parallel()
	var reading, most atomic.Int64
	var lists sync.WaitGroup
	for range 8 {
		lists.Go(func() {
			e := &endless{items: pageSize, text: strings.Repeat("x", 10_000)}
			e.read = func(page int) {
				if page > 1 {
					most.Store(max(most.Load(), reading.Add(1)))
					runtime.Gosched() // others would read now, too
					reading.Add(-1)
				}
			}
			_, err := List(t.Context(), &Client{Interface: e}, Pods, "", "")
			assert.ErrorContains(t, err, "the list of pods does not end")
		})
	}
	lists.Wait()
	assert.Equal(t, int64(1), most.Load())
}

// A page that is too large to decode is requested again with fewer objects. A
// single object that is too large is an error.
func TestHeavyPages(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		members, objects int
		heavy            bool
	}{
		"some of them": {5_000, 40, false},
		"each":         {200_000, 1, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			item := `{"x":[{}` + strings.Repeat(",{}", c.members) + `]}`
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				from, _ := strconv.Atoi(r.URL.Query().Get("continue")) // none is 0
				limit, err := strconv.Atoi(r.URL.Query().Get("limit"))
				assert.NoError(t, err)
				to, next := min(c.objects, from+limit), ""
				if to < c.objects {
					next = strconv.Itoa(to)
				}
				items := strings.TrimSuffix(strings.Repeat(item+",", to-from), ",")
				w.Header().Set("Content-Type", "application/json")
				_, _ = fmt.Fprintf(w, `{"apiVersion":"v1","kind":"PodList","metadata":{"continue":%q},"items":[%s]}`, next,
					items) // the client may have gone
			}))
			t.Cleanup(server.Close)
			config := &rest.Config{Host: server.URL, QPS: -1}
			config.Wrap(func(next http.RoundTripper) http.RoundTripper { return weighing{next} })
			client, err := dynamic.NewForConfig(config)
			require.NoError(t, err)
			l, err := List(t.Context(), &Client{Interface: client}, Pods, "", "")
			if c.heavy {
				require.ErrorIs(t, err, errHeavy)
				return
			}
			require.NoError(t, err)
			assert.Len(t, l.Items, c.objects)
		})
	}
}
