package proof

import (
	"net/http"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What a run takes does not grow with what a deployment sends.
func TestHugeAnswers(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("the unit of Maxrss is Linux's")
	}
	const size = 4 << 20
	fill := func(begin, one, end string) string { return begin + strings.Repeat(one, size/len(one)) + end }
	for name, body := range map[string]string{
		"checks":   fill(`{"schema":1,"status":"fail","checks":[{"outcome":"fail"}`, `,{"outcome":"fail"}`, `]}`),
		"few of 4": fill(`{"schema":1,"status":"fail","checks":[{"outcome":"fail"}`, `,{"outcome":"fail"}`, `]}`)[:200<<10] + `}]}`,
		"objects":  fill(`{"schema":1,"a":[{}`, `,{}`, `]}`),
		"escapes":  fill(`{"a":"`, `%2525gt-`, `"}`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, env := behindFront(t, func(w http.ResponseWriter, r *http.Request) bool {
				if !strings.HasPrefix(r.URL.Path, "/muster/") {
					return false
				}
				w.Header().Set("Content-Type", "application/json")
				_, _ = w.Write([]byte(body)) // the client may have gone
				return true
			})
			cmd := command(t, theSuite(t), "-env="+env)
			cmd.Env = append(cmd.Environ(), "GOGC=100")
			o := finish(t, cmd)
			assert.NotZero(t, o.code)
			var own syscall.Rusage
			require.NoError(t, syscall.Getrusage(syscall.RUSAGE_SELF, &own))
			// Linux begins a process's maximum with what its parent had.
			most := max(int64(150<<10), own.Maxrss+50<<10)
			assert.Less(t, cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss, most, "KiB of memory")
			assert.Less(t, len(o.stdout+o.stderr), 1<<20)
		})
	}
}
