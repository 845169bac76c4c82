package daemon

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTransportTrusts(t *testing.T) {
	t.Parallel()
	system, err := NewTransport("", time.Second)
	require.NoError(t, err)
	assert.Nil(t, system.TLSClientConfig.RootCAs, "the system's authorities alone")
	assert.Nil(t, system.Proxy)
	empty := filepath.Join(t.TempDir(), "ca.pem")
	require.NoError(t, os.WriteFile(empty, nil, 0o600))
	_, err = NewTransport(empty, time.Second)
	assert.ErrorContains(t, err, "holds no certificate in PEM")
	_, err = NewTransport(filepath.Join(t.TempDir(), "missing.pem"), time.Second)
	assert.ErrorIs(t, err, os.ErrNotExist)
}

func TestVersionOfTheLinkerComesFirst(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "1.2.3", Version("1.2.3"))
	assert.NotContains(t, []string{"", "unknown", "(devel)"}, Version(""))
}
