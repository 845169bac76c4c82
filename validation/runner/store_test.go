package runner

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/fixtures/programs"
	"github.com/lsst-sqre/muster/muster/daemon"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// What a killed runner, a full disk or somebody's hand left in the store costs
// that run alone.
func TestHalfWrittenStore(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	h := openHistory(dir, 100, testLog)
	ids := putPassed(h, 6)
	whole, err := os.ReadFile(h.store.path(ids[0]))
	require.NoError(t, err)
	damaged := append([]byte(nil), whole...)
	damaged[len(damaged)-6] ^= 1 // of the checksum
	write := func(path string, text []byte) { require.NoError(t, os.WriteFile(path, text, 0o600)) }
	write(h.store.path(ids[0]), whole[:len(whole)/2])
	write(h.store.path(ids[1]), nil)
	write(h.store.path(ids[2]), []byte("garbage"))
	write(h.store.path(ids[3]), damaged)
	write(h.store.path(ids[4]), whole) // another run's
	write(filepath.Join(dir, "20260101T000000.000Z-123.tmp"), whole)
	write(filepath.Join(dir, "notes.txt"), []byte("not ours"))
	require.NoError(t, os.Mkdir(filepath.Join(dir, "20270101T000000.000Z.json.gz"), 0o700))

	log := new(programs.Output)
	again := openHistory(dir, 100, newTestLog(log))
	runs, storeErrors := again.list()
	require.Len(t, runs, 1)
	assert.Equal(t, ids[5], runs[0].ID)
	assert.Len(t, storeErrors, 6)
	assert.Contains(t, storeErrors[0], "The stored run "+ids[0]+" cannot be read and was set aside: ")
	assert.Contains(t, log.String(), "stored runs were not loaded")
	assert.NoFileExists(t, filepath.Join(dir, "20260101T000000.000Z-123.tmp"))
	assert.FileExists(t, filepath.Join(dir, "notes.txt"))
	assert.FileExists(t, h.store.path(ids[3])+brokenSuffix)
	again.append(finished(again, "A=pass"))
	_, after := again.list()
	assert.Equal(t, storeErrors, after, "a run that is kept does not bring back the others")
	assert.NotContains(t, log.String(), "stored again", "runs always were")
	runs, storeErrors = openHistory(dir, 100, testLog).list()
	assert.Len(t, runs, 2)
	assert.Empty(t, storeErrors)
	broken, err := filepath.Glob(filepath.Join(dir, "*"+brokenSuffix))
	require.NoError(t, err)
	assert.Len(t, broken, keptBroken)
}

// A store that cannot be written loses history, never a run, says so once, and
// has everything when it can be written again.
func TestStoreFails(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "store")
	log := new(programs.Output)
	h := openHistory(dir, 100, newTestLog(log))
	h.append(finished(h, "A=pass"))
	_, storeErrors := h.list()
	require.Empty(t, storeErrors)
	require.NoError(t, os.Rename(dir, dir+"-gone"))
	for range 3 {
		h.append(finished(h, "A=pass"))
		runs, storeErrors := h.list()
		require.Len(t, storeErrors, 1)
		assert.Contains(t, storeErrors[0], "The store "+dir+" cannot save runs: ")
		_, _, _, ok := h.get(runs[0].ID)
		assert.True(t, ok)
	}
	assert.Equal(t, 1, strings.Count(log.String(), "runs are only in memory"))
	require.NoError(t, os.Rename(dir+"-gone", dir))
	h.append(finished(h, "A=pass"))
	_, storeErrors = h.list()
	assert.Empty(t, storeErrors)
	assert.Contains(t, log.String(), "runs are stored again")
	runs, _ := openHistory(dir, 100, testLog).list()
	assert.Len(t, runs, 5)
}

// A disk that fills up in the middle of a run leaves nothing of it.
func TestStoreFillsUp(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	h := openHistory(dir, 100, testLog)
	h.store.write = func(path string, _ []byte, _ fs.FileMode) error {
		return &os.PathError{Op: "write", Path: path, Err: syscall.ENOSPC}
	}
	h.append(finished(h, "A=pass"))
	runs, storeErrors := h.list()
	assert.Len(t, runs, 1)
	require.Len(t, storeErrors, 1)
	assert.Contains(t, storeErrors[0], "no space left on device. They stay in memory until this runner ends.")
	files, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Empty(t, files)

	h.store.write = daemon.WriteFile
	h.append(finished(h, "A=pass"))
	_, storeErrors = h.list()
	assert.Empty(t, storeErrors)
	runs, storeErrors = openHistory(dir, 100, testLog).list()
	assert.Len(t, runs, 2)
	assert.Empty(t, storeErrors)
}

