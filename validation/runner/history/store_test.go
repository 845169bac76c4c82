package history

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
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
	"github.com/lsst-sqre/muster/validation/runner/files/filestest"
)

// A file that a killed runner, a full disk or a person damaged costs only that
// run.
func TestHalfWrittenStore(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	h := Open(dir, 100, testLog)
	ids := putPassed(h, 6)
	whole, err := os.ReadFile(h.Store.path(ids[0]))
	require.NoError(t, err)
	damaged := append([]byte(nil), whole...)
	damaged[len(damaged)-6] ^= 1 // of the checksum
	write := func(path string, text []byte) { require.NoError(t, os.WriteFile(path, text, 0o600)) }
	write(h.Store.path(ids[0]), whole[:len(whole)/2])
	write(h.Store.path(ids[1]), nil)
	write(h.Store.path(ids[2]), []byte("garbage"))
	write(h.Store.path(ids[3]), damaged)
	write(h.Store.path(ids[4]), whole) // another run's
	write(filepath.Join(dir, "20260101T000000.000Z-123.tmp"), whole)
	write(filepath.Join(dir, "notes.txt"), []byte("not ours"))
	require.NoError(t, os.Mkdir(filepath.Join(dir, "20270101T000000.000Z.json.gz"), 0o700))

	log := new(programs.Output)
	again := Open(dir, 100, newTestLog(log))
	runs, storeErrors := again.List()
	require.Len(t, runs, 1)
	assert.Equal(t, ids[5], runs[0].ID)
	assert.Len(t, storeErrors, 6)
	assert.Contains(t, storeErrors[0], "The stored run "+ids[0]+" cannot be read and was set aside: ")
	assert.Contains(t, log.String(), "stored runs were not loaded")
	assert.NoFileExists(t, filepath.Join(dir, "20260101T000000.000Z-123.tmp"))
	assert.FileExists(t, filepath.Join(dir, "notes.txt"))
	assert.FileExists(t, h.Store.path(ids[3])+brokenSuffix)
	again.Append(finished(again, "A=pass"))
	_, after := again.List()
	assert.Equal(t, storeErrors, after, "a run that is kept does not bring back the others")
	assert.NotContains(t, log.String(), "stored again", "runs always were")
	runs, storeErrors = Open(dir, 100, testLog).List()
	assert.Len(t, runs, 2)
	assert.Empty(t, storeErrors)
	broken, err := filepath.Glob(filepath.Join(dir, "*"+brokenSuffix))
	require.NoError(t, err)
	assert.Len(t, broken, keptBroken)
}

// If the store cannot be written, no run fails. One message says so, and later
// the store gets everything.
func TestStoreFails(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "store")
	log := new(programs.Output)
	h := Open(dir, 100, newTestLog(log))
	h.Append(finished(h, "A=pass"))
	_, storeErrors := h.List()
	require.Empty(t, storeErrors)
	require.NoError(t, os.Rename(dir, dir+"-gone"))
	for range 3 {
		h.Append(finished(h, "A=pass"))
		runs, storeErrors := h.List()
		require.Len(t, storeErrors, 1)
		assert.Contains(t, storeErrors[0], "The store "+dir+" cannot save runs: ")
		_, _, _, ok := h.Get(runs[0].ID)
		assert.True(t, ok)
	}
	assert.Equal(t, 1, strings.Count(log.String(), "runs are only in memory"))
	require.NoError(t, os.Rename(dir+"-gone", dir))
	h.Append(finished(h, "A=pass"))
	_, storeErrors = h.List()
	assert.Empty(t, storeErrors)
	assert.Contains(t, log.String(), "runs are stored again")
	runs, _ := Open(dir, 100, testLog).List()
	assert.Len(t, runs, 5)
}

// A disk that fills up while a run is written leaves no part of it.
func TestStoreFillsUp(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	h := Open(dir, 100, testLog)
	h.Store.Write = func(path string, _ []byte, _ fs.FileMode) error {
		return &os.PathError{Op: "write", Path: path, Err: syscall.ENOSPC}
	}
	h.Append(finished(h, "A=pass"))
	runs, storeErrors := h.List()
	assert.Len(t, runs, 1)
	require.Len(t, storeErrors, 1)
	assert.Contains(t, storeErrors[0], "no space left on device. They stay in memory until this runner ends.")
	files, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Empty(t, files)

	h.Store.Write = daemon.WriteFile
	h.Append(finished(h, "A=pass"))
	_, storeErrors = h.List()
	assert.Empty(t, storeErrors)
	runs, storeErrors = Open(dir, 100, testLog).List()
	assert.Len(t, runs, 2)
	assert.Empty(t, storeErrors)
}

