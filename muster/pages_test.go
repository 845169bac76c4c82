package muster

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A page says what to do and explains every check of the server.
func TestEveryCheckIsExplained(t *testing.T) {
	t.Parallel()
	s := start(t, Config{GafaelfawrURL: serveTeller(t, honest())})
	seen := map[string]bool{checkServer: true} // only seen after a panic
	for _, p := range s.server.reporter.probes {
		for _, method := range []string{"GET", "OPTIONS"} {
			for _, lines := range [][][2]string{nil, delegatedLines()} {
				for _, c := range s.report(sent{method: method, target: "/muster" + p.JSONPath(), lines: lines}).Checks {
					seen[c.Name] = true
				}
			}
		}
	}
	for name := range seen {
		e := s.server.pages.explanations[name]
		for _, text := range []string{e.Title, e.Means, e.Remedy} {
			assert.NotEmpty(t, text, name)
		}
		assert.False(t, strings.HasSuffix(e.Title, "."), name)
	}
	for name := range s.server.pages.explanations {
		assert.True(t, seen[name], "%s is explained, but no probe makes it", name)
	}
}

func TestPageHeaders(t *testing.T) {
	t.Parallel()
	s := start(t, Config{})
	for _, path := range []string{"/muster/pages/", "/muster/pages/anonymous", "/muster/docs"} {
		got := s.get(path)
		assert.Equal(t, http.StatusOK, got.status, path)
		assert.Equal(t, "text/html; charset=utf-8", got.header.Get("Content-Type"))
		assert.Equal(t, "no-store", got.header.Get("Cache-Control"))
		assert.Equal(t, "nosniff", got.header.Get("X-Content-Type-Options"))
		assert.Equal(t, "no-referrer", got.header.Get("Referrer-Policy"))
		policy := got.header.Get("Content-Security-Policy")
		for _, part := range []string{
			"default-src 'none'", "style-src 'self'", "frame-ancestors 'none'", "form-action 'none'", "base-uri 'none'",
		} {
			assert.Contains(t, policy, part)
		}
		assert.NotContains(t, policy, "unsafe")
	}
	style := s.get("/muster/pages/style.css")
	assert.Equal(t, "text/css; charset=utf-8", style.header.Get("Content-Type"))
	assert.Contains(t, style.header.Get("Cache-Control"), "max-age=")
	assert.NotContains(t, style.body, "url(")
	assert.NotContains(t, style.body, "@import")
}

// The caller's input is escaped on every page.
func TestPagesEscape(t *testing.T) {
	t.Parallel()
	s := start(t, Config{})
	evil := `"><script>alert(1)</script>`
	got := s.get("/muster/pages/anonymous?<script>", [2]string{"X-Evil", evil}, [2]string{"X-Auth-Request-User", evil},
		[2]string{"User-Agent", evil})
	assert.Contains(t, got.body, "&lt;script&gt;alert(1)")
	assert.NotContains(t, got.body, "<script")
}

func TestPagesOfEveryProbe(t *testing.T) {
	t.Parallel()
	s := start(t, Config{Scope: "read:image"})
	index := s.get("/muster/pages/").body
	assert.Contains(t, index, "Needs the scope read:image.")
	for _, p := range Probes("read:image") {
		page := s.get("/muster" + p.PagePath())
		assert.Equal(t, http.StatusOK, page.status, p.Name)
		assert.Contains(t, page.body, "<h1>"+p.Title+"</h1>")
		assert.Contains(t, page.body, `href="/muster`+p.JSONPath()+`"`)
		assert.Contains(t, index, `href="/muster`+p.PagePath()+`"`)
		assert.Contains(t, index, `href="/muster`+p.JSONPath()+`"`)
		assert.Contains(t, index, strings.ReplaceAll(p.Explains, "'", "&#39;"))
		if p.Anonymous() {
			assert.Contains(t, page.body, "Everything is as it should be.")
		} else {
			assert.Contains(t, page.body, "What to do:")
		}
	}
}

func TestNeeds(t *testing.T) {
	t.Parallel()
	s := start(t, Config{})
	entries := strings.Split(s.get("/muster/pages/").body, "<li>\n    <h3>")[1:]
	require.Len(t, entries, len(s.server.reporter.probes))
	for i, p := range s.server.reporter.probes {
		for words, want := range map[string]bool{
			">Open to everyone.":                              p.Name == "anonymous",
			"Needs the scope exec:admin.":                     slices.Equal(p.Config.Scopes.All, []string{"exec:admin"}),
			"Needs the scope exec:portal and read:tap.":       p.Name == "all-scopes",
			"Needs the scope exec:portal or read:tap.":        p.Name == "any-scope",
			"Every other user than bot-check-muster":          p.Name == "username",
			"Only the service muster is admitted":             p.Name == "services",
			"your browser asks for a name and a password":     p.Name == "basic",
			"only has a cookie, so it is refused":             p.Name == "cookieless",
			"Without a session, you are sent to the login fi": p.PageConfig().LoginRedirect,
		} {
			assert.Equal(t, want, strings.Contains(entries[i], words), "%s: %q in %q", p.Name, words, entries[i])
		}
	}
}
