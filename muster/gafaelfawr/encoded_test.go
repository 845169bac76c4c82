package gafaelfawr

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/url"
	"regexp"
	"runtime"
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
		"HTML, filled":      escapedAs("&#%06d;", token),
		"HTML, hex":         escapedAs("&#x%06x;", token),
		"JavaScript":        escapedAs(`\u{%x}`, token),
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
}

// Several tokens may follow each other in one run of characters, with different
// alignments and encodings.
func TestRedactFindsAllEncodedTokens(t *testing.T) {
	t.Parallel()
	first, second := exampleToken, "gt-"+strings.Repeat("o", 22)+"."+strings.Repeat("p", 22)
	base64Of := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	hexOf := func(text string) string { return hex.EncodeToString([]byte(text)) }
	for name, text := range map[string]string{
		"base64":                   base64Of(first + ":" + second),
		"base64, within one block": base64Of("x" + first + ":" + second),
		"base64, shifted":          base64Of("x"+first) + "_" + base64Of(second),
		"base64, twice shifted":    "a" + base64Of(first) + "_" + base64Of(second),
		"hex":                      hexOf(first + " " + second),
		"hex, shifted":             hexOf(first) + "0" + hexOf(second),
		"hex in a path":            "muster/" + hexOf(first) + "/" + hexOf(second),
		"both":                     base64Of(first) + "/" + hexOf(second),
		"both, the other way":      hexOf(first) + "/" + base64Of("x"+second),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := Redact(text)
			assert.Equal(t, 1, strings.Count(got, "<"+Fingerprint(first)+">"), got)
			assert.Equal(t, 1, strings.Count(got, "<"+Fingerprint(second)+">"), got)
			assert.Less(t, len(got), 60, "what is left is not encoded tokens: %s", got)
		})
	}
}

// A sender may fill a text with tokens. The work to redact it grows with its
// length and not with its square.
func TestRedactIsLinear(t *testing.T) {
	token := exampleToken + " "
	base64Of := func(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }
	hexOf := func(text string) string { return hex.EncodeToString([]byte(text)) }
	percent := func(text string) string { return escapedAs("%%%02x", text) }
	for name, c := range map[string]struct {
		encode func(string) string
		text   string
	}{
		"plain":                    {strings.Clone, token},
		"beginnings":               {strings.Clone, "gt-"},
		"Basic":                    {strings.Clone, "Basic " + base64Of(token) + " "},
		"cookies":                  {strings.Clone, "gafaelfawr=" + strings.Repeat("a", 40) + "; "},
		"hex":                      {hexOf, token},
		"hex one by one":           {strings.Clone, hexOf(exampleToken) + "_"},
		"base64":                   {base64Of, token},
		"base64 one by one":        {strings.Clone, base64Of(exampleToken) + "_"},
		"base64 shifted":           {strings.Clone, "x" + base64Of(exampleToken) + "_"},
		"base64 of hex":            {func(text string) string { return base64Of(hexOf(text)) }, token},
		"percent":                  {percent, token},
		"percent one by one":       {strings.Clone, percent(exampleToken) + ","},
		"percent twice":            {func(text string) string { return url.QueryEscape(percent(text)) }, token},
		"percent of base64":        {func(text string) string { return percent(base64Of(text)) }, token},
		"percent of base64 of hex": {func(text string) string { return percent(base64Of(hexOf(text))) }, token},
		"base64 in a query":        {strings.Clone, url.QueryEscape(base64Of(exampleToken)+"+") + "_"},
		"JSON":                     {func(text string) string { return escapedAs(`\u%04x`, text) }, token},
		"HTML":                     {func(text string) string { return escapedAs("&#%d;", text) }, token},
		"HTML twice":               {func(text string) string { return escapedAs("&amp;#%d;", text) }, token},
		"ampersands":               {strings.Clone, "&amp;"},
	} {
		t.Run(name, func(t *testing.T) {
			const length = 16 << 10
			text := c.encode(strings.Repeat(c.text, 8*length/len(c.text)))
			few, many := allocated(text[:length]), allocated(text[:4*length])
			assert.Less(t, many, 6*few, "bytes to redact %d bytes, and %d bytes to redact a quarter of them", many, few)
		})
	}
}

// allocated returns the bytes that Redact allocates for the text.
func allocated(text string) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	Redact(text)
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// Whatever surrounds a token, the rest of the text does not decode to its secret.
func FuzzRedactEncoded(f *testing.F) {
	const secret = "o1b2c3d4e5f6g7h8i9j0kA"
	token := "gt-" + strings.Repeat("k", 22) + "." + secret
	for _, seed := range []string{"", "x", "xy", " ", "_", "gt-", "gt-" + strings.Repeat("x", 22) + ".", "f", "%", "%25",
		exampleToken,
		base64.StdEncoding.EncodeToString([]byte(exampleToken)), hex.EncodeToString([]byte(exampleToken))} {
		f.Add(seed, seed, seed)
		f.Add(seed, "", "")
		f.Add("", seed, "x")
	}
	f.Fuzz(func(t *testing.T, around, before, after string) {
		if strings.Contains(around+before+after, secret) {
			t.Skip("a secret that stands alone looks like any other word")
		}
		text := []byte(before + token + after)
		for _, encoded := range []string{
			base64.RawStdEncoding.EncodeToString(text), base64.URLEncoding.EncodeToString(text), hex.EncodeToString(text),
		} {
			if got := Redact(around + encoded + around); strings.Contains(decodedAnyhow(got), secret) {
				t.Errorf("%q has the secret, and was %q", got, around+encoded+around)
			}
		}
	})
}

// decodedAnyhow returns all decodings of a text, from every position.
func decodedAnyhow(text string) string {
	var all strings.Builder
	for _, run := range regexp.MustCompile(`[A-Za-z0-9+/_-]+`).FindAllString(text, -1) {
		run = strings.NewReplacer("-", "+", "_", "/").Replace(run)
		for from := range min(4, len(run)) {
			plain, _ := base64.RawStdEncoding.DecodeString(run[from : len(run)-(len(run)-from)%4])
			all.Write(append(plain, ' '))
		}
	}
	for _, run := range regexp.MustCompile(`[0-9A-Fa-f]+`).FindAllString(text, -1) {
		for from := range min(2, len(run)) {
			plain, _ := hex.DecodeString(run[from : len(run)-(len(run)-from)%2])
			all.Write(append(plain, ' '))
		}
	}
	return all.String()
}
