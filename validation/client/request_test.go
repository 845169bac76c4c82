package client

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/validation/environment"
)

// An answer whose body ends too early is an error, so that no check judges a part
// of it.
func TestAnswerThatEndsTooEarly(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = io.WriteString(w, "half") // the client notices
	}))
	t.Cleanup(s.Close)
	env := &environment.Environment{Name: "test", URL: "https://example.com", HTTPAddress: s.Listener.Addr().String()}
	require.NoError(t, env.Complete(t.TempDir()))
	c, err := New(env, nil)
	require.NoError(t, err)
	answer := c.execute(t.Context(), c.newResty(c.Transport(), false), Request{Method: http.MethodGet}, s.URL)
	assert.Zero(t, answer.Code)
	assert.ErrorIs(t, answer.Err, io.ErrUnexpectedEOF)
}

// A body whose length is not told is sent in chunks, also when it is sent again.
func TestUntoldLength(t *testing.T) {
	t.Parallel()
	var got []string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body) // the assertion below tells
		got = append(got, strings.Join(append(r.TransferEncoding, r.Header.Get("Content-Length"), string(body)), " "))
		if len(got) == 1 {
			panic(http.ErrAbortHandler) // ends the connection
		}
	}))
	t.Cleanup(s.Close)
	env := &environment.Environment{Name: "test", URL: "https://example.com", HTTPAddress: s.Listener.Addr().String()}
	require.NoError(t, env.Complete(t.TempDir()))
	c, err := New(env, nil)
	require.NoError(t, err)
	answer := c.Do(t.Context(), Request{Method: http.MethodPost, Plain: true, Body: "body", Unsized: true})
	require.NoError(t, answer.Err)
	assert.Equal(t, []string{"chunked  body", "chunked  body"}, got)
}

// A long body of one character is not printed in full.
func TestCommandForABody(t *testing.T) {
	t.Parallel()
	assert.Equal(t, `head -c 5000 /dev/zero | tr '\0' 'x'`, body(strings.Repeat("x", 5000)))
	assert.Equal(t, `printf %s "xxy"`, body("xxy"))
	long := Counted(70_001)
	printed, err := exec.CommandContext(t.Context(), "sh", "-c", body(long)).Output()
	require.NoError(t, err)
	assert.Equal(t, long, string(printed))
	assert.Less(t, len(body(long)), 40)
}
