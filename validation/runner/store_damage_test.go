package runner

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/fixtures/lanes"
	"github.com/lsst-sqre/muster/validation/runner/history"
	"github.com/lsst-sqre/muster/validation/runner/history/historytest"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// storedSuffix ends the name of a stored run's file.
const storedSuffix = ".json.gz"

// finished returns a run that ended now.
func finished(h *history.History, result string, checks ...*verdict.Check) history.Run {
	run := historytest.Ended(h.NewID(time.Now()), result, 0, checks...)
	run.Report.Schema = verdict.SchemaVersion
	return run
}

// storeWith returns a store with complete runs and the path of one of them.
func storeWith(t *testing.T, runs int) (dir, path string) {
	t.Helper()
	dir = t.TempDir()
	h := history.Open(dir, 100, testLog)
	for range runs {
		run := finished(h, verdict.Fail, historytest.Check("A", "pass"), historytest.Check("B", "fail"))
		h.Append(run)
		path = filepath.Join(dir, run.ID+storedSuffix)
	}
	return dir, path
}

// assertStarts asserts that a runner starts with that store, serves every page,
// and still has the undamaged runs.
func assertStarts(t *testing.T, dir string, undamaged int) {
	t.Helper()
	cfg := child(t, "pass")
	cfg.Store = dir
	r, err := New(cfg, testLog)
	require.NoError(t, err)
	runs, _ := r.history.List()
	assert.GreaterOrEqual(t, len(runs), undamaged)
	paths := []string{"/runs", "/pages/runs"}
	for _, run := range runs {
		paths = append(paths, "/runs/"+run.ID+"?output=true", "/pages/runs/"+run.ID)
	}
	site, err := newWeb(r)
	require.NoError(t, err)
	handler := site.handler()
	for _, path := range paths {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/muster/runner"+path, nil))
		assert.Equal(t, http.StatusOK, w.Code, path)
	}
	r.history.Append(finished(r.history, verdict.Pass, historytest.Check("A", "pass")))
	after, _ := r.history.List()
	assert.Len(t, after, len(runs)+1)
}

// Damage by a disk, a crash or a person costs only the damaged run.
func TestDamagedStore(t *testing.T) {
	lanes.Slow(t)
	t.Parallel()
	const seed = 20261130
	random := rand.New(rand.NewPCG(seed, 0))
	for name, damage := range map[string]func(t *testing.T, path string){
		"truncated": func(t *testing.T, path string) {
			require.NoError(t, os.Truncate(path, random.Int64N(sizeOf(t, path))))
		},
		"flipped": func(t *testing.T, path string) {
			content := contentOf(t, path)
			content[random.IntN(len(content))] ^= 1 << random.IntN(8)
			require.NoError(t, os.WriteFile(path, content, 0o600))
		},
		"zeroed": func(t *testing.T, path string) {
			content := contentOf(t, path)
			from := random.IntN(len(content))
			clear(content[from:min(len(content), from+64)])
			require.NoError(t, os.WriteFile(path, content, 0o600))
		},
		"garbage": func(t *testing.T, path string) {
			content := make([]byte, random.IntN(1<<10))
			for i := range content {
				content[i] = byte(random.Uint32())
			}
			require.NoError(t, os.WriteFile(path, content, 0o600))
		},
		"appended": func(t *testing.T, path string) {
			require.NoError(t, os.WriteFile(path, append(contentOf(t, path), "garbage"...), 0o600))
		},
		"other JSON": func(t *testing.T, path string) {
			texts := []string{"null", "[]", `"x"`, "{}", `{"id":null}`, strings.Repeat("[", 20_000), ""}
			require.NoError(t, os.WriteFile(path, zipped([]byte(texts[random.IntN(len(texts))])), 0o600))
		},
		"a directory": func(t *testing.T, path string) {
			require.NoError(t, os.Remove(path))
			require.NoError(t, os.Mkdir(path, 0o700))
		},
		"a link": func(t *testing.T, path string) {
			require.NoError(t, os.Remove(path))
			targets := []string{"/dev/zero", "/nowhere", path, filepath.Dir(path), "/etc/passwd"}
			require.NoError(t, os.Symlink(targets[random.IntN(len(targets))], path))
		},
		"a pipe": func(t *testing.T, path string) {
			require.NoError(t, os.Remove(path))
			require.NoError(t, syscall.Mkfifo(path, 0o600))
		},
		"unreadable": func(t *testing.T, path string) { require.NoError(t, os.Chmod(path, 0)) },
	} {
		t.Run(name, func(t *testing.T) {
			for range 25 {
				dir, path := storeWith(t, 2)
				damage(t, path)
				assertStarts(t, dir, 1)
			}
		})
	}
}

// replacements are the values that replace a member of a stored run.
var replacements = []any{nil, []any{}, []any{nil}, map[string]any{}, map[string]any{"x": nil}, "", "x", -1, 1e300,
	true}

// If any member of a stored run is replaced by any value, the run is either
// refused or shown.
func TestStoreWithReplacedMembers(t *testing.T) {
	t.Parallel()
	dir, path := storeWith(t, 1)
	text, err := gunzip(contentOf(t, path))
	require.NoError(t, err)
	var whole any
	require.NoError(t, json.Unmarshal(text, &whole))
	damaged := 0
	mutate(whole, func() {
		text, err := json.Marshal(whole)
		require.NoError(t, err)
		damaged++
		id := fmt.Sprintf("20260101T000000.%03dZ", damaged%1000)
		text = bytes.Replace(text, []byte(strings.TrimSuffix(filepath.Base(path), storedSuffix)), []byte(id), 1)
		require.NoError(t, os.WriteFile(filepath.Join(dir, id+storedSuffix), zipped(text), 0o600))
		if damaged%50 == 0 {
			assertStarts(t, dir, 1)
		}
	})
	assertStarts(t, dir, 1)
	assert.Greater(t, damaged, 100)
}

// mutate replaces each member of the value in turn, calls f, and restores it.
func mutate(value any, f func()) {
	replace := func(old any, set func(any)) {
		for _, other := range replacements {
			set(other)
			f()
		}
		set(old)
		mutate(old, f)
	}
	switch v := value.(type) {
	case map[string]any:
		for name, old := range v {
			replace(old, func(other any) { v[name] = other })
		}
	case []any:
		for i, old := range v {
			replace(old, func(other any) { v[i] = other })
		}
	}
}

func sizeOf(t *testing.T, path string) int64 { return int64(len(contentOf(t, path))) }

func contentOf(t *testing.T, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	return slices.Clone(content)
}

func zipped(text []byte) []byte {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	_, _ = z.Write(text)
	_ = z.Close()
	return out.Bytes()
}

func gunzip(packed []byte) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}
