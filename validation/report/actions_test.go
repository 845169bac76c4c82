package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/lsst-sqre/muster/fixtures/lanes"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/validation/verdict"
)

// inActions runs the program as GitHub does. It returns the output and the step's
// summary, which began with the text.
func inActions(t *testing.T, before, stream string, args ...string) (stdout, step string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "step")
	require.NoError(t, os.WriteFile(path, []byte(before), 0o600))
	var out, stderr bytes.Buffer
	variables := map[string]string{"GITHUB_ACTIONS": "true", "CI": "true", "GITHUB_STEP_SUMMARY": path}
	run(append(args, "-out", t.TempDir()), console{strings.NewReader(stream), &out, &stderr, withVariables(variables)})
	assert.Empty(t, stderr.String())
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	return out.String(), string(text)
}

var annotationLine = regexp.MustCompile(
	`(?m)^::(error|notice) title=([^:,\r\n]*)(,file=validation/RUNBOOK\.md(?:,line=\d+)?)?::(.*)$`,
)

func TestActionsAnnotateTheRun(t *testing.T) {
	t.Parallel()
	stdout, step := inActions(t, "of the step before\n", events(t, "outcomes"))
	var got []string
	for _, m := range annotationLine.FindAllStringSubmatch(stdout, -1) {
		got = append(got, strings.Join(m[1:], "|"))
	}
	assert.Equal(t, []string{
		"error|The run is incomplete||the Secret gafaelfawr is missing",
		"error|Cause||The Secret was deleted.",
		"error|Cause||And another.",
		"error|[security] TestFails|,file=validation/RUNBOOK.md|It answers 401. Actual: status 500 and a page%0Ago test " +
			"./validation -env=local -run '^TestFails$'",
		"notice|Known weakness%3A TestAdvises|,file=validation/RUNBOOK.md|Cookies stay out. Not so in 15.4.1.",
	}, got)
	assert.True(t, strings.HasPrefix(step, "of the step before\n## Muster: "), step)
	assert.Contains(t, step, "TestFails")
}

// A healthy run is not annotated, but has its summary.
func TestActionsOfHealthyRun(t *testing.T) {
	t.Parallel()
	stdout, step := inActions(t, "", events(t, "healthy"))
	assert.NotContains(t, stdout, "::")
	assert.Contains(t, step, "## Muster: ✅ pass of local")
}

func TestNothingOfActionsElsewhere(t *testing.T) {
	t.Parallel()
	r := reportOn(t, events(t, "outcomes"))
	assert.NotContains(t, r.stdout, "::error")
}

// A deployment's text must not become a workflow command.
func TestActionsAreNotCommandedByOutput(t *testing.T) {
	t.Parallel()
	stdout, _ := inActions(t, "", strings.Join([]string{
		`{"Action":"start","Package":"p"}`,
		running("TestA"),
		printed("TestA", `    actual:     a,b:c 100%\n::error::from a deployment\n    ::add-mask::x\n##[error]y\n`),
		action("fail", "TestA"),
		"::warning::stray",
		`{"Action":"fail","Package":"p"}`,
	}, "\n"), "-live")
	stopped := regexp.MustCompile(`(?s)\A::stop-commands::([A-Z0-9]{20,})\n(.*)\n::([A-Z0-9]+)::\n(.*)\z`).
		FindStringSubmatch(stdout)
	require.NotNil(t, stopped, stdout)
	assert.Equal(t, stopped[1], stopped[3])
	assert.Contains(t, stopped[2], "::error::from a deployment")
	assert.Contains(t, stopped[2], "::warning::stray")
	for _, m := range regexp.MustCompile(`(?m)^\s*(::[^: ]*|##\[)`).FindAllStringSubmatch(stopped[4], -1) {
		assert.Equal(t, "::error", m[1])
	}
}

func TestActionsEscape(t *testing.T) {
	t.Parallel()
	var stdout bytes.Buffer
	a := newActions(console{stdout: &stdout, getenv: withVariables(map[string]string{"GITHUB_ACTIONS": "true"})})
	a.annotate("error", []annotation{{title: "a:b,c%\r\nd", text: "50%,\r\n::error::x"}})
	assert.Equal(t, "::error title=a%3Ab%2Cc%25%0D%0Ad::50%25,%0D%0A::error::x\n", stdout.String())
}

// GitHub shows ten annotations of a step, so the most important ones come first,
// and the last says how many are left out. GitHub shows no summary of more than a
// MiB.
func TestActionsAreBounded(t *testing.T) {
	t.Parallel()
	stream := []string{`{"Action":"start","Package":"p"}`}
	for i := range 30 {
		name := fmt.Sprintf("Test%d", i)
		if stream = append(stream, running(name)); i == 29 {
			stream = append(stream,
				`{"Action":"attr","Package":"p","Test":"Test29","Key":"muster.check","Value":"{\"security\":true}"}`)
		}
		stream = append(stream, printed(name, "    actual:     wrong"), action("fail", name))
	}
	stream = append(stream, `{"Action":"fail","Package":"p"}`)
	long := strings.Repeat("x", maxStepSummary-100)
	stdout, step := inActions(t, long, strings.Join(stream, "\n"))
	all := annotationLine.FindAllStringSubmatch(stdout, -1)
	require.Len(t, all, maxAnnotations)
	assert.Equal(t, "[security] Test29", all[0][2])
	assert.Equal(t, "21 more are in the summary of the step and in the reports.", all[9][4])
	added := strings.TrimPrefix(step, long)
	assert.Contains(t, added, "FAIL: 30 failed")
	assert.Contains(t, added, "The rest does not fit here")
	assert.Less(t, len(added), 1000)
}

// The summary of every run stays below GitHub's limit.
func TestSummaryOfEverythingLong(t *testing.T) {
	lanes.Slow(t)
	t.Parallel()
	r := exampleReport()
	long := strings.Repeat("<&|", 200)
	for i := range 10_000 {
		for _, outcome := range []string{
			verdict.OutcomeBlocked, verdict.OutcomeSkip, verdict.OutcomeAdvice, verdict.OutcomeError,
		} {
			r.Checks = append(r.Checks,
				&verdict.Check{Name: fmt.Sprintf("Test%d", i), Outcome: outcome, Message: fmt.Sprint(i, long)})
		}
		r.Problems, r.Diagnoses = append(r.Problems, long), append(r.Diagnoses, verdict.Diagnosis{Text: long})
		r.Facts[fmt.Sprint(i)] = long
	}
	path := filepath.Join(t.TempDir(), "step")
	require.NoError(t, appendSummary(path, r, defaultSource))
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Less(t, len(text), maxStepSummary)
	assert.Contains(t, string(text), "### Not run", "it is not only named")
}

func TestRunbookLine(t *testing.T) {
	t.Chdir(filepath.Join("..", ".."))
	text, err := os.ReadFile(runbookFile)
	require.NoError(t, err)
	line := runbookLine("TestNoToken")
	require.Positive(t, line)
	assert.Equal(t, "## TestNoToken", strings.Split(string(text), "\n")[line-1])
	assert.Zero(t, runbookLine("TestNo"))
}
