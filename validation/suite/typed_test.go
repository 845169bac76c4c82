package suite

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A path counts from where the command was typed, also where go test runs the
// checks in their own folder.
func TestTyped(t *testing.T) {
	root, err := filepath.Abs("../..")
	require.NoError(t, err)
	t.Chdir("..")
	assert.Equal(t, filepath.Join(root, "out"), typed("out"))
	assert.Equal(t, "/tmp/out", typed("/tmp/out"))
	assert.Empty(t, typed(""))
	t.Chdir("suite")
	assert.Equal(t, filepath.Join(root, "validation/suite/out"), typed("out"))
}
