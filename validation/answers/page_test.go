package answers

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// Browsers take the narrowest directive for scripts, and each policy must allow them.
func TestForbidsScripts(t *testing.T) {
	t.Parallel()
	for policy, directive := range map[string]string{
		"":                                  "",
		"frame-ancestors 'self'":            "",
		"default-src 'self'":                "",
		"default-src https:":                "",
		"default-src 'none'":                "default-src 'none'",
		"Default-Src 'none'; script-src *":  "",
		"default-src *; script-src":         "script-src ",
		"script-src 'nonce-abc'":            "",
		"script-src data.example.org":       "",
		"script-src 'unsafe-eval'":          "script-src 'unsafe-eval'",
		"default-src *, default-src 'none'": "default-src 'none'",
		"script-src-elem 'self'; script-src 'none'; default-src 'none'": "",
	} {
		a := answered(t, 200, "Content-Security-Policy", policy)
		assert.Equal(t, directive, a.ForbidsScripts(), policy)
	}
}

// A link to the login of an identity provider is none to Gafaelfawr's.
func TestLoginsElsewhere(t *testing.T) {
	t.Parallel()
	for href, other := range map[string]bool{
		"https://data-dev.example.org/login":             true,
		"//DATA-dev.example.org/logout?rd=x":             true,
		"https://other.net/login?rd=https%3A%2F%2Fa.org": true,
		"https://github.com/login":                       false,
		"https://data.example.org/login?rd=x":            false,
		"/login":                                         false,
		"https://data-dev.example.org/docs":              false,
	} {
		a := answered(t, 200)
		a.URL, a.Body = "https://data.example.org/", []byte(`<p><a id=x href="`+href+`">`)
		assert.Equal(t, other, len(a.LoginsElsewhere()) > 0, href)
	}
}
