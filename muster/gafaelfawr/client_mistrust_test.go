package gafaelfawr

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestClientKeepsNoCookie(t *testing.T) {
	client := answering(t, func(w http.ResponseWriter, r *http.Request) {
		assert.Empty(t, r.Header.Get("Cookie"))
		http.SetCookie(w, &http.Cookie{Name: CookieName, Value: "x", Path: "/", Secure: true})
		_, _ = io.WriteString(w, `{"username":"u2","groups":[]}`)
	})
	for range 2 {
		_, err := client.UserInfo(t.Context(), mustToken(t, exampleToken))
		require.NoError(t, err)
	}
}

func TestClientMistrustsAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		want   string
	}{
		"not JSON": {
			func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") }, "not the JSON expected",
		},
		"other shape": {
			func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"username":["x"]}`) },
			"not the JSON expected",
		},
		"list": {func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `[]`) }, "not the JSON expected"},
		"cut off": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, `{"username":`)
		}, "unexpected EOF"},
		"huge": {func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, `{"username":"`+strings.Repeat("x", defaultBodyLimit)+`"}`)
		}, "too large"},
		"compressed huge": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			_, _ = io.WriteString(z, `{"username":"`+strings.Repeat("x", defaultBodyLimit)+`"}`)
			_ = z.Close()
		}, "too large"},
		"hangs up": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "EOF"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := answering(t, c.answer).UserInfo(t.Context(), mustToken(t, exampleToken))
			require.Error(t, err)
			assert.Contains(t, err.Error(), c.want)
			assert.Contains(t, err.Error(), "/auth/api/v1/user-info")
			assert.Less(t, len(err.Error()), 400)
			assert.NotContains(t, err.Error(), exampleSecret)
		})
	}
}

func TestClientGivesUpInTime(t *testing.T) {
	release := make(chan struct{})
	defer close(release)
	server := httptest.NewTLSServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-release:
		case <-r.Context().Done():
		}
	}))
	t.Cleanup(func() { server.CloseClientConnections(); server.Close() })
	client := NewClient(server.URL, ClientOptions{Transport: server.Client().Transport, Timeout: 50 * time.Millisecond})
	_, err := client.UserInfo(t.Context(), NewToken())
	require.ErrorIs(t, err, context.DeadlineExceeded)

	cause := errors.New("the run was interrupted")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	_, err = client.UserInfo(ctx, NewToken())
	require.ErrorIs(t, err, cause)
}

// net/http has no timeout for the connection after such an answer.
func TestClientSwitchesNoProtocol(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		if _, err := http.ReadRequest(bufio.NewReader(conn)); err != nil { // else it is unsolicited
			return
		}
		_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n")
		_, _ = io.Copy(io.Discard, conn) // until the client ends it
	}()
	_, err = NewClient("http://"+l.Addr().String(),
		ClientOptions{Timeout: 20 * time.Second, Transport: &http.Transport{}}).UserInfo(t.Context(), NewToken())
	require.ErrorContains(t, err, "answered 101")
	<-ended
}

func TestClientRefusesAnUntrustedCertificate(t *testing.T) {
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	_, err := NewClient(server.URL, ClientOptions{Transport: http.DefaultTransport}).UserInfo(t.Context(), NewToken())
	require.ErrorContains(t, err, "certificate")
}
