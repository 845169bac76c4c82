package scripts

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/fixtures/lanes"
	"github.com/lsst-sqre/muster/fixtures/programs"
)

// validate is `make validate`, in a process group of its own as in a terminal.
func validate(t *testing.T, args ...string) (cmd *exec.Cmd, stdout *programs.Output, reports string) {
	t.Helper()
	reports = t.TempDir()
	cmd = exec.CommandContext(t.Context(), "make", append([]string{"-C", "..", "validate", "OUT=" + reports}, args...)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	stdout = new(programs.Output)
	cmd.Stdout, cmd.Stderr = stdout, stdout
	return cmd, stdout, reports
}

// Not in parallel: each run builds the same binaries.
func TestValidate(t *testing.T) {
	lanes.Slow(t)
	for name, c := range map[string]struct {
		args []string
		code int
		says []string
	}{
		"pass": {
			[]string{"RUN=^TestNoToken$"}, 0, []string{"PASS TestNoToken (", "\nPASS of the local deployment: 1 passed in "},
		},
		// make turns each code into 2
		"fail": {[]string{"RUN=^TestMalformedAuthorization$", "ARGS=-fault=N05"}, 2, []string{
			"FAIL TestMalformedAuthorization (", "\n    actual:     status 500",
			"\nFAIL of the local deployment: 1 failed, 0 passed in ",
			"Run one of them again: go test ./validation -env=local -fault=N05 -run '^TestMalformedAuthorization$'"}},
		"bad flag": {[]string{"ARGS=-nope"}, 2, []string{"\nINCOMPLETE: ", "there is no flag -nope"}},
	} {
		t.Run(name, func(t *testing.T) {
			cmd, stdout, reports := validate(t, c.args...)
			_ = cmd.Run() // the exit code tells
			assert.Equal(t, c.code, cmd.ProcessState.ExitCode(), stdout.String())
			for _, text := range c.says {
				assert.Contains(t, stdout.String(), text)
			}
			assert.FileExists(t, filepath.Join(reports, "junit.xml"))
		})
	}
}

// What failed runs again with what its cause rests on, so that the cause is named
// again; where nothing failed there is nothing to run.
func TestValidateFailed(t *testing.T) {
	lanes.Slow(t)
	const fault = "ARGS=-fault=N05"
	cmd, stdout, reports := validate(
		t,
		"RUN=^(TestNoToken|TestUnscopedToken|TestMalformedAuthorization|TestTrace)$",
		fault,
	)
	_ = cmd.Run()
	assert.Contains(t, stdout.String(), "\nFAIL of the local deployment: 2 failed, 2 passed in ")
	again, stdout, _ := validate(t, "RUN=failed", fault, "OUT="+reports)
	_ = again.Run()
	assert.Equal(t, 2, again.ProcessState.ExitCode(), stdout.String())
	assert.Contains(t, stdout.String(), "report: 2 checks of the run with -env=local -fault=N05")
	assert.Contains(t, stdout.String(), "\nFAIL of the local deployment: 2 failed, 1 passed in ")
	assert.Contains(t, stdout.String(), "CAUSE The error mapping is missing")
	again, stdout, _ = validate(t, "RUN=failed", "OUT="+t.TempDir())
	_ = again.Run()
	assert.Equal(t, 2, again.ProcessState.ExitCode(), stdout.String())
	assert.NotContains(t, stdout.String(), "PASS of")
}

// An interrupt reaches every process at once, as from a terminal. The reports
// are written all the same.
func TestValidateInterrupted(t *testing.T) {
	lanes.Slow(t)
	silent, err := net.Listen("tcp", "127.0.0.1:0") // accepts nothing, so that checks wait
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, silent.Close()) })
	env := filepath.Join(t.TempDir(), "silent.yaml")
	require.NoError(
		t,
		os.WriteFile(
			env,
			fmt.Appendf(nil, "url: https://silent.example.org\naddress: %[1]s\nhttpAddress: %[1]s\n", silent.Addr()),
			0o600,
		),
	)
	cmd, stdout, reports := validate(t, "ENV="+env)
	require.NoError(t, cmd.Start())
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.After(2 * time.Minute); !bytes.Contains([]byte(stdout.String()), []byte("SKIPPED Test")); {
		select {
		case <-tick.C:
		case <-deadline:
			require.Fail(t, "no check ended", stdout.String())
		}
	}
	require.NoError(t, syscall.Kill(-cmd.Process.Pid, syscall.SIGINT))
	_ = cmd.Wait() // make ends by the signal
	assert.False(t, cmd.ProcessState.Success(), stdout.String())
	assert.Contains(t, stdout.String(), "Interrupted: the checks end and clean up, then the reports are written.")
	assert.Contains(t, stdout.String(), "): the run was ended early: interrupt signal received")
	assert.FileExists(t, filepath.Join(reports, "junit.xml"))
}
