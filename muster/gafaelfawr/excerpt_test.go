package gafaelfawr

import (
	"encoding/base64"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
)

func TestExcerpt(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text, want string
		limit      int
	}{
		"empty":           {"", "", 3},
		"short":           {"abc", "abc", 3},
		"cut":             {"abcd", "abc…", 3},
		"long runes":      {"é😀é", "é😀é", 3},
		"behind a rune":   {"aébc", "aéb…", 3},
		"four bytes":      {"😀😀", "😀…", 1},
		"not UTF-8":       {"a\xffb", "a\uFFFDb", 20},
		"nothing but end": {"é", "…", 0},
		"a token":         {exampleToken, "gt-<" + Fingerprint(exampleToken) + ">", 20},
		"a token in two":  {"0123456789" + exampleToken, "0123456789gt-<" + Fingerprint(exampleToken)[:6] + "…", 20},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, c.want, Excerpt(c.text, c.limit))
		})
	}
	assert.Equal(t, "…def", ExcerptEnd("abcdef", 3))
	assert.Equal(t, "…d", ExcerptEnd("abéd", 2), "bytes")
	assert.Equal(t, "abc", ExcerptEnd("abc", 3))
}

// An excerpt shows no part of a secret, wherever the cut falls.
func TestExcerptCutsNoTokenInTwo(t *testing.T) {
	t.Parallel()
	escaped := url.QueryEscape(url.QueryEscape(escapedAs("%%%02x", exampleToken)))
	for _, token := range []string{exampleToken, base64.StdEncoding.EncodeToString([]byte(exampleToken)), escaped} {
		for _, filler := range []string{" ", "é", "x"} {
			for _, length := range []int{
				0, 100, 300 + 2*window - len(token) - 9, 300 + 2*window - len(token)/2, 300 + 2*window - 5,
			} {
				text := strings.Repeat(filler, length/len(filler)) + token
				for _, end := range []string{"", strings.Repeat(" ", 1<<20)} {
					ends := ExcerptEnd(token+strings.Repeat(filler, length/len(filler)), 300)
					for _, got := range []string{Excerpt(text+end, 300), Excerpt(text+end, length+20), ExcerptEnd(text, 300), ends} {
						assert.True(t, utf8.ValidString(got))
						for at := 0; at+8 <= len(token); at += 8 {
							assert.NotContains(t, strings.Trim(got, filler), token[at:at+8], "%q behind %d bytes", filler, length)
						}
					}
				}
			}
		}
	}
}

// The cost of an excerpt depends on its length and not on the text's.
func TestExcerptReadsAWindow(t *testing.T) {
	text := strings.Repeat("gt-%2525", 1<<19)
	for name, excerpt := range map[string]func(string, int) string{
		"beginning": Excerpt, "line": ExcerptLine, "end": ExcerptEnd,
	} {
		assert.Less(t, testing.Benchmark(func(b *testing.B) {
			for b.Loop() {
				excerpt(text, 160)
			}
		}).AllocedBytesPerOp(), int64(1<<20), name)
	}
}

// If the cut falls into a token, the excerpt still shows everything else.
func TestExcerptKeepsWhatIsNoToken(t *testing.T) {
	t.Parallel()
	mark := "gt-<" + Fingerprint(exampleToken) + ">"
	for length := 0; length < 4*window; length += 31 {
		far := strings.Repeat("ab ", length/3+1)[:length]
		text := "begin " + exampleToken + " " + far + " " + exampleToken + " end"
		begins, ends := Excerpt(text, 1000), ExcerptEnd(text, 1000)
		assert.True(t, strings.HasPrefix(begins, "begin "+mark+" "+far[:min(length, 900)]), "%d: %s", length, begins)
		assert.True(t, strings.HasSuffix(ends, far[length-min(length, 900):]+" "+mark+" end"), "%d: %s", length, ends)
		assert.NotContains(t, begins+ends, exampleToken[30:38], length)
	}
}

// A line end inside a token does not keep its second half after it became a
// blank.
func TestExcerptLineRedactsBeforeItJoins(t *testing.T) {
	t.Parallel()
	for _, end := range []string{"\n", "\r\n ", "\n\n    "} {
		got := ExcerptLine("a\n\n b "+exampleToken[:33]+end+exampleToken[33:]+"\n  c", 160)
		assert.Equal(t, "a b gt-<"+Fingerprint(exampleToken)+"> c", got)
	}
	assert.Equal(t, "a b…", ExcerptLine("a\n b\nc", 3))
	assert.Equal(t, "a …", ExcerptLine("a"+strings.Repeat("\n", 10000)+"b", 3))
}
