package muster

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// forwarded are the headers that the ingress adds.
var forwarded = [][2]string{{"X-Forwarded-For", "10.99.0.1"}, {"X-Forwarded-Proto", "https"}}

// Recorded: muster/index.
func TestIndex(t *testing.T) {
	t.Parallel()
	s := start(t, Config{Version: "0.1.0"})
	got := s.get("/muster/", forwarded...)
	assert.Equal(t, http.StatusOK, got.status)
	assert.JSONEq(t, `{
		"metadata": {
			"name": "muster", "version": "0.1.0", "description": "Basic testing of Phalanx infrastructure",
			"repository_url": "https://github.com/lsst-sqre/muster", "documentation_url": "https://muster.lsst.io"
		},
		"anonymous_url": "https://minikube.lsst.codes/muster/anonymous",
		"auth_cached_url": "https://minikube.lsst.codes/muster/auth/cached",
		"auth_vinyl_url": "https://minikube.lsst.codes/muster/auth/vinyl",
		"auth_required_url": "https://minikube.lsst.codes/muster/auth/fail",
		"auth_redirect_url": "https://minikube.lsst.codes/muster/auth/redirect",
		"auth_quota_url": "https://minikube.lsst.codes/muster/auth/quota",
		"delegated_url": "https://minikube.lsst.codes/muster/delegated/header",
		"authorization_url": "https://minikube.lsst.codes/muster/delegated/authorization"
	}`, got.body)
	got.header.Del("Date")
	got.header.Del("Content-Length")
	assert.Equal(t, http.Header{"Content-Type": {"application/json"}}, got.header, "no header line but the one recorded")
}

func TestIndexIsNegotiated(t *testing.T) {
	t.Parallel()
	s := start(t, Config{})
	for accept, want := range map[string]string{
		"*/*":              "application/json",
		"application/json": "application/json",
		"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8": "text/html; charset=utf-8",
		"TEXT/HTML":                         "text/html; charset=utf-8",
		"application/json, text/html;q=0.5": "text/html; charset=utf-8",
	} {
		got := s.get("/muster/", [2]string{"Accept", accept})
		assert.Equal(t, want, got.header.Get("Content-Type"), "%q", accept)
		assert.Equal(t, "Accept", got.header.Get("Vary"), "%q", accept)
	}
	assert.Equal(t, "text/html; charset=utf-8",
		s.get("/muster/", [2]string{"Accept", "image/png"}, [2]string{"Accept", "text/html"}).header.Get("Content-Type"))
}

func TestPrefixLeadsToTheIndex(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		cfg   Config
		path  string
		lines [][2]string
		want  string
	}{
		{Config{}, "/muster", forwarded, "https://minikube.lsst.codes/muster/"},
		{Config{}, "/muster", nil, "http://minikube.lsst.codes/muster/"},
		{Config{}, "/muster", forwarded[1:], "http://minikube.lsst.codes/muster/"}, // no X-Forwarded-For
		{
			Config{}, "/muster", [][2]string{forwarded[0], {"X-Forwarded-Proto", "javascript"}},
			"http://minikube.lsst.codes/muster/",
		},
		{Config{}, "/muster?rd=https://evil.example.org", forwarded, "https://minikube.lsst.codes/muster/"},
		{Config{Host: "real.example.org"}, "/muster", forwarded, "https://real.example.org/muster/"},
		{Config{PathPrefix: "/a/b"}, "/a/b", forwarded, "https://minikube.lsst.codes/a/b/"},
	} {
		got := start(t, c.cfg).get(c.path, c.lines...)
		assert.Equal(t, http.StatusTemporaryRedirect, got.status)
		assert.Equal(t, c.want, got.header.Get("Location"))
		assert.Empty(t, got.body)
		assert.Empty(t, got.header.Get("Content-Type"))
	}
}

func TestMetadataAndHealth(t *testing.T) {
	t.Parallel()
	s := start(t, Config{Name: "probe", Version: "1.2.3"})
	var got map[string]string
	require.NoError(t, json.Unmarshal([]byte(s.get("/").body), &got))
	assert.Equal(t, map[string]string{
		"name": "probe", "version": "1.2.3", "description": "Basic testing of Phalanx infrastructure",
		"repository_url": "https://github.com/lsst-sqre/muster", "documentation_url": "https://muster.lsst.io"}, got)
	health := s.get("/healthz")
	assert.Equal(t, http.StatusOK, health.status)
	assert.JSONEq(t, `{"status":"healthy"}`, health.body)
	assert.Equal(t, http.StatusNotFound, s.get("/metrics").status, "metrics are for the cluster only")
	assert.Equal(t, http.StatusNotFound, s.get("/muster/metrics").status)
}

func TestPrefix(t *testing.T) {
	t.Parallel()
	s := start(t, Config{PathPrefix: "/a/b"})
	assert.Equal(t, http.StatusOK, s.get("/a/b/probes/anonymous").status)
	assert.Contains(t, s.get("/a/b/pages/").body, `href="/a/b/pages/anonymous"`)
	assert.Equal(t, http.StatusNotFound, s.get("/muster/probes/anonymous").status)
	assert.Equal(t, http.StatusNotFound, s.get("/a/b/c").status)
}
