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
	runs, trouble := again.list()
	require.Len(t, runs, 1)
	assert.Equal(t, ids[5], runs[0].ID)
	assert.Len(t, trouble, 6)
	assert.Contains(t, trouble[0], "The kept run "+ids[0]+" cannot be read, and was put aside: ")
	assert.Contains(t, log.String(), "the history is not whole")
	assert.NoFileExists(t, filepath.Join(dir, "20260101T000000.000Z-123.tmp"))
	assert.FileExists(t, filepath.Join(dir, "notes.txt"))
	assert.FileExists(t, h.store.path(ids[3])+brokenSuffix)
	again.put(finished(again, "A=pass"))
	_, after := again.list()
	assert.Equal(t, trouble, after, "a run that is kept does not bring back the others")
	assert.NotContains(t, log.String(), "in the store again", "runs always were")
	runs, trouble = openHistory(dir, 100, testLog).list()
	assert.Len(t, runs, 2)
	assert.Empty(t, trouble)
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
	h.put(finished(h, "A=pass"))
	_, trouble := h.list()
	require.Empty(t, trouble)
	require.NoError(t, os.Rename(dir, dir+"-gone"))
	for range 3 {
		h.put(finished(h, "A=pass"))
		runs, trouble := h.list()
		require.Len(t, trouble, 1)
		assert.Contains(t, trouble[0], "The store "+dir+" cannot keep runs: ")
		_, _, _, ok := h.get(runs[0].ID)
		assert.True(t, ok)
	}
	assert.Equal(t, 1, strings.Count(log.String(), "runs are kept in memory only"))
	require.NoError(t, os.Rename(dir+"-gone", dir))
	h.put(finished(h, "A=pass"))
	_, trouble = h.list()
	assert.Empty(t, trouble)
	assert.Contains(t, log.String(), "runs are kept in the store again")
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
	h.put(finished(h, "A=pass"))
	runs, trouble := h.list()
	assert.Len(t, runs, 1)
	require.Len(t, trouble, 1)
	assert.Contains(t, trouble[0], "no space left on device. They are kept in memory until this runner ends.")
	files, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Empty(t, files)

	h.store.write = daemon.WriteFile
	h.put(finished(h, "A=pass"))
	_, trouble = h.list()
	assert.Empty(t, trouble)
	runs, trouble = openHistory(dir, 100, testLog).list()
	assert.Len(t, runs, 2)
	assert.Empty(t, trouble)
}

// A disk that is full is told also where the history was not whole before.
func TestStoreFailsAfterItCouldNotBeRead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "20260101T000000.000Z.json.gz"), nil, 0o600))
	log := new(programs.Output)
	h := openHistory(dir, 100, newTestLog(log))
	h.store.write = func(string, []byte, fs.FileMode) error { return syscall.ENOSPC }
	h.put(finished(h, "A=pass"))
	_, trouble := h.list()
	require.Len(t, trouble, 2)
	assert.Contains(t, trouble[0], "was put aside")
	assert.Contains(t, trouble[1], "no space left on device")
	assert.Equal(t, 1, strings.Count(log.String(), "runs are kept in memory only"))

	h.store.write = daemon.WriteFile
	h.put(finished(h, "A=pass"))
	_, trouble = h.list()
	require.Len(t, trouble, 1)
	assert.Contains(t, trouble[0], "was put aside")
	assert.Equal(t, 1, strings.Count(log.String(), "runs are kept in the store again"))
}

// hang lets the writes of a store hang until release is called, and tells of
// each that began.
func hang(t *testing.T, h *history) (began <-chan struct{}, release func()) {
	t.Helper()
	writes, gone := make(chan struct{}, 100), make(chan struct{})
	release = sync.OnceFunc(func() { close(gone) })
	t.Cleanup(release)
	h.patience = time.Millisecond
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
		h.put(run)
		_, trouble := h.list()
		require.Len(t, trouble, 1)
		assert.Contains(t, trouble[0], "The store "+dir+" does not answer: ")
		_, _, _, ok := h.get(run.ID)
		assert.True(t, ok)
		if i == 0 {
			<-began
		}
	}
	assert.Empty(t, began, "a disk that hangs is asked once")
	assert.Equal(t, 1, strings.Count(log.String(), "runs are kept in memory only"))
	release()
	until(t, "the store answers again", func() bool { _, trouble := h.list(); return len(trouble) == 0 })
	assert.Contains(t, log.String(), "runs are kept in the store again")
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
	assert.Equal(t, []string{"resumed 0", "started", "ended pass", "started", "ended pass"}, w.told)
	release()
	until(t, "the store answers again", func() bool { _, trouble := s.history.list(); return len(trouble) == 0 })
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
	for _, place := range []*notes{{path: "/proc/nowhere/leftovers"}, s.suite.leftovers[1]} {
		s.suite.leftovers = []*notes{place}
		assert.Equal(t, verdict.Pass, s.run("").Status)
	}
	for _, path := range []string{"/runs", "/pages/runs"} {
		_, text := s.ask("GET", path, "")
		assert.Contains(t, text, "The store "+cfg.Store+" cannot keep runs")
	}
}

// Two runners share a store while one takes the other's place.
func TestTwoRunnersOneStore(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	older, newer := openHistory(dir, 100, testLog), openHistory(dir, 100, testLog)
	older.put(finished(older, "A=pass"))
	<-time.After(2 * time.Millisecond) // ids are of the millisecond
	newer.put(finished(newer, "A=pass"))
	runs, trouble := openHistory(dir, 100, testLog).list()
	assert.Empty(t, trouble)
	assert.Len(t, runs, 2)
}
