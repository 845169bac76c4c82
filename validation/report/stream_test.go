package main

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lsst-sqre/muster/fixtures/lanes"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/validation/verdict"
)

// events runs the package below testdata and returns go test's event stream.
func events(t *testing.T, name string, args ...string) string {
	t.Helper()
	lanes.Slow(t)
	args = append([]string{"test", "-json", "-count=1", "-parallel=4", "-timeout=1m"}, args...)
	command := exec.CommandContext(t.Context(), "go", append(args, "./testdata/"+name)...)
	command.WaitDelay = time.Second // the test binary holds the pipe when go is killed
	var stderr bytes.Buffer
	command.Stderr = &stderr
	stdout, err := command.Output()
	if _, failed := errors.AsType[*exec.ExitError](err); !failed {
		require.NoError(t, err, stderr.String())
	}
	require.NotEmpty(t, stdout, stderr.String())
	return string(stdout)
}

// reports are the files that one call of the program wrote.
type reports struct {
	dir            string
	code           int
	stdout, stderr string
	report         *verdict.Run
	junit          junitFile
}

type junitFile struct {
	Tests    int `xml:"tests,attr"`
	Failures int `xml:"failures,attr"`
	Errors   int `xml:"errors,attr"`
	Suites   []struct {
		Name      string      `xml:"name,attr"`
		Hostname  *string     `xml:"hostname,attr"`
		Cases     []junitCase `xml:"testcase"`
		SystemOut string      `xml:"system-out"`
	} `xml:"testsuite"`
}

type junitCase struct {
	Name       string       `xml:"name,attr"`
	Classname  string       `xml:"classname,attr"`
	Failure    *junitResult `xml:"failure"`
	Error      *junitResult `xml:"error"`
	Skipped    *junitResult `xml:"skipped"`
	SystemOut  string       `xml:"system-out"`
	Properties []struct {
		Name  string `xml:"name,attr"`
		Value string `xml:"value,attr"`
	} `xml:"properties>property"`
}

type junitResult struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

// nothing is an environment without variables.
func nothing(string) string { return "" }

// reportOn calls the program and asserts what holds of every report.
func reportOn(t *testing.T, stream string) reports {
	t.Helper()
	r := reports{dir: filepath.Join(t.TempDir(), "new", "out")}
	var stdout, stderr bytes.Buffer
	r.code = run([]string{"-out", r.dir}, console{strings.NewReader(stream), &stdout, &stderr, nothing})
	r.stdout, r.stderr = stdout.String(), stderr.String()
	require.NoError(t, json.Unmarshal(r.read(t, "report.json"), &r.report))
	require.NoError(t, xml.Unmarshal(r.read(t, "junit.xml"), &r.junit))
	r.assertSound(t)
	return r
}

func (r reports) read(t *testing.T, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(r.dir, name))
	require.NoError(t, err)
	return content
}

func (r reports) all(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	for _, name := range []string{"junit.xml", "report.json", "report.html", "report.md"} {
		all.Write(r.read(t, name))
	}
	return all.String() + r.stdout + r.stderr
}

func (r reports) assertSound(t *testing.T) {
	t.Helper()
	assertWellFormed(t, r.read(t, "junit.xml"))
	assertSchema(t, r.read(t, "report.json"))
	assert.Equal(t, verdict.ExitCode(r.report.Verdict), r.code, "the verdict is %q", r.report.Verdict)
	assert.Equal(t, r.code != verdict.ExitCode(verdict.Pass), r.junit.Failures+r.junit.Errors > 0,
		"junit.xml and the exit code agree")
	failures, broken, tests := 0, 0, 0
	seen := map[string]bool{}
	for _, s := range r.junit.Suites {
		assert.Nil(t, s.Hostname, "no name of a machine")
		for _, c := range s.Cases {
			tests++
			assert.False(t, seen[c.Classname+" "+c.Name], "test case %s is there once", c.Name)
			seen[c.Classname+" "+c.Name] = true
			for _, result := range []*junitResult{c.Failure, c.Error, c.Skipped} {
				assert.False(t, result != nil && strings.TrimSpace(result.Message) == "", "test case %s says why", c.Name)
			}
			if c.Failure != nil {
				failures++
			}
			if c.Error != nil {
				broken++
			}
		}
	}
	assert.Equal(t, []int{tests, failures, broken}, []int{r.junit.Tests, r.junit.Failures, r.junit.Errors})
	assert.Len(t, strings.Split(strings.TrimSpace(r.stdout), "\n"), 2)
	left, err := filepath.Glob(filepath.Join(r.dir, ".*"))
	require.NoError(t, err)
	assert.Empty(t, left, "temporary files")
}

func assertWellFormed(t *testing.T, document []byte) {
	t.Helper()
	assert.True(t, bytes.HasPrefix(document, []byte(xml.Header)))
	decoder := xml.NewDecoder(bytes.NewReader(document))
	for {
		if _, err := decoder.Token(); errors.Is(err, io.EOF) {
			return
		} else if !assert.NoError(t, err) {
			return
		}
	}
}

func assertSchema(t *testing.T, document []byte) {
	t.Helper()
	schema, err := jsonschema.NewCompiler().Compile("../verdict/report.schema.json")
	require.NoError(t, err)
	instance, err := jsonschema.UnmarshalJSON(bytes.NewReader(document))
	require.NoError(t, err)
	assert.NoError(t, schema.Validate(instance))
}

// jcase returns the test case with that name.
func (r reports) jcase(t *testing.T, name string) junitCase {
	t.Helper()
	for _, s := range r.junit.Suites {
		for _, c := range s.Cases {
			if c.Name == name {
				return c
			}
		}
	}
	require.Fail(t, "no test case "+name)
	return junitCase{}
}

// check returns the check with that name.
func (r reports) check(t *testing.T, name string) *verdict.Check {
	t.Helper()
	for _, c := range r.report.Checks {
		if c.Name == name {
			return c
		}
	}
	require.Fail(t, "no check "+name)
	return nil
}
