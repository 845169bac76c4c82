package proof

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/fixtures/lanes"
)

// most bounds the memory of a run in KiB: half of what the chart gives the pod.
const most = 256 << 10

// lists are the answers of an API server to list requests.
type lists struct {
	items int
	// fields are those of each object, in JSON.
	fields string
	// pages is the number of pages of a list; 0 means endless.
	pages int
	// says is the expected message of the run.
	says string
}

// An API server with endless or huge lists takes neither all memory nor all time.
// The run names the list.
func TestEndlessLists(t *testing.T) {
	lanes.Slow(t)
	t.Parallel()
	text := func(size int) string { return fmt.Sprintf(`"annotations": {"a": %q}`, strings.Repeat("x", size)) }
	for name, l := range map[string]lists{
		"small objects":  {200, text(10), 0, "does not end"},
		"large objects":  {20, text(100 << 10), 0, "does not end"},
		"lists that end": {200, text(10), 25, "all lists take more than"},
		"many members":   {20, `"x": [{}` + strings.Repeat(",{}", 3_000) + `]`, 4, "--- FAIL"},
		"heavy pages":    {200, `"x": [{}` + strings.Repeat(",{}", 10_000) + `]`, 0, "too large"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newAPI(t)
			var pages atomic.Int64
			handler := a.before(func(w http.ResponseWriter, r *http.Request) bool { return l.answer(w, r, &pages) })
			peak := filepath.Join(t.TempDir(), "peak")
			cmd := command(t, os.Args[0], theSuite(t), "-env="+a.env(t, handler, ""), "-test.run="+clusterChecks(t))
			cmd.Env = append(cmd.Environ(), "GOGC=100", peakFile+"="+peak)
			o := finish(t, cmd)
			assert.NotZero(t, o.code)
			assert.Contains(t, o.stdout, l.says)
			got := peakIn(t, peak)
			t.Logf("%d KiB, %d pages, %d bytes of output", got, pages.Load(), len(o.stdout+o.stderr))
			assert.Less(t, got, most, "KiB of memory")
			assert.Less(t, len(o.stdout+o.stderr), 1<<20)
		})
	}
}

// answer is the next page of a list; false for what is no list.
func (l lists) answer(w http.ResponseWriter, r *http.Request, pages *atomic.Int64) bool {
	limit := r.URL.Query().Get("limit")
	if r.Method != http.MethodGet || limit == "1" && l.says != "too large" || limit == "" {
		return false
	}
	n := pages.Add(1)
	page, _ := strconv.Atoi(r.URL.Query().Get("continue")) // none has 0
	page++
	next := fmt.Sprintf(`"continue": "%d"`, page)
	if page == l.pages {
		next = ""
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = fmt.Fprintf(w, `{"apiVersion": "v1", "kind": "List", "metadata": {%s}, "items": [`, next)
	for i := range l.items {
		separator := ","
		if i == 0 {
			separator = ""
		}
		_, _ = fmt.Fprintf(w, `%s{"metadata": {"name": "x%d", "namespace": "muster", %s}}`, separator, n*1000+int64(i),
			l.fields) // the client may have gone
	}
	_, _ = fmt.Fprint(w, `]}`)
	return true
}

// peakIn returns the peak memory that measurePeak wrote, in KiB.
func peakIn(t *testing.T, file string) int {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	peak, err := strconv.Atoi(string(text))
	require.NoError(t, err)
	return peak
}
