package gafaelfawr

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// clothes are forms in which other programs print a token.
func clothes(token string) map[string]string {
	key, secret := token[3:25], token[26:]
	coded := base64.StdEncoding.EncodeToString(
		[]byte("a bearer of " + token + ":x-oauth-basic, and some more words behind"),
	)
	wrap := func(text string, width int, end string) string {
		var b strings.Builder
		for part := range slices.Chunk([]byte(text), width) {
			b.Write(append(part, end...))
		}
		return b.String()
	}
	dump := hex.Dump([]byte("Bearer " + token + " and more"))
	return map[string]string{
		"one cut off":              token[:len(token)-1],
		"half cut off":             token[:len(token)-8],
		"base64 at 64":             wrap(coded, 64, "\n"),
		"base64 at 76, CRLF":       wrap(coded, 76, "\r\n"),
		"base64 at 16, indented":   wrap(coded, 16, "\n    "),
		"base64 at 64 in JSON":     wrap(coded, 64, `\n`),
		"hexdump":                  dump,
		"hexdump in one line":      strings.Join(strings.Fields(dump), " "),
		"hex with spaces":          strings.TrimSpace(escapedAs("%02x ", token)),
		"hex with colons":          strings.Trim(escapedAs("%02X:", token), ":"),
		"hex with 0x":              escapedAs("0x%02x, ", token),
		"decimal":                  fmt.Sprintf("%d", []byte(token)),
		"decimal with commas":      strings.Trim(escapedAs("%d,", token), ","),
		"key and secret":           `{"key":"` + key + `","secret":"` + secret + `"}`,
		"key and secret, spaced":   fmt.Sprintf("{%q: %q, %q: %q}", "secret", secret, "key", key),
		"key and secret in JSON":   fmt.Sprintf("%q", `{"key":"`+key+`","secret":"`+secret+`"}`),
		"key and secret in Python": "key='" + key + "' secret='" + secret + "'",
		"without gt-":              "found " + key + "." + secret + " there",
		"a line end inside":        token[:35] + "\n" + token[35:],
		"a line end, indented":     token[:35] + "\r\n        " + token[35:],
		"a tag inside":             token[:35] + "<wbr>" + token[35:],
		"a colour inside":          token[:35] + "\x1b[31m" + token[35:40] + "\x1b[0m" + token[40:],
		"a zero width inside":      token[:35] + "\u200b" + token[35:],
		"escaped twice":            escapedAs(`\\u%04x`, token),
		"octal":                    escapedAs(`\%03o`, token),
		"quoted-printable":         escapedAs("=%02X", token),
		"HTML, unfinished":         escapedAs("&#%d", token),
	}
}

// forKnown are forms in which only a remembered secret is found.
func forKnown(token string) map[string]string {
	secret := token[26:]
	backwards := []byte(token)
	slices.Reverse(backwards)
	return map[string]string{
		"twelve characters": "x " + secret[5:17] + " y",
		"the secret alone":  secret,
		"separators":        strings.Join(strings.Split(token, ""), " "),
		"UTF-16":            strings.Join(strings.Split(token, ""), "\x00"),
		"base64 of base64": base64.StdEncoding.EncodeToString(
			[]byte(base64.StdEncoding.EncodeToString([]byte("x" + token))),
		),
		"base64 of a part": base64.RawURLEncoding.EncodeToString([]byte("--" + secret[:14])),
		"hex of a part":    hex.EncodeToString([]byte(secret[:12])),
		"CSS":              escapedAs(`\%x `, token),
		"U+":               escapedAs("U+%04X ", token),
		"backwards":        string(backwards),
		"escaped three times": func() string {
			one, _ := json.Marshal(escapedAs(`\u%04x`, token))
			two, _ := json.Marshal(string(one))
			return string(two)
		}(),
	}
}

// noPart asserts that no 8 characters of the secret are left, neither plain nor
// in the given form.
func noPart(t *testing.T, token, shown, got string) {
	t.Helper()
	secret := token[26:]
	for at := 0; at+8 <= len(secret); at++ {
		assert.NotContains(t, got, secret[at:at+8])
	}
	assert.NotEqual(t, shown, got)
}

