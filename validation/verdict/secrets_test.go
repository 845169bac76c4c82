package verdict

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// written is a token in one of the ways in which programs print them.
type written struct {
	// text contains the token. secret is the part that must not be published: no
	// piece of it as long as ten characters of the token.
	text, secret string
	length       int
}

func tokens() map[string]written {
	const public, secret = "x-oauth-basic:gt-AbCdEfGhIjKlMnOpQrStUv.", "0a1b2c3d4e5f6g7h8i9j_k"
	escaped := func(text string) string {
		var b strings.Builder
		for _, c := range []byte(text) {
			fmt.Fprintf(&b, "%%%02X", c)
		}
		return b.String()
	}
	base64Of := base64.StdEncoding.EncodeToString([]byte(public + secret))
	const begins = (len(public) + 2) / 3 * 4 // the first block without a public character
	return map[string]written{
		"as it is":    {public + secret, secret, 10},
		"URL-escaped": {escaped(public + secret), escaped(secret), 30},
		"base64":      {base64Of, base64Of[begins:], 13},
	}
}

// requireNone fails the test if the text contains a piece of the secret.
func (w written) requireNone(t *testing.T, text, format string, args ...any) {
	t.Helper()
	for at := range len(w.secret) - w.length + 1 {
		if strings.Contains(text, w.secret[at:at+w.length]) {
			require.Failf(t, "a piece of the secret in: "+text, format, args...)
		}
	}
}

// fillers are what may stand around a token; the last line may have no end.
var fillers = map[string]string{"short lines": "what a log has\n", "one long line": "what a log has "}

// Wherever a transcript is cut, no piece of a token stays.
func TestNoPieceOfATokenIsKept(t *testing.T) {
	t.Parallel()
	const limit = 200
	for form, token := range tokens() {
		for around, filler := range fillers {
			for _, size := range []int{7, 64, 10 * limit} {
				t.Run(fmt.Sprintf("%s in %s, written %d bytes at a time", form, around, size), func(t *testing.T) {
					t.Parallel()
					much := strings.Repeat(filler, 5*limit/len(filler))
					for n := range 2 * limit {
						for _, text := range []string{
							much[:n] + token.text + " " + much, much[:limit+n] + token.text + " " + much[:limit],
							much + token.text + " " + much[:n],
						} {
							kept := transcript{budget: &budget{}, limit: limit}
							for part := range slices.Chunk([]byte(text), size) {
								kept.WriteString(string(part))
							}
							token.requireNone(t, clean(kept.String()), "%d bytes of it", n)
							require.True(t, kept.String() == text || strings.Contains(kept.String(), leftOut), "%d bytes of it", n)
						}
					}
				})
			}
		}
	}
}

// published returns everything that a stream's run publishes.
func published(t *testing.T, stream string) string {
	t.Helper()
	var all strings.Builder
	s, err := Watch(strings.NewReader(stream), func(step Step) { all.WriteString(step.Line + "\n") })
	report, err := json.Marshal(s.Run(err))
	require.NoError(t, err)
	return all.String() + string(report)
}

// A line that is too long to be read is left out as a whole.
func TestNoPieceOfATokenInALongLine(t *testing.T) {
	t.Parallel()
	for name, token := range tokens() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for n := range token.text {
				got := published(t, strings.Repeat("x ", maxLine)[:maxLine-n]+token.text+" and more\nthe next line\n")
				token.requireNone(t, got, "cut at %d", n)
				require.True(t, strings.HasPrefix(got, leftOut+"\nthe next line\n"), "cut at %d", n)
			}
		})
	}
}

// Nor does a piece of a token stay if the stream itself was cut.
func TestNoPieceOfATokenInACutStream(t *testing.T) {
	t.Parallel()
	const before = `{"Action":"run","Package":"p","Test":"TestA"}` + "\n"
	for name, token := range tokens() {
		for kind, line := range map[string]string{
			"event": `{"Action":"output","Package":"p","Test":"TestA","Output":"/a?b=` + token.text + `&c=d"}`,
			"text":  "the answer to /a?b=" + token.text + " is 500",
		} {
			t.Run(name+" in an "+kind, func(t *testing.T) {
				t.Parallel()
				for n := range line {
					got := published(t, before+line[:n])
					token.requireNone(t, got, "cut at %d", n)
					require.Equal(t, n > 0, strings.Contains(got, leftOut), "cut at %d", n)
				}
			})
		}
	}
	assert.NotContains(t, published(t, before+`{"Action":"pass","Package":"p","Test":"TestA"}`), leftOut,
		"the last line end may be missing")
}

// Go's messages about a test binary are searched in output that tests can print,
// too.
func TestNoTokenInWhatGoSays(t *testing.T) {
	t.Parallel()
	token := tokens()["as it is"]
	for _, said := range []string{
		"signal: " + token.text + "\n", "panic: test timed out after " + token.text + "\n\trunning tests:\n\t\tTestA (1s)\n",
	} {
		output, err := json.Marshal(said)
		require.NoError(t, err)
		got := published(t, `{"Action":"run","Package":"p","Test":"TestA"}`+"\n"+
			`{"Action":"output","Package":"p","Test":"TestA","Output":`+string(output)+"}\n"+`{"Action":"fail","Package":"p"}`+
			"\n")
		token.requireNone(t, got, "%s", said)
	}
}

// The output of a process is cut like a transcript and has no secret either.
func TestNoPieceOfATokenInBothEnds(t *testing.T) {
	t.Parallel()
	for form, token := range tokens() {
		for pad := range 200 {
			ends := NewBothEnds(64)
			for range 5 {
				_, err := ends.Write([]byte(strings.Repeat("x", pad) + "\n" + token.text + "\n"))
				require.NoError(t, err)
			}
			token.requireNone(t, ends.String(), "%s, %d bytes apart", form, pad)
		}
	}
}
