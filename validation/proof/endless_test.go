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
)

// An API server of which every list goes on without end takes neither all memory
// nor all time: the list is named.
func TestEndlessLists(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ items, size int }{
		"small objects": {200, 10}, "large objects": {20, 100 << 10},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newAPI(t)
			var pages atomic.Int64
			item := `{"metadata": {"name": "x%d", "namespace": "muster", "annotations": {"a": "` + strings.Repeat(
				"x",
				c.size,
			) + `"}}}`
			endless := a.before(func(w http.ResponseWriter, r *http.Request) bool {
				if r.Method != http.MethodGet || r.URL.Query().Get("limit") == "1" || r.URL.Query().Get("limit") == "" {
					return false
				}
				n := pages.Add(1)
				items := make([]string, c.items)
				for i := range items {
					items[i] = fmt.Sprintf(item, n*1000+int64(i))
				}
				w.Header().Set("Content-Type", "application/json")
				_, _ = fmt.Fprintf(w, `{"apiVersion": "v1", "kind": "List", "metadata": {"continue": "%d"}, "items": [%s]}`,
					n, strings.Join(items, ","))
				return true
			})
			peak := filepath.Join(t.TempDir(), "peak")
			cmd := command(t, os.Args[0], theSuite(t), "-env="+a.env(t, endless, ""), "-test.run="+clusterChecks(t))
			cmd.Env = append(cmd.Environ(), "GOGC=100", peakFile+"="+peak)
			o := finish(t, cmd)
			assert.NotZero(t, o.code)
			assert.Contains(t, o.stdout, "does not end")
			text, err := os.ReadFile(peak)
			require.NoError(t, err)
			most, err := strconv.Atoi(string(text))
			require.NoError(t, err)
			t.Logf("%d KiB, %d pages, %d bytes of output", most, pages.Load(), len(o.stdout+o.stderr))
			assert.Less(t, most, 400<<10, "KiB of memory")
		})
	}
}
