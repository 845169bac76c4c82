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

	"github.com/lsst-sqre/muster/fixtures/lanes"
	"github.com/lsst-sqre/muster/fixtures/phalanx"
	"github.com/lsst-sqre/muster/fixtures/programs"
	"github.com/lsst-sqre/muster/validation/verdict"
)

func TestMain(m *testing.M) {
	if file := os.Getenv(peakFile); file != "" {
		os.Exit(measurePeak(file, os.Args[1:]))
	}
	flag.Parse()
	if f := flag.Lookup("test.parallel"); f.Value.String() == f.DefValue {
		// A run of the suite waits for most of its time, so a processor bears three.
		_ = flag.Set("test.parallel", "6") // a number is valid
	}
	code := m.Run()
	programs.Remove()
	os.Exit(code)
}

// theSuite returns the path of the compiled suite. The test is a slow one.
func theSuite(t *testing.T) string {
	t.Helper()
	lanes.Slow(t)
	return programs.Build(t, "validation.test", "test", "-c", "../../validation")
}

// theChecks returns the path of compiled checks that misbehave. The test is a
// slow one.
func theChecks(t *testing.T) string {
	t.Helper()
	lanes.Slow(t)
	return programs.Build(t, "checks.test", "test", "-c", "./testdata/checks")
}

// outcome is how a run of a test binary ended.
type outcome struct {
	code           int
	stdout, stderr string
	// run is the run that it reported for programs, or nil.
	run *verdict.Run
}

var wholeToken = regexp.MustCompile(`gt-[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{22}`)

// runs starts a test binary as go test -json does. Its output must contain no
// token in any encoding.
func runs(t *testing.T, binary string, args ...string) outcome {
	t.Helper()
	return read(t, finish(t, command(t, binary, append([]string{asEvents}, args...)...)))
}

// asEvents makes a test binary print for a program.
const asEvents = "-test.v=test2json"

// read decodes the run that a test binary reported for programs.
func read(t *testing.T, o outcome) outcome {
	t.Helper()
	convert := exec.CommandContext(t.Context(), test2json(t), "-t", "-p", "github.com/lsst-sqre/muster/validation")
	if convert.Stdin = strings.NewReader(o.stdout); o.code != 0 {
		convert.Stdin = strings.NewReader(o.stdout + "\nFAIL\n") // as scripts/run-suite does
	}
	events, err := convert.Output()
	require.NoError(t, err)
	stream, err := verdict.Read(bytes.NewReader(events), nil)
	require.NoError(t, err)
	o.run = stream.Run(nil)
	o.stdout = strings.ReplaceAll(o.stdout, "\x16", "") // test2json's mark in front of go test's own lines
	return o
}

// test2json is the program that go test -json uses.
func test2json(t *testing.T) string {
	return programs.Build(t, "test2json", "build", "cmd/test2json")
}

func command(t *testing.T, binary string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(t.Context(), binary, args...)
	cmd.Dir = t.TempDir()
	cmd.Env = append(os.Environ(), "GOGC=400", // it ends before there is much to collect
		"XDG_CACHE_HOME="+cmd.Dir) // journals of tokens
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
	o := outcome{code: cmd.ProcessState.ExitCode(), stdout: fmt.Sprint(cmd.Stdout), stderr: fmt.Sprint(cmd.Stderr)}
	assert.Empty(t, tokensIn(o.stdout+o.stderr), "tokens in the output")
	assert.Empty(t, notUTF8(o.stdout+o.stderr), "lines that are no UTF-8")
	return o
}

// unbreakable matches texts that stay on one line: a command in backticks, a URL.
var unbreakable = regexp.MustCompile("`.*`|https://")

// tooWide returns the lines of a text that a terminal of the usual width breaks.
func tooWide(text string) (lines []string) {
	for line := range strings.SplitSeq(text, "\n") {
		if utf8.RuneCountInString(line) > 80 && !unbreakable.MatchString(line) {
			lines = append(lines, line)
		}
	}
	return lines
}

// notUTF8 returns the lines of a text that are cut within a character.
func notUTF8(text string) (lines []string) {
	for line := range strings.Lines(text) {
		if !utf8.ValidString(line) {
			lines = append(lines, line)
		}
	}
	return lines
}

// failed returns the names of the failed checks in the order of the summary.
func (o outcome) failed() []string {
	var names []string
	for _, c := range o.run.Failures() {
		names = append(names, c.Name)
	}
	return names
}

// problems returns why the run is incomplete and what it left behind.
func (o outcome) problems() string { return strings.Join(o.run.Problems, "\n") }

// deployment starts one that outlives the runs against it.
func deployment(t *testing.T, o phalanx.Options) *phalanx.Deployment {
	t.Helper()
	d, err := phalanx.Start(context.WithoutCancel(t.Context()), o)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, d.Close()) })
	return d
}

// environment writes an environment file for the deployment. more is additional
// YAML.
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
