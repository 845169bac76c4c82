package runner

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A runner that ends does not wait for a deployment that does not revoke: the
// next start tries again.
func TestEndWhileLeftoversAreRevoked(t *testing.T) {
	t.Parallel()
	for name, before := range map[string]bool{"ends before": true, "ends meanwhile": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			began := filepath.Join(t.TempDir(), "began")
			cfg := child(t, "clings:"+began)
			cfg.grace = 300 * time.Millisecond
			r, err := New(cfg, testLog)
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(r.suite.leftovers[0].path, []byte("token"), 0o600))
			done := make(chan struct{})
			if before {
				r.stop(errStopped)
			}
			go func() { defer close(done); r.revokeLeftovers(t.Context()) }()
			if !before {
				until(t, "the suite revokes", func() bool { _, err := os.Stat(began); return err == nil })
				r.stop(errStopped)
			}
			take(t, done)
			assertAlone(t, cfg)
		})
	}
}

// Nothing is started for somebody who has no time left.
func TestLeftoversAreNotRevokedInVain(t *testing.T) {
	t.Parallel()
	cfg := child(t, "pass")
	s := &suite{cfg: cfg, leftovers: notesOf(cfg)}
	s.cfg.Suite = "/nowhere/validation"
	require.NoError(t, os.WriteFile(s.leftovers[0].path, []byte("token"), 0o600))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	assert.Equal(t, context.Canceled.Error(), s.revoke(ctx).Error())
}
