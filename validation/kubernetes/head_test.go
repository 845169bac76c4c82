package kubernetes

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The head of an answer is bounded in both versions of HTTP. Otherwise a few
// answers of an aggregated API server take all memory.
func TestHeadIsBounded(t *testing.T) {
	t.Parallel()
	for protocol, says := range map[string]string{
		"HTTP/1.1": "server response headers exceeded 65536 bytes",
		"HTTP/2.0": "response header list larger than advertised limit",
	} {
		for _, size := range []int{headLimit / 2, 2 * headLimit} {
			server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				assert.Equal(t, protocol, r.Proto)
				w.Header().Set("Content-Type", "application/json")
				for range size >> 10 {
					w.Header().Add("X-Flood", strings.Repeat("x", 1<<10-16))
				}
				page("")(w)
			}))
			server.Config.ErrorLog = log.New(io.Discard, "", 0)
			server.EnableHTTP2 = protocol == "HTTP/2.0"
			server.StartTLS()
			t.Cleanup(server.Close)
			pods, err := List(t.Context(), clientOf(t, server.URL), Pods, "", "")
			if size < headLimit {
				require.NoError(t, err, protocol)
				assert.Len(t, pods.Items, 1)
			} else {
				require.ErrorContains(t, err, says, protocol)
			}
		}
	}
}
