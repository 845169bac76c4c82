package runner

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/validation/verdict"
)

// A hundred simultaneous requests get the same run.
func TestHundredAskers(t *testing.T) {
	t.Parallel()
	s, open := gate(t)
	results := make(chan result, 100)
	for range cap(results) {
		go func() { results <- s.run("") }()
	}
	until(t, "a hundred waiters", func() bool { return s.current() != nil && s.waitersOf(s.current()) == cap(results) })
	open()
	runs, joined := map[string]bool{}, 0
	for range cap(results) {
		got := <-results
		assert.Equal(t, verdict.Pass, got.Status)
		if runs[got.ID] = true; got.Joined {
			joined++
		}
	}
	assert.Len(t, runs, 1)
	assert.Equal(t, cap(results)-1, joined)
}

// raw sends bytes that no client would send and returns the connection.
func (s *site) raw(text string) net.Conn {
	s.t.Helper()
	conn, err := net.Dial("tcp", s.address)
	require.NoError(s.t, err)
	s.t.Cleanup(func() { _ = conn.Close() })
	_, err = io.WriteString(conn, text)
	require.NoError(s.t, err)
	return conn
}

// Clients that never read their stream delay neither other answers nor the end of
// the run.
func TestDeafReaders(t *testing.T) {
	t.Parallel()
	s, open := gate(t)
	done := make(chan result, 1)
	go func() { done <- s.run("") }()
	until(t, "a run", func() bool { return s.current() != nil })
	id := s.current().ID
	for range 100 {
		conn := s.raw("GET /muster/runner/runs/" + id + " HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n")
		assert.NoError(t, conn.(*net.TCPConn).SetReadBuffer(1))
	}
	answer, text := s.ask(http.MethodGet, "/runs", "")
	assert.Equal(t, http.StatusOK, answer.StatusCode)
	assert.Contains(t, text, id)
	open()
	assert.Equal(t, verdict.Pass, (<-done).Status)
	assert.Equal(t, verdict.Pass, s.run("").Status)
}

// No path leads out of the history's folder.
func TestPathTraversal(t *testing.T) {
	t.Parallel()
	const secret = "what is beside the history"
	cfg := child(t, "pass")
	cfg.Store = filepath.Join(t.TempDir(), "store")
	require.NoError(t, os.MkdirAll(cfg.Store, 0o700))
	for _, name := range []string{"secret", "secret.json", "secret.json.gz"} {
		require.NoError(t, os.WriteFile(filepath.Join(filepath.Dir(cfg.Store), name), []byte(secret), 0o600))
	}
	s := start(t, cfg, nil)
	id := s.run("").ID
	for _, at := range []string{"/runs/", "/pages/runs/", "/pages/", "/static/", "/runs/" + id + "/", "/"} {
		for _, path := range []string{
			"../secret", "../../secret", "..%2fsecret", "%2e%2e%2fsecret", "%2e%2e/secret", `..\secret`, "..%5csecret",
			"..%252fsecret", "....//secret", "..;/secret", "..%00/secret", "..%c0%afsecret", "/etc/passwd",
			"../../../../../../etc/passwd", filepath.Dir(cfg.Store) + "/secret",
		} {
			conn := s.raw(fmt.Sprintf("GET /muster/runner%s%s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", at, path))
			answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
			require.NoError(t, err)
			body, err := io.ReadAll(answer.Body)
			require.NoError(t, err)
			assert.GreaterOrEqual(t, answer.StatusCode, 300, "%s%s: %.200s", at, path, body)
			assert.NotContains(t, string(body), secret)
			assert.NotContains(t, string(body), "root:")
		}
	}
}
