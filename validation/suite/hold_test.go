package suite

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/validation/client"
)

// A held deployment is not announced if its file cannot be written.
func TestHoldNeedsItsFolder(t *testing.T) {
	t.Parallel()
	r, _ := running(t)
	var err error
	r.Client, err = client.New(r.Env, nil)
	require.NoError(t, err)
	folder := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(folder, "deployment.sh"), 0o700))
	assert.Error(t, r.holdWith(folder))
	folder = t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(folder, "ca.pem"), 0o700))
	assert.Error(t, r.holdWith(folder))
	assert.NoFileExists(t, filepath.Join(folder, "deployment.sh"))
}

func TestHoldable(t *testing.T) {
	t.Parallel()
	holding := &Options{Hold: true}
	assert.NoError(t, holding.holdable(&Environment{Local: true}))
	assert.Error(t, holding.holdable(&Environment{}))
	assert.NoError(t, (&Options{}).holdable(&Environment{}))
}
