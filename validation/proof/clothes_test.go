package proof

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
)

// inClothes are forms in which a proxy could show a token.
func inClothes(token string) []string {
	key, secret, _ := strings.Cut(strings.TrimPrefix(token, "gt-"), ".")
	each := func(format string) string {
		var b strings.Builder
		for _, c := range []byte(token) {
			fmt.Fprintf(&b, format, c)
		}
		return b.String()
	}
	coded := base64.StdEncoding.EncodeToString([]byte(token))
	return []string{
		token[:47],
		token[:40],
		"..." + token[30:],
		key + "." + secret,
		`{"key": "` + key + `", "secret": "` + secret + `"}`,
		secret[4:18],
		coded[:40] + "\n" + coded[40:],
		hex.Dump([]byte(token)),
		fmt.Sprintf("%d", []byte(token)),
		each("%02x "),
		each(`\\u%04x`),
		each(`\%03o`),
		each("=%02X"),
		token[:33] + "\r\n " + token[33:],
		token[:33] + "<b>" + token[33:] + "</b>",
		token[:33] + "\x1b[1m" + token[33:],
		strings.Join(strings.Split(token, ""), " "),
		base64.StdEncoding.EncodeToString([]byte(coded)),
		strings.Join(strings.Split(secret, ""), "\x00"),
	}
}

// No part of a token is printed if an answer shows it in another form.
func TestTokensInOtherClothes(t *testing.T) {
	t.Parallel()
	var tokens sync.Map
	var answers atomic.Int64
	_, env := behindFront(t, func(w http.ResponseWriter, r *http.Request) bool {
		token := wholeToken.FindString(r.Header.Get("Authorization"))
		neverMade := token != "" && strings.HasSuffix(token, strings.Repeat(token[47:], 22))
		if token == "" || neverMade || !strings.HasPrefix(r.URL.Path, "/muster/") {
			return false
		}
		tokens.Store(token, true)
		all := inClothes(token)
		shown := all[int(answers.Add(1))%len(all)]
		w.Header().Set("Content-Type", "text/plain")
		w.Header().
			Set("WWW-Authenticate", "shown "+strings.NewReplacer("\r", " ", "\n", " ", "\x1b", " ", "\x00", " ").Replace(shown))
		w.WriteHeader(http.StatusTeapot)
		_, _ = w.Write([]byte(shown))
		return true
	})
	for range 2 { // each check gets another form
		o := runs(t, theSuite(t), "-env="+env, "-test.v")
		text := o.stdout + o.stderr
		assert.Contains(t, text, "418")
		tokens.Range(func(token, _ any) bool {
			secret := token.(string)[26:]
			for at := 0; at+12 <= len(secret); at++ {
				for _, part := range []string{secret[at : at+12], hex.EncodeToString([]byte(secret[at : at+12]))} {
					if found := strings.Index(text, part); found >= 0 {
						t.Errorf("a part of a secret: %q", text[max(0, found-200):min(len(text), found+100)])
						return false
					}
				}
			}
			return true
		})
	}
	assert.Greater(t, int(answers.Load()), len(inClothes("gt-"+strings.Repeat("x", 22)+"."+strings.Repeat("y", 22))))
}
