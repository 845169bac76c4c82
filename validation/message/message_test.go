package message

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
)

func TestFew(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "a, b, c, d, e, f", Few([]string{"a", "b", "c", "d", "e", "f"}))
	assert.Equal(t, "a, b, c, d, e, and 2 more", Few([]string{"a", "b", "c", "d", "e", "f", "g"}))
}

func TestOneLine(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "a b c", OneLine("  a\n\tb  c\r\n"))
}

// A deployment's text is only data.
func TestSay(t *testing.T) {
	t.Parallel()
	const token = "gt-aB3dEfGhIjKlMnOpQrStUv.x9Y8z7W6v5U4t3S2r1Q0pA"
	for _, text := range []string{
		"a\nmuster.run={}", "a\r::error::x", "\x16=== NAME TestX", "\x1b[2J", "\u009b31m", "\u202eb", "x\x00\x7f\x85\u2028y",
		"\xff", token, token[:len(token)-1],
	} {
		var b strings.Builder
		Say(&b, "%s\n", text)
		Say(&b, "%v\n", errors.New(text))
		assert.Equal(t, 2, strings.Count(b.String(), "\n"), "%q", b.String())
		assert.NotRegexp(t, `[\x00-\x08\x0b-\x1f\x7f-\x{9f}\x{202a}-\x{202e}\x{2028}]|\A::`, b.String())
		assert.NotContains(t, b.String(), token[26:40])
		assert.True(t, utf8.ValidString(b.String()))
	}
	var b strings.Builder
	Say(&b, "%s", Lines("one\n  ::add-mask::two\n##[error]three\n"))
	assert.NotRegexp(t, `(?m)^\s*::|##\[`, b.String())
}
