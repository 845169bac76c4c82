package gafaelfawr

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func escapedAs(format, text string) string {
	var b strings.Builder
	for _, c := range []byte(text) {
		fmt.Fprintf(&b, format, c)
	}
	return b.String()
}

func TestRedactFindsEncodedTokens(t *testing.T) {
	t.Parallel()
	token := "gt-" + strings.Repeat("kEy-_", 4) + "k1." + strings.Repeat("sEc-_", 4) + "s2"
	mark := "<" + Fingerprint(token) + ">"
	base64Of := func(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }
	for name, text := range map[string]string{
		"percent":           escapedAs("%%%02x", token),
		"PERCENT":           escapedAs("%%%02X", token),
		"the dot alone":     strings.Replace(token, ".", "%2E", 1),
		"percent twice":     url.QueryEscape(escapedAs("%%%02x", token)),
		"JSON":              escapedAs(`\u%04x`, token),
		"bytes":             escapedAs(`\x%02x`, token),
		"HTML":              escapedAs("&#%d;", token),
		"HTML in hex":       escapedAs("&#x%X;", token),
		"HTML twice":        escapedAs("&amp;#%d;", token),
		"base64":            base64Of(token),
		"base64 of Bearer":  base64Of("Bearer " + token),
		"base64 of words":   base64Of("two words " + token + " and more of them"),
		"base64url":         base64.RawURLEncoding.EncodeToString([]byte("x" + token)),
		"base64 in a query": url.QueryEscape(base64Of(token + ":x-oauth-basic")),
		"base64 in a path":  "muster/probes/" + base64Of(token),
		"hex":               hex.EncodeToString([]byte(token)),
		"hex of words":      "f" + strings.ToUpper(hex.EncodeToString([]byte("some words "+token))),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := Redact("before=" + text + " after")
			assert.True(t, strings.HasPrefix(got, "before=") && strings.HasSuffix(got, " after"), got)
			assert.NotContains(t, got, text)
			if !strings.Contains(name, "query") { // where the whole is replaced
				assert.Contains(t, got, mark)
			}
		})
	}
	twice := Redact(base64Of(token + ":" + token))
	assert.Equal(t, 2, strings.Count(twice, mark), twice)
}

func TestRedactLeavesOtherEncodings(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		strings.Repeat("a%20b", 30), base64.StdEncoding.EncodeToString([]byte(strings.Repeat("no token here ", 20))), strings.Repeat("0123456789abcdef", 8),
		"/muster/probes/" + strings.Repeat("long-name_", 20), strings.Repeat(`é`, 40), strings.Repeat("&#45;", 40), strings.Repeat("%", 100), strings.Repeat(`\u00`, 40),
	} {
		assert.Equal(t, text, Redact(text))
	}
}
