package proof

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/fixtures/phalanx"
	"github.com/lsst-sqre/muster/fixtures/programs"
)

func TestMain(m *testing.M) {
	flag.Parse()
	if f := flag.Lookup("test.parallel"); f.Value.String() == f.DefValue {
		_ = flag.Set("test.parallel", "6") // a run of the suite waits for most of its time, so a processor bears three; a number is valid
	}
	code := m.Run()
	programs.Remove()
	os.Exit(code)
}

func theSuite(t *testing.T) string {
	return programs.Build(t, "validation.test", "test", "-c", "../../validation")
}

func theChecks(t *testing.T) string {
	return programs.Build(t, "checks.test", "test", "-c", "./testdata/checks")
}

// outcome is how a run of a test binary ended.
type outcome struct {
	code           int
	stdout, stderr string
}

var wholeToken = regexp.MustCompile(`gt-[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{22}`)

// runs a test binary; whatever it prints must be free of tokens, however they
// are encoded.
func runs(t *testing.T, binary string, args ...string) outcome {
	t.Helper()
	return finish(t, command(t, binary, args...))
}

func command(t *testing.T, binary string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(t.Context(), binary, args...)
	cmd.Dir = t.TempDir()
	cmd.Env = append(os.Environ(), "GOGC=400") // it ends before there is much to collect
	cmd.Stdout, cmd.Stderr = &bytes.Buffer{}, &bytes.Buffer{}
	return cmd
}

func finish(t *testing.T, cmd *exec.Cmd) outcome {
	t.Helper()
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		require.NoError(t, err)
	}
	o := outcome{cmd.ProcessState.ExitCode(), fmt.Sprint(cmd.Stdout), fmt.Sprint(cmd.Stderr)}
	assert.Empty(t, tokensIn(o.stdout+o.stderr), "tokens in the output")
	assert.Empty(t, notUTF8(o.stdout+o.stderr), "lines that are no UTF-8")
	return o
}

// notUTF8 are the lines of a text that are cut within a character.
func notUTF8(text string) (lines []string) {
	for line := range strings.Lines(text) {
		if !utf8.ValidString(line) {
			lines = append(lines, line)
		}
	}
	return lines
}

// value is what the run said of itself in a line "muster: key=value".
func (o outcome) value(key string) string {
	_, rest, _ := strings.Cut(o.stdout, "muster: "+key+"=")
	line, _, _ := strings.Cut(rest, "\n")
	return line
}

var failLine = regexp.MustCompile(`(?m)^--- FAIL: (\w+)`)

// failed are the names of the checks that failed, in the order printed.
func (o outcome) failed() []string {
	var names []string
	for _, m := range failLine.FindAllStringSubmatch(o.stdout, -1) {
		names = append(names, m[1])
	}
	return names
}

// deployment starts one that outlives the runs against it.
func deployment(t *testing.T, o phalanx.Options) *phalanx.Deployment {
	t.Helper()
	d, err := phalanx.Start(context.WithoutCancel(t.Context()), o)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, d.Close()) })
	return d
}

// environment writes an environment file for the deployment; more is YAML
// that is added to it.
func environment(t *testing.T, d *phalanx.Deployment, more string) string {
	t.Helper()
	path, err := d.WriteEnvironment(t.TempDir(), more)
	require.NoError(t, err)
	return path
}

// replaceInFile changes an environment file.
func replaceInFile(t *testing.T, file, old, by string) {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Contains(t, string(text), old)
	require.NoError(t, os.WriteFile(file, []byte(strings.Replace(string(text), old, by, 1)), 0o600))
}
