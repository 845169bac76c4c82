package message

import (
	"strings"
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

func TestShell(t *testing.T) {
	t.Parallel()
	assert.Equal(t, `a\"b\\c\$d\`+"`"+`e$(printf '\t')f'`, Shell("a\"b\\c$d`e\tf'"))
	assert.Equal(t, "x$(printf '-%.0s' $(seq 51))y", Shell("x"+strings.Repeat("-", 51)+"y"))
	assert.Equal(t, strings.Repeat("-", 50), Shell(strings.Repeat("-", 50)))
}
