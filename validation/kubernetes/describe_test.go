package kubernetes

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
)

func podObject(name, ready string) any {
	return map[string]any{
		"apiVersion": "v1", "kind": "Pod",
		"metadata": map[string]any{"name": name, "namespace": "muster"},
		"spec":     map[string]any{"containers": []any{map[string]any{"name": "main"}}},
		"status": map[string]any{
			"conditions":        []any{map[string]any{"type": "Ready", "status": ready}},
			"containerStatuses": []any{map[string]any{"name": "main"}},
		},
	}
}

// listing returns a client of an API server that has only these pods.
func listing(t *testing.T, pods []any) *Client {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		list := map[string]any{"apiVersion": "v1", "kind": "EventList", "items": []any{}}
		if strings.HasSuffix(r.URL.Path, "/pods") {
			list["kind"], list["items"] = "PodList", pods
		}
		w.Header().Set("Content-Type", "application/json")
		assert.NoError(t, json.NewEncoder(w).Encode(list))
	}))
	t.Cleanup(server.Close)
	client, err := dynamic.NewForConfig(&rest.Config{Host: server.URL})
	require.NoError(t, err)
	return &Client{Interface: client}
}

// The logs of ten pods are shown, and pods that are not ready come first.
func TestDescribeShowsSickPodsFirst(t *testing.T) {
	t.Parallel()
	var pods []any
	for i := range describedPods + 2 {
		pods = append(pods, podObject(fmt.Sprintf("a-well-%02d", i), "True"))
	}
	client := listing(t, append(pods, podObject("z-sick", "False")))
	client.Logs = func(_ context.Context, of Log) (string, error) {
		return "log of " + of.Pod + "/" + of.Container + "\n", nil
	}
	var b strings.Builder
	client.Describe(t.Context(), &b, "muster")
	first, rest, found := strings.Cut(b.String(), "--- pod a-well-00")
	require.True(t, found, b.String())
	assert.Contains(t, first, "--- pod z-sick")
	assert.Contains(t, first, "log of z-sick/main")
	assert.Equal(t, describedPods-1, strings.Count(rest, "log of a-well-"))
	assert.Contains(t, rest, fmt.Sprintf("--- pod a-well-%02d", describedPods+1))
}

// The warning is shown although it is on a later page of events. Completed pods
// come last. A restarted container shows how its former run ended.
func TestDescribeShowsWhatIsWrong(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		switch {
		case strings.HasSuffix(r.URL.Path, "/pods"):
			_, _ = fmt.Fprint(w, `{"apiVersion":"v1","kind":"PodList","metadata":{},"items":[`+done("a")+`,`+
				`{"metadata":{"namespace":"muster","name":"z"},"status":{"phase":"Pending","initContainerStatuses":[`+
				`{"name":"init","restartCount":4,"state":{"waiting":{"reason":"CrashLoopBackOff"}},`+
				`"lastState":{"terminated":{"exitCode":1,"reason":"Error"}}}]}}]}`)
		case r.URL.Query().Get("continue") == "":
			_, _ = fmt.Fprint(w, `{"apiVersion":"v1","kind":"EventList","metadata":{"continue":"2"},"items":[`+
				strings.Repeat(pulled+",", describedEvents)+pulled+`]}`)
		default:
			_, _ = fmt.Fprint(
				w,
				`{"apiVersion":"v1","kind":"EventList","metadata":{},"items":[{"type":"Warning","reason":"BackOff",`+
					`"message":"the one","metadata":{"name":"z","namespace":"muster"},"involvedObject":{"kind":"Pod","name":"z"}}]}`,
			)
		}
	}))
	t.Cleanup(server.Close)
	objects, err := dynamic.NewForConfig(&rest.Config{Host: server.URL})
	require.NoError(t, err)
	client := &Client{Interface: objects, Logs: func(_ context.Context, of Log) (string, error) {
		return fmt.Sprintf("%s/%s previous %t\n", of.Pod, of.Container, of.Previous), nil
	}}
	var b strings.Builder
	client.Describe(t.Context(), &b, "muster")
	text := b.String()
	assert.Contains(t, text, "Warning BackOff Pod z: the one")
	assert.Less(t, strings.Index(text, "--- pod z"), strings.Index(text, "--- pod a"))
	assert.Contains(t, text, "log of the former run of init:\nz/init previous true")
}

const pulled = `{"type":"Normal","reason":"Pulled","metadata":{"name":"a","namespace":"muster"}}`

func done(name string) string {
	return `{"metadata":{"namespace":"muster","name":"` + name + `"},"status":{"phase":"Succeeded","containerStatuses":[` +
		`{"name":"main","state":{"terminated":{"exitCode":0,"reason":"Completed"}}}]}}`
}
