package daemon

import (
	"net"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestListen(t *testing.T) {
	t.Parallel()
	public, internal, err := listen("127.0.0.1:0", "")
	require.NoError(t, err)
	assert.Nil(t, internal)
	taken := public.Addr().String()
	_, _, err = listen(taken, "")
	assert.ErrorContains(t, err, "MUSTER_ADDRESS: listen tcp "+taken+": ")
	require.NoError(t, public.Close())

	other, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer other.Close()
	_, _, err = listen(taken, other.Addr().String())
	assert.ErrorContains(t, err, "MUSTER_INTERNAL_ADDRESS: listen tcp ")
	public, internal, err = listen(taken, "127.0.0.1:0")
	require.NoError(t, err, "nothing was left listening")
	assert.NoError(t, public.Close())
	assert.NoError(t, internal.Close())
}

func TestRequestID(t *testing.T) {
	t.Parallel()
	for id, kept := range map[string]bool{
		"0123456789abcdef": true, "A-z_0.9": true, strings.Repeat("x", 128): true,
		"": false, strings.Repeat("x", 129): false, "a b": false, "a\n": false, "a b c": false, "a/b": false, "é": false,
		"gt-" + strings.Repeat("k", 22) + "." + strings.Repeat("s", 22): false,
	} {
		r := httptest.NewRequestWithContext(t.Context(), "GET", "/", nil)
		r.Header["X-Request-Id"] = []string{id}
		if got := RequestID(r); kept {
			assert.Equal(t, id, got)
		} else {
			assert.Regexp(t, `\A[0-9a-f]{32}\z`, got, "instead of %q", id)
		}
	}
}

func TestAssetsChangeTheirURL(t *testing.T) {
	t.Parallel()
	a, b := newAsset("/style.css", "text/css", []byte("a")), newAsset("/style.css", "text/css", []byte("b"))
	assert.Regexp(t, `\A/style\.css\?v=[0-9a-f]+\z`, a.URL)
	assert.NotEqual(t, a.URL, b.URL)
	w := httptest.NewRecorder()
	b.ServeHTTP(w, nil)
	assert.Equal(t, "b", w.Body.String())
	assert.Equal(t, "text/css", w.Header().Get("Content-Type"))
	assert.Equal(t, "public, max-age=3600", w.Header().Get("Cache-Control"))
}
