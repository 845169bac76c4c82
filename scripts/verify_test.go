package scripts

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/fixtures/lanes"
)

// verify runs the script, and gives what an installer sees of it.
func verify(t *testing.T, args ...string) (code int, stdout, stderr, reports string) {
	t.Helper()
	reports = t.TempDir()
	cmd := exec.CommandContext(t.Context(), "./verify", args...)
	var out, err bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &err
	cmd.Env = append(os.Environ(), "OUT="+reports)
	failure := cmd.Run()
	if _, ended := errors.AsType[*exec.ExitError](failure); !ended {
		require.NoError(t, failure)
	}
	return cmd.ProcessState.ExitCode(), out.String(), err.String(), reports
}

// Not in parallel: each run builds the same binaries.
func TestVerify(t *testing.T) {
	lanes.Slow(t)
	for name, c := range map[string]struct {
		args     []string
		code     int
		progress string
		says     string
	}{
		"pass": {
			args: []string{"local", "-test.run=^TestNoToken$"}, code: 0, progress: "Applications of Argo CD: all 8 ready",
			says: "PASS of the local deployment",
		},
		"fail": {
			args: []string{"local", "-test.run=^TestMalformedAuthorization$", "-fault=N05", "-settle=1ms"}, code: 1,
			says: "FAIL of the local deployment",
		},
		"flags of go test": {
			args: []string{"local", "-run=^TestNoToken$", "-v"}, code: 0, says: "PASS of the local deployment: 1 passed",
		},
		"incomplete": {args: []string{"nowhere"}, code: 2, says: `unknown environment "nowhere"`},
	} {
		t.Run(name, func(t *testing.T) {
			code, stdout, stderr, reports := verify(t, c.args...)
			assert.Equal(t, c.code, code, stdout+stderr)
			assert.Contains(t, stdout, c.says)
			assert.Contains(t, stderr, c.progress, "progress goes to the log at once")
			assert.FileExists(t, filepath.Join(reports, "junit.xml"))
		})
	}
}

func TestVerifyWithoutEnvironment(t *testing.T) {
	code, stdout, _, _ := verify(t)
	assert.Equal(t, 2, code)
	assert.Contains(t, stdout, "scripts/verify ENV [FLAG...]")
}

// What is printed instead of a run is printed as it is, and nothing is reported.
func TestVerifyPrints(t *testing.T) {
	lanes.Slow(t)
	for flag, begins := range map[string]string{
		"-list=^TestQuota$": "TestQuota\n", "-explain=TestQuota": "TestQuota\n\n**Why it matters**",
		"-explain": "# What a run with these flags", "-fault=list": "A01 ", "-role=muster": "apiVersion: ",
	} {
		code, stdout, stderr, reports := verify(t, "local", flag)
		assert.Equal(t, 0, code, stderr)
		assert.True(t, strings.HasPrefix(stdout, begins), "%s: %s", flag, stdout)
		assert.NoFileExists(t, filepath.Join(reports, "junit.xml"), flag)
	}
}