// A full disk is reported even if the history had gaps before.
func TestStoreFailsAfterItCouldNotBeRead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "20260101T000000.000Z.json.gz"), nil, 0o600))
	log := new(programs.Output)
	h := Open(dir, 100, newTestLog(log))
	h.Store.Write = func(string, []byte, fs.FileMode) error { return syscall.ENOSPC }
	h.Append(finished(h, "A=pass"))
	_, storeErrors := h.List()
	require.Len(t, storeErrors, 2)
	assert.Contains(t, storeErrors[0], "was set aside")
	assert.Contains(t, storeErrors[1], "no space left on device")
	assert.Equal(t, 1, strings.Count(log.String(), "runs are only in memory"))

	h.Store.Write = daemon.WriteFile
	h.Append(finished(h, "A=pass"))
	_, storeErrors = h.List()
	require.Len(t, storeErrors, 1)
	assert.Contains(t, storeErrors[0], "was set aside")
	assert.Equal(t, 1, strings.Count(log.String(), "runs are stored again"))
}

// A hung disk delays no answer. It gets everything when it works again.
func TestStoreHangs(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	log := new(programs.Output)
	h := Open(dir, 3, newTestLog(log))
	began, release := hang(t, h)
	var ids []string
	for i := range 4 {
		run := finished(h, "A=pass")
		ids = append(ids, run.ID)
		h.Append(run)
		_, storeErrors := h.List()
		require.Len(t, storeErrors, 1)
		assert.Contains(t, storeErrors[0], "The store "+dir+" does not answer: ")
		_, _, _, ok := h.Get(run.ID)
		assert.True(t, ok)
		if i == 0 {
			<-began
		}
	}
	assert.Empty(t, began, "a disk that hangs is asked once")
	assert.Equal(t, 1, strings.Count(log.String(), "runs are only in memory"))
	release()
	require.Eventually(t, func() bool { _, storeErrors := h.List(); return len(storeErrors) == 0 },
		time.Minute, time.Millisecond, "the store answers again")
	assert.Contains(t, log.String(), "runs are stored again")
	var stored []string
	runs, _ := Open(dir, 100, testLog).List()
	for _, k := range runs {
		stored = append(stored, k.ID)
	}
	assert.Equal(t, []string{ids[3], ids[2], ids[1]}, stored, "the first was dropped while it was written")
}

// Two runners share a store while one takes the other's place.
func TestTwoRunnersOneStore(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	older, newer := Open(dir, 100, testLog), Open(dir, 100, testLog)
	older.Append(finished(older, "A=pass"))
	<-time.After(2 * time.Millisecond) // ids are of the millisecond
	newer.Append(finished(newer, "A=pass"))
	runs, storeErrors := Open(dir, 100, testLog).List()
	assert.Empty(t, storeErrors)
	assert.Len(t, runs, 2)
}

// hang makes writes to a store hang until release is called, and reports each
// write that began.
func hang(t *testing.T, h *History) (began <-chan struct{}, release func()) {
	t.Helper()
	writes, gone := make(chan struct{}, 100), make(chan struct{})
	release = sync.OnceFunc(func() { close(gone) })
	t.Cleanup(release)
	h.Store.Timeout = time.Millisecond
	h.Store.Write = func(path string, content []byte, mode fs.FileMode) error {
		writes <- struct{}{}
		<-gone
		return daemon.WriteFile(path, content, mode)
	}
	return writes, release
}

// A null among the checks must not keep the runner from starting.
func TestStoredRunWithNull(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	h := Open(dir, 100, testLog)
	path := h.Store.path(putPassed(h, 1)[0])
	packed, err := os.ReadFile(path)
	require.NoError(t, err)
	z, err := gzip.NewReader(bytes.NewReader(packed))
	require.NoError(t, err)
	text, err := io.ReadAll(z)
	require.NoError(t, err)
	text = bytes.Replace(text, []byte(`"checks":[`), []byte(`"checks":[null,`), 1)
	var out bytes.Buffer
	again := gzip.NewWriter(&out)
	_, err = again.Write(text)
	require.NoError(t, errors.Join(err, again.Close()))
	require.NoError(t, os.WriteFile(path, out.Bytes(), 0o600))
	runs, errs := Open(dir, 100, testLog).List()
	assert.Empty(t, runs)
	require.Len(t, errs, 1)
	assert.Contains(t, errs[0], "it has null in a list")
}

// If the file system hangs at the start, only the unread runs are missing.
func TestStoreHangsAtTheStart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	putPassed(Open(dir, 100, testLog), 3)
	log := new(programs.Output)
	h := &History{log: newTestLog(log), keep: 100, Store: newStore(dir)}
	answer := filestest.Hang(t, &h.Store.guard)
	h.load()
	runs, errs := h.List()
	assert.Empty(t, runs)
	require.Len(t, errs, 1)
	assert.Contains(t, errs[0], "cannot be read at the start of this runner: the file system does not answer")
	h.Append(finished(h, "A=pass"))
	_, errs = h.List()
	assert.Len(t, errs, 2)
	answer()
	h.Append(finished(h, "A=pass"))
	_, errs = h.List()
	assert.Len(t, errs, 1, "it is stored again")
	stored, _ := Open(dir, 100, testLog).List()
	assert.Len(t, stored, 5)
}
