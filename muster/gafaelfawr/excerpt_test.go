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

// Wherever a cut falls, in a text of any length, no part of a secret is shown.
func TestExcerptCutsNoTokenInTwo(t *testing.T) {
	t.Parallel()
	escaped := url.QueryEscape(url.QueryEscape(escapedAs("%%%02x", exampleToken)))
	for _, token := range []string{exampleToken, base64.StdEncoding.EncodeToString([]byte(exampleToken)), escaped} {
		for _, filler := range []string{" ", "é", "x"} {
			for _, length := range []int{0, 100, 300 + 2*window - len(token) - 9, 300 + 2*window - len(token)/2, 300 + 2*window - 5} {
				text := strings.Repeat(filler, length/len(filler)) + token
				for _, end := range []string{"", strings.Repeat(" ", 1<<20)} {
					for _, got := range []string{Excerpt(text+end, 300), Excerpt(text+end, length+20), ExcerptEnd(text, 300)} {
						assert.True(t, utf8.ValidString(got))
						for at := 0; at+8 <= len(token); at += 8 {
							assert.NotContains(t, strings.TrimLeft(got, filler), token[at:at+8], "%q behind %d bytes", filler, length)
						}
					}
				}
			}
		}
	}
}

// What a huge text costs depends on what is shown of it.
func TestExcerptReadsAWindow(t *testing.T) {
	text := strings.Repeat("gt-%2525", 1<<19)
	assert.Less(t, testing.Benchmark(func(b *testing.B) {
		for b.Loop() {
			Excerpt(text, 160)
		}
	}).AllocedBytesPerOp(), int64(1<<20))
}

// A line end inside a token does not hide its second half once it is a blank.
func TestExcerptLineRedactsBeforeItJoins(t *testing.T) {
	t.Parallel()
	for _, end := range []string{"\n", "\r\n ", "\n\n    "} {
		got := ExcerptLine("a\n\n b "+exampleToken[:33]+end+exampleToken[33:]+"\n  c", 160)
		assert.Equal(t, "a b gt-<"+Fingerprint(exampleToken)+"> c", got)
	}
	assert.Equal(t, "a b…", ExcerptLine("a\n b\nc", 3))
	assert.Equal(t, "a …", ExcerptLine("a"+strings.Repeat("\n", 10000)+"b", 3))
}
