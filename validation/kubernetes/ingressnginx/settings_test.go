package ingressnginx

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// settingValues are values of each key that must and must not pass, | between them.
var settingValues = map[string][2]string{
	"use-forwarded-headers":      {"true|True|1", "false||yes"},
	"compute-full-forwarded-for": {"true|TRUE", "false|0"},
	"no-auth-locations": {
		"|/.well-known/acme-challenge|/.well-known/acme-challenge, ",
		"/|/.well-known/acme-challenge,/public|/.well-known",
	},
	"ssl-redirect":                {"true", "false|no"},
	"proxy-buffer-size":           {"64k|64K|1m|65536", "4k|63k|64|big"},
	"proxy-busy-buffers-size":     {"64k|128k", "8k|"},
	"large-client-header-buffers": {"4 64k|8 128k", "4 8k|2 64k|64k"},
	"proxy-body-size":             {"2g|0|3000m|10G", "1m|2|2gb"},
	"proxy-read-timeout":          {"60|60s|3600", "59|5m|"},
	"proxy-send-timeout":          {"60|300", "10|1h"},
	"log-format-upstream": {
		"|$remote_addr $request_id",
		"$http_authorization|${http_cookie}|$cookie_gafaelfawr",
	},
	"no-tls-redirect-locations":     {"|/.well-known/acme-challenge", "/auth|/.well-known/acme-challenge,/api"},
	"global-auth-url":               {"", "https://sso.example.org/check"},
	"enable-underscores-in-headers": {"false", "true|1"},
	"ignore-invalid-headers":        {"true", "false|0"},
	"retry-non-idempotent":          {"false", "true"},
	"proxy-next-upstream":           {"error timeout|off|error http_502", "error timeout non_idempotent"},
	"http-redirect-code":            {"301|307|308", "302|303"},
	"ssl-early-data":                {"false", "true"},
	"ssl-protocols": {
		"TLSv1.2 TLSv1.3|TLSv1.3",
		"TLSv1 TLSv1.2|TLSv1.1 TLSv1.2 TLSv1.3|SSLv3|TLSv1.2 TLSv1",
	},
	"ssl-ciphers": {
		"|ECDHE-RSA-AES128-GCM-SHA256:!aNULL:!RC4|HIGH:!MD5",
		"ECDHE-RSA-AES128-GCM-SHA256:RC4-SHA|DES-CBC3-SHA|NULL-SHA256|EXP-RC4-MD5",
	},
	"error-log-level":         {"notice|warn|error", "debug"},
	"debug-connections":       {"", "10.0.0.0/8"},
	"log-format-escape-none":  {"false", "true"},
	"proxy-http-version":      {"1.1", "1.0"},
	"proxy-buffering":         {"off", "on"},
	"proxy-cookie-domain":     {"off", "example.org example.com"},
	"proxy-cookie-path":       {"off", "/ /app"},
	"proxy-redirect-from":     {"off", "default|http://a/"},
	"limit-rate":              {"0", "1024|100k"},
	"keep-alive":              {"75|10", "0|1"},
	"keep-alive-requests":     {"1000|100", "0|1"},
	"client-header-timeout":   {"60|10", "1|0"},
	"client-body-timeout":     {"60|10", "1|5"},
	"proxy-connect-timeout":   {"5|60", "0|1"},
	"worker-shutdown-timeout": {"240s|240|10s", "1s|0"},
	"max-worker-connections":  {"16384|0|1024", "100|16"},
	"hide-headers": {
		"Server|X-Powered-By, Via|",
		"Location|X-Powered-By, WWW-Authenticate|etag|X-RateLimit-Limit,Server",
	},
	"location-snippet": {
		"|gzip off;|more_set_headers \"X-Frame-Options: DENY\";",
		"auth_request off;|satisfy any;|set $a 1; proxy_set_header Cookie $a;|if ($a) { return 200; }",
	},
	"annotation-value-word-blocklist": {
		"|load_module,lua_package|_by_lua",
		"load_module, error_page|\"|auth_request|:8080",
	},
}

func TestSettings(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, s := range Settings {
		t.Run(s.Key, func(t *testing.T) {
			t.Parallel()
			values, ok := settingValues[s.Key]
			require.True(t, ok, "there are no values of %s", s.Key)
			for value := range strings.SplitSeq(values[0], "|") {
				assert.True(t, s.Met(value), "%s: %q breaks nothing", s.Key, value)
			}
			for value := range strings.SplitSeq(values[1], "|") {
				assert.False(t, s.Met(value), "%s: %q breaks what users do", s.Key, value)
			}
			assert.NotEmpty(t, s.Want)
			assert.NotEmpty(t, s.Breaks)
		})
		assert.False(t, seen[s.Key], "%s stands there twice", s.Key)
		seen[s.Key] = true
	}
	assert.Len(t, settingValues, len(Settings))
}

func TestSameSetting(t *testing.T) {
	t.Parallel()
	assert.True(t, SameSetting("TRUE", "true"))
	assert.True(t, SameSetting("1", "true"))
	assert.True(t, SameSetting("critical", "Critical"))
	assert.False(t, SameSetting("High", "Critical"))
	assert.False(t, SameSetting("", "true"))
}
