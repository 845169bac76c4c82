package message

import (
	"testing"

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
