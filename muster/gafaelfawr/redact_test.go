package gafaelfawr

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestRedact(t *testing.T) {
	fp := Fingerprint(exampleToken)
	shown := "gt-<" + fp + ">"
	basic := base64.StdEncoding.EncodeToString([]byte("x-oauth-basic:" + exampleToken))
	session := strings.Repeat("gAAAAABm", 12)
	other := "gt-" + strings.Repeat("o", 22) + "." + strings.Repeat("p", 22)
	sealed := "gAAAAABrDkm-" + strings.Repeat("x_-9", 16) + "=="
	for text, want := range map[string]string{
		"":                                    "",
		"nothing to hide":                     "nothing to hide",
		exampleToken:                          shown,
		"token " + exampleToken + " is bad":   "token " + shown + " is bad",
		`"` + exampleToken + `"`:              `"` + shown + `"`,
		exampleToken + "," + other:            shown + ",gt-<" + Fingerprint(other) + ">",
		"/a?token=" + exampleToken + "&b=1":   "/a?token=" + shown + "&b=1",
		"xgt-" + exampleToken[3:]:             "x" + shown,
		"gt-" + exampleToken:                  "gt-" + shown,
		"gt-" + exampleKey:                    "gt-" + exampleKey,
		"gt-<" + fp + ">":                     "gt-<" + fp + ">",
		"Basic " + basic:                      "Basic <" + Fingerprint(basic) + ">",
		"bAsIc: " + basic + ", more":          "bAsIc: <" + Fingerprint(basic) + ">, more",
		"Basic testing of Phalanx":            "Basic testing of Phalanx",
		"Basic Zm9vZm9vZm9vZm9vOmJhcg==":      "Basic Zm9vZm9vZm9vZm9vOmJhcg==",
		"gafaelfawr=" + session:               "gafaelfawr=<" + Fingerprint(session) + ">",
		"a=b;GAFAELFAWR = " + session + "; c": "a=b;GAFAELFAWR = <" + Fingerprint(session) + ">; c",
		`gafaelfawr="` + session + `"`:        `gafaelfawr="<` + Fingerprint(session) + `>"`,
		`{"body":"` + sealed + `"}`:           `{"body":"<` + Fingerprint(sealed) + `>"}`,
		"https://gafaelfawr.gafaelfawr.svc":   "https://gafaelfawr.gafaelfawr.svc",
	} {
		assert.Equal(t, want, Redact(text), "%q", text)
	}
}

// Two tokens that overlap, or a token that seems to end early, must not leave
// a secret behind.
func TestRedactLeavesNoSecretBehind(t *testing.T) {
	for _, text := range []string{
		"gt-" + strings.Repeat("x", 22) + "." + exampleToken,
		"gt-" + strings.Repeat("x", 22) + ".," + exampleToken,
		"gt-" + strings.Repeat("x", 22) + "." + strings.Repeat("y", 21) + exampleToken,
		exampleToken + exampleToken,
		exampleToken + "." + exampleSecret,
		"gt-" + exampleKey + "." + exampleSecret[:21] + "%",
		"gafaelfawr=" + exampleToken,
		"basic " + exampleToken,
	} {
		got := Redact(text)
		assert.NotContains(t, got, exampleSecret[1:21], "%q", text)
	}
}

