package ingressnginx

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/lsst-sqre/muster/validation/kubernetes"
)

// A name is served by rules of its own before those of an alias, of a wildcard and of any name.
func TestServerOf(t *testing.T) {
	t.Parallel()
	own, alias := Route{Host: "a.example.org"}, Route{Host: "b.example.org", Aliases: []string{"a.example.org"}}
	wildcard, bare := Route{Host: "*.example.org"}, Route{}
	assert.Equal(t, "a.example.org", ServerOf([]Route{bare, wildcard, alias, own}, "a.example.org"))
	assert.Equal(t, "b.example.org", ServerOf([]Route{bare, wildcard, alias}, "a.example.org"))
	assert.Equal(t, "*.example.org", ServerOf([]Route{bare, wildcard}, "a.example.org"))
	assert.Empty(t, ServerOf([]Route{bare, {Host: "other.org"}}, "a.example.org"))
}

// What may keep requests from an application, and what an answer shows of it.
func TestDiversions(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		annotation, value string
		status            int
		diverts           bool
	}{
		"nothing":                        {"", "", 0, false},
		"elsewhere":                      {"rewrite-target", "/other", 404, true},
		"to itself":                      {"rewrite-target", "/app$1", 404, false},
		"a snippet that answers":         {"configuration-snippet", "if ($request_method = POST) { return 405; }", 405, true},
		"a snippet that does not":        {"configuration-snippet", "more_set_headers 'X: return it';", 405, false},
		"a byte":                         {"proxy-body-size", "1", 413, true},
		"a byte, and another status":     {"proxy-body-size", "1", 404, false},
		"a byte, before any answer":      {"proxy-body-size", "1", 0, true},
		"no limit":                       {"proxy-body-size", "0", 413, false},
		"uploads":                        {"proxy-body-size", "10m", 413, false},
		"a network":                      {"whitelist-source-range", "10.0.0.0/8", 403, true},
		"a network that has this client": {"whitelist-source-range", "10.0.0.0/8", 404, false},
		"HTTP":                           {"backend-protocol", "HTTP", 502, false},
	} {
		i := kubernetes.Ingress{}
		i.Meta.Annotations = map[string]string{annotationPrefix + c.annotation: c.value}
		got := Diversions(i, Route{Path: "/app(.*)"}, "/app/x", c.status)
		assert.Equal(t, c.diverts, len(got) > 0, name)
	}
}
