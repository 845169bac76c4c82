package runner

import (
	"context"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/validation/runner/files"
	"github.com/lsst-sqre/muster/validation/runner/files/filestest"
	"github.com/lsst-sqre/muster/validation/runner/notify/notifytest"
)

// A runner that stops does not wait for a deployment that does not revoke. The
// next start tries again.
func TestEndWhileLeftoversAreRevoked(t *testing.T) {
	t.Parallel()
	for name, before := range map[string]bool{"ends before": true, "ends meanwhile": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			began := filepath.Join(t.TempDir(), "began")
			cfg := child(t, "clings:"+began)
			cfg.killGrace = 300 * time.Millisecond
			r, err := New(cfg, testLog)
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(r.suite.journals[0].path, []byte("token"), 0o600))
			done := make(chan struct{})
			if before {
				r.stop(errStopped)
			}
			go func() { defer close(done); r.revokeLeftovers(t.Context()) }()
			if !before {
				until(t, "the suite revokes", func() bool { _, err := os.Stat(began); return err == nil })
				r.stop(errStopped)
			}
			notifytest.Take(t, done)
			assertAlone(t, cfg)
		})
	}
}

// Revocation is not started without time left.
func TestLeftoversAreNotRevokedInVain(t *testing.T) {
	t.Parallel()
	cfg := child(t, "pass")
	s := &suite{cfg: cfg, journals: tokenJournals(cfg)}
	s.cfg.Suite = "/nowhere/validation"
	require.NoError(t, os.WriteFile(s.journals[0].path, []byte("token"), 0o600))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	assert.Equal(t, context.Canceled.Error(), s.revoke(ctx).Error())
}

// A journal in the temporary directory is used only if no other user can have
// created it.
func TestPlantedJournal(t *testing.T) {
	t.Parallel()
	for name, plant := range map[string]func(t *testing.T, dir string){
		"a link to a file": func(t *testing.T, dir string) {
			require.NoError(t, os.Mkdir(dir, 0o700))
			require.NoError(t, os.Symlink(filepath.Join(filepath.Dir(dir), "victim"), filepath.Join(dir, "leftovers")))
		},
		"a link to a directory": func(t *testing.T, dir string) {
			require.NoError(t, os.Mkdir(dir+"-other", 0o700))
			require.NoError(t, os.WriteFile(filepath.Join(dir+"-other", "leftovers"), []byte("x"), 0o600))
			require.NoError(t, os.Symlink(dir+"-other", dir))
		},
		"a directory for others": func(t *testing.T, dir string) {
			require.NoError(t, os.Mkdir(dir, 0o700))
			require.NoError(t, os.Chmod(dir, 0o770))
			require.NoError(t, os.WriteFile(filepath.Join(dir, "leftovers"), []byte("x"), 0o600))
		},
		"a pipe": func(t *testing.T, dir string) {
			require.NoError(t, os.Mkdir(dir, 0o700))
			require.NoError(t, syscall.Mkfifo(filepath.Join(dir, "leftovers"), 0o600))
		},
		"another user's": func(t *testing.T, dir string) {
			require.NoError(t, os.Mkdir(dir, 0o700))
			if os.Chown(dir, 65534, 65534) != nil {
				t.Skip("only root can make a directory of another user")
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			base := t.TempDir()
			victim := filepath.Join(base, "victim")
			require.NoError(t, os.WriteFile(victim, []byte("victim"), 0o600))
			dir := filepath.Join(base, "muster-runner")
			plant(t, dir)
			j := &tokenJournal{path: filepath.Join(dir, "leftovers"), shared: true}
			assert.Error(t, j.writable())
			assert.Error(t, j.nonEmpty())
			s := &suite{journals: []*tokenJournal{j}}
			assert.Empty(t, s.writablePath())
			content, err := os.ReadFile(victim)
			require.NoError(t, err)
			assert.Equal(t, "victim", string(content))
		})
	}
	own := &tokenJournal{path: filepath.Join(t.TempDir(), "own", "leftovers"), shared: true}
	require.NoError(t, own.writable())
	assert.ErrorIs(t, own.nonEmpty(), errEmptyJournal)
	require.NoError(t, os.WriteFile(own.path, []byte("token"), 0o600))
	assert.NoError(t, own.nonEmpty())
}

// If the store hangs, tokens are noted elsewhere, and the notes in the store
// wait.
func TestNotesOnADiskThatHangs(t *testing.T) {
	t.Parallel()
	cfg := child(t, "pass")
	s := &suite{cfg: cfg, journals: tokenJournals(cfg)}
	hung, other := s.journals[0], s.journals[1]
	require.NoError(t, os.WriteFile(hung.path, []byte("token"), 0o600))
	answer := filestest.Hang(t, &hung.guard)
	assert.Equal(t, other.path, s.writablePath())
	assert.ErrorIs(t, s.revoke(t.Context()), files.ErrNoAnswer)
	answer()
	assert.Equal(t, hung.path, s.writablePath())
	assert.NoError(t, s.revoke(t.Context()))
}