func TestRedactHeader(t *testing.T) {
	fp, half := Fingerprint(exampleToken), "gt-<"+Fingerprint(exampleToken)+">"
	basic := base64.StdEncoding.EncodeToString([]byte(exampleToken + ":x"))
	for _, c := range []struct{ name, value, want string }{
		{"Authorization", "Bearer " + exampleToken, "Bearer " + half},
		{"authorization", "bearer \t " + exampleToken, "bearer \t " + half},
		{"Authorization", "Bearer\t" + exampleToken, "Bearer\t" + half},
		{"Authorization", exampleToken, half},
		{"Authorization", exampleToken + " x", "<" + Fingerprint(exampleToken+" x") + ">"},
		{"Authorization", "Basic " + basic, "Basic <" + Fingerprint(basic) + ">"},
		{"Authorization", "Digest abc", "Digest <" + Fingerprint("abc") + ">"},
		{"Authorization", "password", "<" + Fingerprint("password") + ">"},
		{"Authorization", "pass=word more", "<" + Fingerprint("pass=word more") + ">"},
		{"Authorization", "Bearer ", "Bearer "},
		{"Authorization", "", ""},
		{"Proxy-Authorization", "Bearer x", "Bearer <" + Fingerprint("x") + ">"},
		{"Cookie", "gafaelfawr=abc; b=c", "gafaelfawr=<" + Fingerprint("abc") + ">; b=<" + Fingerprint("c") + ">"},
		{
			"Cookie", "a=1;gafaelfawr =x;\tb=" + exampleToken,
			"a=<" + Fingerprint("1") + ">;gafaelfawr =<" + Fingerprint("x") + ">;\tb=" + half,
		},
		{"cookie", "lonely; x=", "<" + Fingerprint("lonely") + ">; x="},
		{"Cookie", exampleToken, half},
		{"Cookie", exampleToken + "=1", "gt-<" + fp + ">=<" + Fingerprint("1") + ">"},
		{"X-Auth-Request-Token", exampleToken, half},
		{"X-Auth-Request-Token", "short", "<" + Fingerprint("short") + ">"},
		{"X-CSRF-Token", "abc", "<" + Fingerprint("abc") + ">"},
		{"X-Forwarded-Access-Token", "abc", "<" + Fingerprint("abc") + ">"},
		{"X-Api-Key", "abc", "<" + Fingerprint("abc") + ">"},
		{"X-Auth-Request-User", "bot-check-muster", "bot-check-muster"},
		{"X-Auth-Request-Email", "a@example.org", "a@example.org"},
		{"Referer", "https://example.org/?t=" + exampleToken, "https://example.org/?t=" + half},
		{"User-Agent", "rec", "rec"},
	} {
		assert.Equal(t, c.want, RedactHeader(c.name, c.value), "%s: %q", c.name, c.value)
	}
}

// The fingerprint of a token is the same wherever the token stood.
func TestFingerprintIsTheSameEverywhere(t *testing.T) {
	want := "gt-<" + mustToken(t, exampleToken).Fingerprint() + ">"
	assert.Equal(t, "Bearer "+want, RedactHeader(HeaderAuthorization, "Bearer "+exampleToken))
	assert.Equal(t, want, RedactHeader(HeaderToken, exampleToken))
	assert.Equal(t, "a="+want, RedactHeader(HeaderCookie, "a="+exampleToken))
	assert.Equal(t, want+"", Redact(exampleToken+"."))
}

func FuzzRedact(f *testing.F) {
	for _, seed := range []string{
		"", " ", "gt-", "gt-" + strings.Repeat("o", 22) + "." + strings.Repeat("p", 22), "basic ", "gafaelfawr=",
		"gt-" + strings.Repeat("x", 22) + ".", "Bearer ", ";", "\"",
	} {
		f.Add(seed, seed)
		f.Add(seed, "")
		f.Add("", seed)
	}
	f.Fuzz(func(t *testing.T, before, after string) {
		if strings.Contains(before, exampleSecret) || strings.Contains(after, exampleSecret) {
			t.Skip("a secret that stands alone looks like any other word")
		}
		text := before + exampleToken + after
		for where, got := range map[string]string{
			"text":          Redact(text),
			"authorization": RedactHeader(HeaderAuthorization, text),
			"cookie":        RedactHeader(HeaderCookie, text),
			"token header":  RedactHeader(HeaderToken, text),
			"other header":  RedactHeader("X-Other", text),
			"error":         Redact(Redact(text)),
		} {
			if strings.Contains(got, exampleToken) || strings.Contains(got, exampleSecret) {
				t.Errorf("%s shows the secret: %q", where, got)
			}
		}
	})
}
