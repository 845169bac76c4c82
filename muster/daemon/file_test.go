package daemon

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestWriteFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	for _, content := range []string{"first", "second, which is longer", ""} {
		require.NoError(t, WriteFile(path, []byte(content), 0o640))
		got, err := os.ReadFile(path)
		require.NoError(t, err)
		assert.Equal(t, content, string(got))
	}
	info, err := os.Stat(path)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o640), info.Mode())

	require.NoError(t, os.Mkdir(filepath.Join(dir, "directory"), 0o700))
	assert.Error(t, WriteFile(filepath.Join(dir, "directory"), []byte("x"), 0o600))
	assert.Error(t, WriteFile(filepath.Join(dir, "missing", "file"), []byte("x"), 0o600))
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Len(t, entries, 2, "a write that fails leaves nothing")
}
