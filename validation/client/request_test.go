package client

import (
	"io"
	"net/http"
	"net/http/httptest"
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

// A long body of one character is not printed in full.
func TestCommandForABody(t *testing.T) {
	t.Parallel()
	assert.Equal(t, `head -c 5000 /dev/zero | tr '\0' 'x'`, body(strings.Repeat("x", 5000)))
	assert.Equal(t, `printf %s "xxy"`, body("xxy"))
}
