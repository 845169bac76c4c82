package scripts

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const columns = 120

// Prose and comments are reviewed in diffs, which are read without scrolling.
// The linter holds Go code to the same width.
func TestProseFits(t *testing.T) {
	t.Parallel()
	read := 0
	require.NoError(t, filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir():
			if hidden := strings.HasPrefix(d.Name(), ".") && d.Name() != ".." && d.Name() != ".github"; hidden ||
				d.Name() == "testdata" || d.Name() == "out" {
				return filepath.SkipDir
			}
			return nil
		}
		prose, ok := map[string]func(string) bool{".md": notTable, ".yaml": isComment, ".yml": isComment}[filepath.Ext(path)]
		if !ok {
			return nil
		}
		read++
		text, err := os.ReadFile(path)
		for i, line := range strings.Split(string(text), "\n") {
			if n := utf8.RuneCountInString(line); n > columns && prose(line) {
				assert.Fail(t, "a long line", "%s:%d has %d columns", path, i+1, n)
			}
		}
		return err
	}))
	assert.Greater(t, read, 30, "documents that were read")
}

// notTable reports whether a line of Markdown can be wrapped.
func notTable(line string) bool { return !strings.HasPrefix(strings.TrimSpace(line), "|") }

func isComment(line string) bool { return strings.HasPrefix(strings.TrimSpace(line), "#") }
