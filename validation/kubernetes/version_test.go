package kubernetes

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A version is only what looks like one, of an API server that gives it.
func TestVersion(t *testing.T) {
	t.Parallel()
	status, body := http.StatusOK, ""
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, "/prefix/version", r.URL.Path)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	defer s.Close()
	base, err := url.Parse(s.URL + "/prefix/")
	require.NoError(t, err)
	k := &Client{version: versionOf(s.Client(), base)}
	for text, want := range map[string]string{
		`{"gitVersion":"v1.34.2"}`:         "v1.34.2",
		`{"gitVersion":"v1.34.2-gke.500"}`: "v1.34.2-gke.500",
		`{"gitVersion":"v1\nPASS"}`:        "",
		`{}`:                               "",
		`<html>`:                           "",
	} {
		body = text
		assert.Equal(t, want, k.Version(t.Context()), text)
	}
	status, body = http.StatusForbidden, `{"gitVersion":"v1.34.2"}`
	assert.Empty(t, k.Version(t.Context()))
	assert.Empty(t, new(Client).Version(t.Context()))
}
