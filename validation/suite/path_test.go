package suite

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A path is relative to the folder of the command, although go test runs the
// checks in their own folder.
func TestTyped(t *testing.T) {
	root, err := filepath.Abs("../..")
	require.NoError(t, err)
	t.Chdir("..")
	assert.Equal(t, filepath.Join(root, "out"), fromCommand("out"))
	assert.Equal(t, "/tmp/out", fromCommand("/tmp/out"))
	assert.Empty(t, fromCommand(""))
	t.Chdir("suite")
	assert.Equal(t, filepath.Join(root, "validation/suite/out"), fromCommand("out"))
}
