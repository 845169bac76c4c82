package runner

import (
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/muster/daemon"
	"github.com/lsst-sqre/muster/validation/runner/history"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// The runner works while the disk hangs: runs end, are answered and are notified.
func TestRunnerWithADiskThatHangs(t *testing.T) {
	t.Parallel()
	w := &watcher{}
	answers := make(chan struct{})
	release := sync.OnceFunc(func() { close(answers) })
	t.Cleanup(release)
	s := start(t, child(t, "pass"), func(r *Runner) {
		r.history.Store.Timeout = time.Millisecond
		r.history.Store.Write = func(path string, content []byte, mode fs.FileMode) error {
			<-answers
			return daemon.WriteFile(path, content, mode)
		}
	}, w)
	for range 2 {
		assert.Equal(t, verdict.Pass, s.run("").Status)
	}
	for _, path := range []string{"/runs", "/pages/runs"} {
		answer, text := s.ask("GET", path, "")
		assert.Equal(t, 200, answer.StatusCode)
		assert.Contains(t, text, "The store "+s.cfg.Store+" does not answer")
	}
	s.stop()
	assert.Equal(t, []string{"resumed 0", "started", "ended pass", "started", "ended pass"}, w.calls)
	release()
	until(t, "the store answers again", func() bool { _, storeErrors := s.history.List(); return len(storeErrors) == 0 })
	runs, _ := history.Open(s.cfg.Store, 10, testLog).List()
	assert.Len(t, runs, 2)
}

// If the store is no directory, the runner reports it and runs.
func TestStoreIsNoDirectory(t *testing.T) {
	t.Parallel()
	cfg := child(t, "pass")
	cfg.Store = filepath.Join(cfg.Store, "file")
	require.NoError(t, os.WriteFile(cfg.Store, nil, 0o600))
	s := start(t, cfg, nil)
	assert.Equal(t, verdict.Pass, s.run("").Status)
	for _, place := range []*tokenJournal{{path: "/proc/nowhere/leftovers"}, s.suite.journals[1]} {
		s.suite.journals = []*tokenJournal{place}
		assert.Equal(t, verdict.Pass, s.run("").Status)
	}
	for _, path := range []string{"/runs", "/pages/runs"} {
		_, text := s.ask("GET", path, "")
		assert.Contains(t, text, "The store "+cfg.Store+" cannot save runs")
	}
}
