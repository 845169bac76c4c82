package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/lsst-sqre/muster/fixtures/lanes"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/validation/verdict"
)

// The kernel kills a process that uses too much memory, and CI one that takes too
// long.
func TestKilledTestsAreIncomplete(t *testing.T) {
	t.Parallel()
	r := reportOn(t, events(t, "killed"))
	assert.Equal(t, verdict.ExitCode(verdict.Incomplete), r.code)
	assert.Equal(t, verdict.Incomplete, r.report.Verdict)
	assert.Equal(t, []string{
		"the run was killed (signal: killed): what it had not cleaned up is left, and checks that had not started are not " +
			"listed",
		"1 check did not end: TestAtWork",
	}, r.report.Problems)
	assert.Equal(t, verdict.OutcomePass, r.check(t, "TestDone").Outcome)
	assert.Equal(t, verdict.OutcomeFail, r.check(t, "TestFailed").Outcome)
	assert.Contains(t, r.jcase(t, "run").Error.Message, "signal: killed")
	assert.NotNil(t, r.jcase(t, "TestAtWork").Error)
}

// If go test itself is killed, the stream ends in the middle.
func TestKilledGoTestIsIncomplete(t *testing.T) {
	lanes.Slow(t)
	t.Parallel()
	cmd := exec.CommandContext(t.Context(), "go", "test", "-json", "-count=1", "-timeout=30s", "./testdata/hangs")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // the test binary is to go, too
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	var stream bytes.Buffer
	for lines := bufio.NewScanner(stdout); lines.Scan(); {
		stream.WriteString(lines.Text() + "\n")
		if strings.Contains(lines.Text(), "waiting for nothing") {
			require.NoError(t, syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL))
		}
	}
	require.Error(t, cmd.Wait())
	r := reportOn(t, stream.String())
	assert.Equal(t, verdict.ExitCode(verdict.Incomplete), r.code)
	assert.Equal(t, []string{
		"the event stream of hangs has no end: the run was killed, or its output was cut off",
		"1 check did not end: TestHangs",
	}, r.report.Problems)
	assert.Equal(t, verdict.OutcomePass, r.check(t, "TestDone").Outcome)
	assert.Contains(t, r.check(t, "TestHangs").Output, "waiting for nothing")
}

// If the reader of the output is gone, as with head -1, the reports are written
// all the same and the exit code is the run's.
func TestReportsWithoutAReader(t *testing.T) {
	lanes.Slow(t)
	t.Parallel()
	program, out := filepath.Join(t.TempDir(), "report"), t.TempDir()
	text, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, ".").CombinedOutput()
	require.NoError(t, err, string(text))
	reader, writer, err := os.Pipe()
	require.NoError(t, err)
	require.NoError(t, reader.Close())
	cmd := exec.CommandContext(t.Context(), program, "-live", "-out", out)
	cmd.Stdin, cmd.Stdout = strings.NewReader(running("TestA")+"\n"+action("fail", "TestA")+"\n"+
		`{"Action":"fail","Package":"p"}`), writer
	_ = cmd.Run() // its exit code is asked below
	require.NoError(t, writer.Close())
	assert.Equal(t, verdict.ExitCode(verdict.Fail), cmd.ProcessState.ExitCode(), cmd.ProcessState.String())
	assert.FileExists(t, filepath.Join(out, "report.json"))
}

// Some failures are only in the exit code and in no test.
func TestFailingSetUpIsReported(t *testing.T) {
	t.Parallel()
	r := reportOn(t, events(t, "setup", "-run=TestPasses"))
	assert.Equal(t, verdict.Incomplete, r.report.Verdict)
	assert.Equal(t, []string{"it ended without a reason"}, r.report.Problems)

	r = reportOn(t, events(t, "setup"))
	assert.Equal(t, verdict.ExitCode(verdict.Fail), r.code)
	family := r.check(t, "TestFamily")
	assert.Equal(t, "cannot set up the family", family.Message)
	assert.Contains(t, family.Output, "cannot be undone")
}

// manyChecks is the stream of ten thousand checks that end in every way, with
// megabytes of output.
func manyChecks() string {
	var s strings.Builder
	s.WriteString(`{"Time":"2026-11-22T20:00:00Z","Action":"start","Package":"p"}` + "\n")
	line := `    actual:     ` + strings.Repeat("status 500 and a page, ", 16) + `\n`
	for i := range 10_000 {
		name := fmt.Sprintf("TestNumber%05d", i)
		s.WriteString(running(name) + "\n")
		fmt.Fprintf(&s,
			`{"Action":"attr","Package":"p","Test":%q,"Key":"obligation","Value":"The route number %d answers 401."}`+"\n",
			name, i)
		for range []int{1, 10, 3, 1}[i%4] {
			s.WriteString(printed(name, line) + "\n")
		}
		s.WriteString(action([]string{"pass", "fail", "skip", "pass"}[i%4], name) + "\n")
	}
	s.WriteString(`{"Time":"2026-11-22T20:10:00Z","Action":"fail","Package":"p"}` + "\n")
	return s.String()
}

func TestTenThousandChecks(t *testing.T) {
	lanes.Slow(t)
	t.Parallel()
	r := reportOn(t, manyChecks())
	assert.Equal(t, verdict.ExitCode(verdict.Fail), r.code)
	assert.Len(t, r.report.Checks, 10_000)
	assert.Equal(t, map[string]int{verdict.OutcomeFail: 2500, verdict.OutcomePass: 5000, verdict.OutcomeSkip: 2500},
		r.report.Counts)
	for name, most := range map[string]int{
		"junit.xml": 24 << 20, "report.json": 24 << 20, "report.html": 24 << 20, "report.md": 512 << 10,
	} {
		assert.Less(t, len(r.read(t, name)), most, name)
	}
	failed := r.check(t, "TestNumber00001")
	assert.Contains(t, failed.Output, "[… left out …]")
	assert.Greater(t, len(failed.Output), 1000, "what failed keeps more than what did not")
	assert.LessOrEqual(t, len(r.check(t, "TestNumber00002").Output), 600)
}

func BenchmarkTenThousandChecks(b *testing.B) {
	stream := manyChecks()
	for b.Loop() {
		s, err := verdict.Read(strings.NewReader(stream), nil)
		require.NoError(b, err)
		require.NoError(b, writeAll(b.TempDir(), publication{Run: s.Run(nil), source: defaultSource}))
	}
}
