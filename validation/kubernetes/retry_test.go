package kubernetes

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
)

// answering returns a client of an API server with these answers, the last one
// repeated. asked counts the requests.
func answering(t *testing.T, asked *int, answers ...func(w http.ResponseWriter)) *Client {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		answers[min(*asked, len(answers)-1)](w)
		*asked++
	}))
	t.Cleanup(server.Close)
	config := &rest.Config{Host: server.URL, QPS: -1}
	config.Wrap(func(next http.RoundTripper) http.RoundTripper { return retrying{weighing{next}, time.Millisecond} })
	client, err := dynamic.NewForConfig(config)
	require.NoError(t, err)
	return &Client{Interface: client}
}

func page(next string) func(w http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		_, _ = fmt.Fprintf(w,
			`{"apiVersion":"v1","kind":"PodList","metadata":{"continue":%q},"items":[{"metadata":{"name":"a"}}]}`, next)
	}
}

func refusal(code int, reason string) func(w http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		w.WriteHeader(code)
		_, _ = fmt.Fprintf(w, `{"apiVersion":"v1","kind":"Status","status":"Failure","reason":%q,"code":%d}`, reason, code)
	}
}

func TestListAsksAgain(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answers []func(w http.ResponseWriter)
		objects int
		asked   int
	}{
		"overloaded twice": {
			[]func(http.ResponseWriter){refusal(503, ""), refusal(429, "TooManyRequests"), page("")}, 1, 3,
		},
		"etcd without a leader": {[]func(http.ResponseWriter){refusal(500, "InternalError"), page("")}, 1, 2},
		"expired on its way":    {[]func(http.ResponseWriter){page("2"), refusal(410, "Expired"), page("3"), page("")}, 2, 4},
		"overloaded for good":   {[]func(http.ResponseWriter){refusal(503, "ServiceUnavailable")}, 0, tries},
	} {
		asked := 0
		all, err := List(t.Context(), answering(t, &asked, c.answers...), Pods, "muster", "")
		assert.Equal(t, c.objects == 0, err != nil, "%s: %v", name, err)
		assert.Len(t, all.Items, c.objects, name)
		assert.Equal(t, c.asked, asked, name)
	}
}

// An endless list is an error that names the resource.
func TestListWithoutEnd(t *testing.T) {
	t.Parallel()
	asked := 0
	_, err := List(t.Context(), answering(t, &asked, page("again")), Pods, "muster", "")
	require.ErrorContains(t, err, "the list of pods does not end")
	assert.LessOrEqual(t, asked, 500)
}
