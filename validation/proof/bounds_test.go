package proof

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/lsst-sqre/muster/fixtures/phalanx"
)

// The memory of a run does not grow with the deployment's answers.
func TestHugeAnswers(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("the unit of Maxrss is Linux's")
	}
	const size = 4 << 20
	fill := func(begin, one, end string) string { return begin + strings.Repeat(one, size/len(one)) + end }
	for name, body := range map[string]string{
		"checks": fill(`{"schema":1,"status":"fail","checks":[{"outcome":"fail"}`, `,{"outcome":"fail"}`, `]}`),
		"few of 4": fill(`{"schema":1,"status":"fail","checks":[{"outcome":"fail"}`, `,{"outcome":"fail"}`,
			`]}`)[:200<<10] + `}]}`,
		"objects": fill(`{"schema":1,"a":[{}`, `,{}`, `]}`),
		"escapes": fill(`{"a":"`, `%2525gt-`, `"}`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, env := behindFront(t, func(w http.ResponseWriter, r *http.Request) bool {
				if r.URL.Path == "/muster/anonymous" || strings.HasPrefix(r.URL.Path, "/auth/") {
					return false // the suite needs these to find Muster and to make tokens
				}
				w.Header().Set("Content-Type", "application/json")
				_, _ = w.Write([]byte(body)) // the client may have gone
				return true
			})
			peak := filepath.Join(t.TempDir(), "peak")
			cmd := command(t, os.Args[0], theSuite(t), "-env="+env)
			cmd.Env = append(cmd.Environ(), "GOGC=100", peakFile+"="+peak)
			o := finish(t, cmd)
			assert.NotZero(t, o.code)
			assert.Greater(t, strings.Count(o.stdout, "--- FAIL"), 50, "checks that read them")
			got := peakIn(t, peak)
			t.Logf("%d KiB, %d bytes of output", got, len(o.stdout+o.stderr))
			assert.Less(t, got, most, "KiB of memory")
			assert.Less(t, len(o.stdout+o.stderr), 1<<20)
		})
	}
}

// The output of all checks together is bounded, for people and for programs. Each
// check prints at least that it failed and where to read more.
func TestOutputIsBounded(t *testing.T) {
	t.Parallel()
	env := environment(t, deployment(t, phalanx.Defaults()), "")
	for _, args := range [][]string{nil, {asEvents}} {
		cmd := command(t, theChecks(t), append(args, "-env="+env, "-test.run=TestFlood")...)
		cmd.Env = append(cmd.Env, "MUSTER_PROOF_FLOOD=true")
		o := finish(t, cmd)
		assert.Equal(t, 1, o.code)
		assert.Less(t, len(o.stdout+o.stderr), 6<<20)
		assert.Equal(t, 8, strings.Count(o.stdout, "    runbook:    "))
	}
}

// peakFile is the variable that turns this binary into measurePeak.
const peakFile = "MUSTER_PROOF_PEAK"

// measurePeak starts a command, writes its peak memory in KiB to a file, and
// returns its exit code. It is a separate small process, because on Linux the
// peak of a child begins with the memory of its parent.
func measurePeak(file string, args []string) int {
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	_ = cmd.Run() // its exit code is handed on
	peak := strconv.FormatInt(cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss, 10)
	if os.WriteFile(file, []byte(peak), 0o600) != nil {
		return -1
	}
	return cmd.ProcessState.ExitCode()
}
