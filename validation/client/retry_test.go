package client

import (
	"context"
	"crypto/tls"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/validation/environment"
)

// connection is the context key of a request's connection.
type connection struct{}

// losing is a server that resets the connections of the first requests, and a
// client that sends again.
func losing(t *testing.T, first int64, http2, harmless bool) (*httptest.Server, *http.Client, *Retries, *atomic.Int64) {
	t.Helper()
	asked := &atomic.Int64{}
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1) > first {
			_, _ = io.Copy(w, r.Body) // the client notices a missing byte
			return
		}
		raw := r.Context().Value(connection{}).(*tls.Conn).NetConn().(*net.TCPConn)
		assert.NoError(t, raw.SetLinger(0))
		assert.NoError(t, raw.Close())
	}))
	s.EnableHTTP2 = http2
	s.Config.ConnContext = func(ctx context.Context, c net.Conn) context.Context {
		return context.WithValue(ctx, connection{}, c)
	}
	s.StartTLS()
	t.Cleanup(s.Close)
	r := &Retries{}
	client := s.Client()
	client.Transport = &retryTransport{next: client.Transport, retries: r, harmless: harmless}
	return s, client, r, asked
}

func TestLostConnectionIsTriedAgain(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		method   string
		lost     int64
		harmless bool
		asked    int64
		fails    bool
	}{
		"GET":                 {http.MethodGet, 1, false, 2, false},
		"DELETE":              {http.MethodDelete, 1, false, 2, false},
		"POST":                {http.MethodPost, 1, false, 1, true},
		"POST without effect": {http.MethodPost, 1, true, 2, false},
		"lost twice":          {http.MethodGet, 2, false, 3, false},
		"lost three times":    {http.MethodGet, 3, false, 3, true},
		"nothing lost":        {http.MethodGet, 0, false, 1, false},
	} {
		for _, http2 := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, HTTP/2 %v", name, http2), func(t *testing.T) {
				t.Parallel()
				s, client, r, asked := losing(t, c.lost, http2, c.harmless)
				req, err := http.NewRequestWithContext(t.Context(), c.method, s.URL, strings.NewReader("body"))
				require.NoError(t, err)
				answer, err := client.Do(req)
				assert.Equal(t, c.asked, asked.Load())
				assert.Equal(t, c.asked > 1, r.String() != "", r.String())
				if c.fails {
					require.Error(t, err)
					return
				}
				require.NoError(t, err)
				body, err := io.ReadAll(answer.Body)
				require.NoError(t, err)
				assert.NoError(t, answer.Body.Close())
				assert.Equal(t, "body", string(body))
			})
		}
	}
}

// A handshake that was lost may be repeated, but not the request that follows: it may
// have made a token already.
func TestRequestAfterLostHandshake(t *testing.T) {
	t.Parallel()
	s, client, r, asked := losing(t, 1, false, false)
	transport := client.Transport.(*retryTransport)
	transport.next = &lostHandshake{next: transport.next}
	answer, err := client.Post(s.URL, "text/plain", strings.NewReader("body"))
	if !assert.Error(t, err) {
		assert.NoError(t, answer.Body.Close())
	}
	assert.EqualValues(t, 1, asked.Load(), r.String())
}

// lostHandshake loses the first connection before a request can be sent.
type lostHandshake struct {
	next http.RoundTripper
	lost bool
}

func (l *lostHandshake) RoundTrip(r *http.Request) (*http.Response, error) {
	if !l.lost {
		l.lost = true
		return nil, syscall.ECONNRESET
	}
	return l.next.RoundTrip(r)
}

// nginx closes kept connections when it reloads. A request that is not idempotent
// must not use one.
func TestNoTokenIsMadeOnAKeptConnection(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		if used := r.Context().Value(connection{}).(*atomic.Int64); used.Add(1) > 1 {
			panic(http.ErrAbortHandler)
		}
	}))
	s.Config.ConnContext = func(ctx context.Context, _ net.Conn) context.Context {
		return context.WithValue(ctx, connection{}, &atomic.Int64{})
	}
	s.StartTLS()
	t.Cleanup(s.Close)
	authority := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	env := &environment.Environment{Name: "test", URL: "https://example.com", Address: s.Listener.Addr().String()}
	require.NoError(t, env.Complete(t.TempDir()))
	c, err := New(env, authority)
	require.NoError(t, err)
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPatch, http.MethodPost} {
		req, err := http.NewRequestWithContext(t.Context(), method, env.URL, nil)
		require.NoError(t, err)
		answer, err := c.Transport().RoundTrip(req)
		require.NoError(t, err, method)
		assert.NoError(t, answer.Body.Close())
	}
	assert.EqualValues(t, 4, asked.Load())
	assert.Empty(t, c.Retries.String())
}

func TestRetriesAreBounded(t *testing.T) {
	t.Parallel()
	var r Retries
	remarked := 0
	outer := 0
	ctx := OnRetry(OnRetry(t.Context(), func(string) { outer++ }), func(string) { remarked++ })
	for range retryLimit {
		require.NoError(t, r.Allow(ctx, "GET /x", syscall.ECONNRESET))
	}
	err := r.Allow(ctx, "GET /x", syscall.ECONNRESET)
	require.ErrorIs(t, err, syscall.ECONNRESET)
	require.ErrorIs(t, err, ErrConnectionsLost)
	assert.Equal(t, retryLimit, remarked)
	assert.Equal(t, retryLimit, outer)
	assert.Contains(t, r.String(), "8, because their connections were lost: GET /x: connection reset by peer")
	r.Reloads(2) // -write
	for range 2 * retryLimit {
		require.NoError(t, r.Allow(ctx, "GET /x", syscall.ECONNRESET))
	}
	require.ErrorIs(t, r.Allow(ctx, "GET /x", syscall.ECONNRESET), ErrConnectionsLost)
	slow := errors.New("took too long")
	require.ErrorIs(t, (&Retries{}).Allow(ctx, "GET /x", slow), slow, "what is slow is not sent again")
}