// A disk that is full is told also where the history was not whole before.
func TestStoreFailsAfterItCouldNotBeRead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "20260101T000000.000Z.json.gz"), nil, 0o600))
	log := new(programs.Output)
	h := openHistory(dir, 100, newTestLog(log))
	h.store.write = func(string, []byte, fs.FileMode) error { return syscall.ENOSPC }
	h.append(finished(h, "A=pass"))
	_, storeErrors := h.list()
	require.Len(t, storeErrors, 2)
	assert.Contains(t, storeErrors[0], "was set aside")
	assert.Contains(t, storeErrors[1], "no space left on device")
	assert.Equal(t, 1, strings.Count(log.String(), "runs are only in memory"))

	h.store.write = daemon.WriteFile
	h.append(finished(h, "A=pass"))
	_, storeErrors = h.list()
	require.Len(t, storeErrors, 1)
	assert.Contains(t, storeErrors[0], "was set aside")
	assert.Equal(t, 1, strings.Count(log.String(), "runs are stored again"))
}

// hang lets the writes of a store hang until release is called, and tells of
// each that began.
func hang(t *testing.T, h *history) (began <-chan struct{}, release func()) {
	t.Helper()
	writes, gone := make(chan struct{}, 100), make(chan struct{})
	release = sync.OnceFunc(func() { close(gone) })
	t.Cleanup(release)
	h.store.timeout = time.Millisecond
	h.store.write = func(path string, content []byte, mode fs.FileMode) error {
		writes <- struct{}{}
		<-gone
		return daemon.WriteFile(path, content, mode)
	}
	return writes, release
}

// A disk that does not answer keeps nobody waiting, and has everything when it
// answers again.
func TestStoreHangs(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	log := new(programs.Output)
	h := openHistory(dir, 3, newTestLog(log))
	began, release := hang(t, h)
	var ids []string
	for i := range 4 {
		run := finished(h, "A=pass")
		ids = append(ids, run.ID)
		h.append(run)
		_, storeErrors := h.list()
		require.Len(t, storeErrors, 1)
		assert.Contains(t, storeErrors[0], "The store "+dir+" does not answer: ")
		_, _, _, ok := h.get(run.ID)
		assert.True(t, ok)
		if i == 0 {
			<-began
		}
	}
	assert.Empty(t, began, "a disk that hangs is asked once")
	assert.Equal(t, 1, strings.Count(log.String(), "runs are only in memory"))
	release()
	until(t, "the store answers again", func() bool { _, storeErrors := h.list(); return len(storeErrors) == 0 })
	assert.Contains(t, log.String(), "runs are stored again")
	var stored []string
	runs, _ := openHistory(dir, 100, testLog).list()
	for _, k := range runs {
		stored = append(stored, k.ID)
	}
	assert.Equal(t, []string{ids[3], ids[2], ids[1]}, stored, "the first was dropped while it was written")
}

// The whole runner goes on while the disk does not: runs end, are answered and
// are told.
func TestRunnerWithADiskThatHangs(t *testing.T) {
	t.Parallel()
	w := &watcher{}
	var release func()
	s := start(t, child(t, "pass"), func(r *Runner) { _, release = hang(t, r.history) }, w)
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
	until(t, "the store answers again", func() bool { _, storeErrors := s.history.list(); return len(storeErrors) == 0 })
	runs, _ := openHistory(s.cfg.Store, 10, testLog).list()
	assert.Len(t, runs, 2)
}

// A store that is no directory is told, and the runner runs.
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

// Two runners share a store while one takes the other's place.
func TestTwoRunnersOneStore(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	older, newer := openHistory(dir, 100, testLog), openHistory(dir, 100, testLog)
	older.append(finished(older, "A=pass"))
	<-time.After(2 * time.Millisecond) // ids are of the millisecond
	newer.append(finished(newer, "A=pass"))
	runs, storeErrors := openHistory(dir, 100, testLog).list()
	assert.Empty(t, storeErrors)
	assert.Len(t, runs, 2)
}
