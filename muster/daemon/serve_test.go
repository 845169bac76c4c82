package daemon

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// serving starts a server with one answer on both listeners.
func serving(t *testing.T) (public, internal string) {
	t.Helper()
	outside, inside, err := listen("127.0.0.1:0", "127.0.0.1:0")
	require.NoError(t, err)
	ok := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { WriteJSON(w, http.StatusOK, "ok") })
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() {
		done <- Server{
			Public: ok, Internal: ok, Connections: 512, WriteTimeout: time.Second, Grace: time.Second,
			Log: slog.New(slog.DiscardHandler),
		}.Serve(ctx, outside, inside)
	}()
	t.Cleanup(func() { stop(); assert.NoError(t, <-done) })
	return outside.Addr().String(), inside.Addr().String()
}

// silent opens connections that send half a request head and then nothing.
func silent(t *testing.T, address string, count int) {
	t.Helper()
	for range count {
		conn, err := net.Dial("tcp", address)
		require.NoError(t, err)
		t.Cleanup(func() { _ = conn.Close() })
		_, err = io.WriteString(conn, "GET /healthz HTTP/1.1\r\nHost: x\r\nX-")
		require.NoError(t, err)
	}
}

// latency is how long one request on a new connection takes.
func latency(t *testing.T, address string) time.Duration {
	t.Helper()
	client := &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	start := time.Now()
	answer, err := client.Get("http://" + address + "/healthz")
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	assert.Equal(t, http.StatusOK, answer.StatusCode)
	return time.Since(start)
}

// The kubelet's probes wait for at least 5 s. Silent connections on both ports
// must not delay an answer longer.
func TestSilentConnectionsDoNotDelayProbes(t *testing.T) {
	t.Parallel()
	public, internal := serving(t)
	silent(t, internal, 600)
	silent(t, public, 600)
	assert.Less(t, latency(t, internal), 3*time.Second)
	assert.Less(t, latency(t, public), 2*headTimeout+3*time.Second, "silent connections end after headTimeout")
}

// An internal connection that was used once does not keep its place for ever
// either. A big head is refused there.
func TestInternalLimits(t *testing.T) {
	t.Parallel()
	_, internal := serving(t)
	conn, err := net.Dial("tcp", internal)
	require.NoError(t, err)
	defer conn.Close()
	_, err = io.WriteString(conn, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
	require.NoError(t, err)
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(headTimeout+10*time.Second)))
	_, err = io.Copy(io.Discard, conn)
	assert.NoError(t, err, "the server closes it")

	q, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+internal+"/healthz", nil)
	require.NoError(t, err)
	q.Header.Set("X-Big", strings.Repeat("x", 2*internalHeadLimit))
	answer, err := http.DefaultClient.Do(q)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	assert.Equal(t, http.StatusRequestHeaderFieldsTooLarge, answer.StatusCode)
}
