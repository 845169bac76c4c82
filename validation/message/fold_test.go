package message

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestFold(t *testing.T) {
	t.Parallel()
	assert.Equal(t, []string{"- one two", "  three", "  four"}, Fold(10, "- ", "  ", "one  two\nthree four"))
	assert.Equal(t, []string{"- https://data.example.org/", "  a"}, Fold(10, "- ", "  ", "https://data.example.org/ a"))
	assert.Equal(t, []string{"- é é é é"}, Fold(10, "- ", "  ", "é é é é"), "columns, not bytes")
	assert.Equal(t, []string{"-"}, Fold(10, "-", "", ""))
	text := strings.Repeat("word ", 100)
	for _, line := range Fold(80, "", "  ", text) {
		assert.Less(t, len(line), 80)
	}
}