func TestRedactFindsTokensInOtherClothes(t *testing.T) {
	t.Parallel()
	const token = "gt-aB3dEfGhIjKlMnOpQrStUv.x9Y8z7W6v5U4t3S2r1Q0pA"
	for name, shown := range clothes(token) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, around := range []string{"%s", "before %s after", "first\n%s\nlast"} {
				text := fmt.Sprintf(around, shown)
				noPart(t, token, text, Redact(text))
			}
		})
	}
}

// A token whose dot is escaped is found behind one that was cut off, and if it was
// cut off itself.
func TestRedactFindsTokensBehindOneCutOff(t *testing.T) {
	t.Parallel()
	const token = "gt-aB3dEfGhIjKlMnOpQrStUv.x9Y8z7W6v5U4t3S2r1Q0pA"
	const other = "gt-Qw3rTyUiOpAsDfGhJkLzXc.v1B2n3M4q5W6e7R8t9Y0uI"
	for length := shortestToken; length <= tokenLength; length++ {
		for _, dot := range []string{"%2e", `\u002e`, "&#46;"} {
			for _, between := range []string{"\n", `\n`, "%", " ", "…", "&"} {
				text := token[:length] + between + strings.Replace(other, ".", dot, 1)
				got := Redact(text)
				noPart(t, token, text, got)
				noPart(t, other, text, got)
			}
			text := "a " + strings.Replace(token[:length], ".", dot, 1)
			noPart(t, token, text, Redact(text))
		}
	}
}

func TestRedactFindsKnownSecrets(t *testing.T) {
	t.Parallel()
	token := NewToken()
	all := clothes(token.Reveal())
	maps.Copy(all, forKnown(token.Reveal()))
	for _, shown := range all {
		assert.NotContains(t, Redact(shown), "<"+token.Fingerprint()+"> not yet known")
	}
	Remember(token)
	for name, shown := range all {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := "words before " + shown + " and words after"
			got := Redact(text)
			noPart(t, token.Reveal(), text, got)
			assert.Contains(t, got, "<", got)
			assert.Contains(t, got, "words before")
		})
	}
}

// A part of a known secret is found although every character is escaped, even the
// characters of an escape.
func TestRedactFindsEveryEscapedLetter(t *testing.T) {
	t.Parallel()
	token, err := ParseToken("gt-" + strings.Repeat("k", 22) + ".jzJZapmuxUXjzJZapmuxUX")
	require.NoError(t, err)
	Remember(token)
	for _, format := range []string{"%%%02x", `\u%04x`, `\u{%x}`, `\x%02x`, `\%x `, "U+%04X ", "&#x%02x;", "&amp;#x%x"} {
		text := escapedAs(format, token.Reveal()[28:44])
		assert.Contains(t, Redact(text), "<"+token.Fingerprint()+">", text)
	}
}

// Text that only looks like a token stays.
func TestRedactLeavesWords(t *testing.T) {
	t.Parallel()
	Remember(NewToken())
	for _, text := range []string{
		"https://gafaelfawr.gafaelfawr.svc.cluster.local:8080/ingress/auth?scope=read:image",
		"the Secret gafaelfawr/gafaelfawr-secret: no key bootstrap-token", "secret: muster-bootstrap-token-of-minikube",
		"kubernetes-dashboard-x.kubernetes-dashboard-y", "00000000 is 0x67 and 74, or 103 and 116",
		"no-secret-came-through: passed\nno token: gt-\nand more", "v1.2.3-rc.4\n[1 2 3 4 5 6 7 8 9 10 103 116 45]",
		"sha256:" + strings.Repeat("0a1b", 16),
	} {
		assert.Equal(t, text, Redact(text))
	}
}

func BenchmarkRedact(b *testing.B) {
	for name, text := range map[string]string{
		"header":  "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
		"report":  strings.Repeat(`{"name":"User-Agent","value":"a=b; c=d"},`, 400),
		"escapes": strings.Repeat("%2525", 3000), "base64": strings.Repeat("QUJDREVGR0hJSktMTU5PUA", 700),
		"lines": strings.Repeat("status 200 of /muster/probes/x\n", 500),
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				Redact(text)
			}
		})
	}
}
