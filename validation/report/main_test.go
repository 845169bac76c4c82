package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/validation/verdict"
)

func TestHealthyRunPasses(t *testing.T) {
	t.Parallel()
	r := reportOn(t, events(t, "healthy"))
	assert.Equal(t, verdict.ExitCode(verdict.Pass), r.code)
	assert.Equal(t, "local", r.report.Environment)
	assert.Equal(t, 2, r.report.Requests)
	assert.Equal(t, map[string]int{verdict.OutcomePass: 2}, r.report.Counts)
	assert.Empty(t, r.report.Problems)
	assert.Contains(t, r.stdout, "PASS of local: 2 passed in ")
	assert.Contains(t, r.stdout, filepath.Join(r.dir, "{report.html"))
}

func TestFailureOfParallelSubtestIsItsOwn(t *testing.T) {
	t.Parallel()
	r := reportOn(t, events(t, "parallel"))
	assert.Equal(t, verdict.ExitCode(verdict.Fail), r.code)
	assert.Equal(t, verdict.Fail, r.report.Verdict)
	two := r.jcase(t, "TestFamily/two")
	require.NotNil(t, two.Failure)
	assert.Regexp(t,
		`^parallel_test.go:\d+: two starts\nparallel_test.go:\d+: only two is wrong\nparallel_test.go:\d+: two ends$`,
		two.Failure.Text)
	for _, name := range []string{"TestFamily/one", "TestFamily/three", "TestPasses"} {
		assert.Nil(t, r.jcase(t, name).Failure, name)
		assert.NotContains(t, r.jcase(t, name).SystemOut, "two", name)
	}
	family := r.check(t, "TestFamily")
	assert.Equal(t, verdict.OutcomeFail, family.Outcome)
	assert.Contains(t, family.Message, "TestFamily/two: ")
	assert.Len(t, family.Subtests, 3)
	assert.Equal(t, map[string]int{verdict.OutcomeFail: 1, verdict.OutcomePass: 1}, r.report.Counts)
}

func TestPanicIsIncomplete(t *testing.T) {
	t.Parallel()
	r := reportOn(t, events(t, "panics"))
	assert.Equal(t, verdict.ExitCode(verdict.Incomplete), r.code)
	assert.Equal(t, verdict.Incomplete, r.report.Verdict)
	assert.Contains(t, r.jcase(t, "TestPanics").Failure.Message, "panic: assignment to entry in nil map")
	assert.Contains(t, r.jcase(t, "TestPanics").Failure.Text, "panics_test.go:")
	assert.NotNil(t, r.jcase(t, "TestPaused").Error)
	assert.Equal(t, []string{"1 check did not end: TestPaused"}, r.report.Problems)
}

func TestHangNamesTheTestAtWork(t *testing.T) {
	t.Parallel()
	r := reportOn(t, events(t, "hangs", "-timeout=1s"))
	assert.Equal(t, verdict.ExitCode(verdict.Fail), r.code)
	assert.Equal(t, "still at work when the test timed out after 1s", r.jcase(t, "TestHangs").Failure.Message)
	assert.Nil(t, r.jcase(t, "TestDone").Failure)
}

// go test attributes the panic's text to the last named test, which may have
// passed.
func TestHangIsNotBlamedOnTestsThatEnded(t *testing.T) {
	t.Parallel()
	r := reportOn(t, strings.Join([]string{
		`{"Action":"start","Package":"p"}`,
		`{"Action":"run","Package":"p","Test":"TestHangs"}`,
		`{"Action":"run","Package":"p","Test":"TestWaits"}`,
		`{"Action":"pause","Package":"p","Test":"TestWaits"}`,
		`{"Action":"run","Package":"p","Test":"TestEnded"}`,
		`{"Action":"pass","Package":"p","Test":"TestEnded","Elapsed":0.1}`,
		`{"Action":"output","Package":"p","Test":"TestEnded","Output":"panic: test timed out after 1s\n"}`,
		`{"Action":"output","Package":"p","Test":"TestEnded","Output":"\trunning tests:\n"}`,
		`{"Action":"output","Package":"p","Test":"TestEnded","Output":"\t\tTestHangs (1s)\n"}`,
		`{"Action":"output","Package":"p","Test":"TestEnded","Output":"\n"}`,
		`{"Action":"fail","Package":"p","Elapsed":1}`,
	}, "\n"))
	assert.Equal(t, verdict.Incomplete, r.report.Verdict)
	assert.Equal(t, verdict.OutcomeFail, r.check(t, "TestHangs").Outcome)
	assert.Equal(t, verdict.OutcomeError, r.check(t, "TestWaits").Outcome)
	assert.Equal(t, verdict.OutcomePass, r.check(t, "TestEnded").Outcome)
	assert.Empty(t, r.check(t, "TestEnded").Output)
}

func TestBadInputIsOneSentence(t *testing.T) {
	t.Parallel()
	r := reportOn(t, events(t, "badinput"))
	assert.Equal(t, verdict.ExitCode(verdict.Incomplete), r.code)
	assert.Equal(t, verdict.Incomplete, r.report.Verdict)
	sentence := `there is no environment "locl": did you mean local?`
	assert.Equal(t, []string{sentence}, r.report.Problems)
	assert.Equal(t, sentence, r.jcase(t, "run").Error.Message)
}

func TestBuildFailureShowsTheCompilersWords(t *testing.T) {
	t.Parallel()
	r := reportOn(t, events(t, "nobuild"))
	assert.Equal(t, verdict.ExitCode(verdict.Incomplete), r.code)
	assert.Equal(t, verdict.Incomplete, r.report.Verdict)
	assert.Regexp(t, `^the tests do not build: .*nobuild_test\.go:\d+:\d+: undefined: undefinedName$`,
		r.jcase(t, "run").Error.Message)
	assert.Contains(t, r.report.Output, "undefinedName")
}

func TestOutcomesOfTheSuite(t *testing.T) {
	t.Parallel()
	r := reportOn(t, events(t, "outcomes"))
	assert.Equal(t, verdict.ExitCode(verdict.Incomplete), r.code)
	assert.Equal(t, verdict.Incomplete, r.report.Verdict)
	assert.Equal(t, []string{"the Secret gafaelfawr is missing"}, r.report.Problems)
	assert.Equal(t, map[string]string{"gafaelfawr": "15.4.1"}, r.report.Facts)
	assert.Equal(t, []verdict.Diagnosis{{Text: "The Secret was deleted."}, {Text: "And another."}}, r.report.Diagnoses)
	assert.Equal(t, 214, r.report.Requests)
	for name, want := range map[string]struct{ outcome, message string }{
		"TestMet":          {verdict.OutcomePass, ""},
		"TestFails":        {verdict.OutcomeFail, "It answers 401. Actual: status 500 and a page"},
		"TestAdvises":      {verdict.OutcomeAdvice, "Cookies stay out. Not so in 15.4.1."},
		"TestSkipped":      {verdict.OutcomeSkip, `environment "local" does not declare the feature quota`},
		"TestBlocked":      {verdict.OutcomeBlocked, "the Secret gafaelfawr is missing"},
		"TestSkipsPlainly": {verdict.OutcomeSkip, "needs a cluster"},
	} {
		c := r.check(t, name)
		assert.Equal(t, want.outcome, c.Outcome, name)
		assert.Equal(t, want.message, c.Message, name)
	}
	assert.Equal(t, "It answers 401. Actual: status 500 and a page", r.jcase(t, "TestFails").Failure.Message)
	assert.Equal(t, "not run: the Secret gafaelfawr is missing", r.jcase(t, "TestBlocked").Skipped.Message)
	properties := map[string]string{}
	for _, p := range r.jcase(t, "TestAdvises").Properties {
		properties[p.Name] = p.Value
	}
	assert.Equal(t, map[string]string{
		"obligation": "Cookies stay out.", "advice": "15.4.1",
		"runbook": "validation/RUNBOOK.md#TestAdvises",
	}, properties)
	assert.NotContains(t, r.all(t), "muster.", "lines for this program")
	assert.Equal(t, []string{"it took long"}, r.check(t, "TestMet").Remarks)
	fails := r.check(t, "TestFails")
	assert.True(t, fails.Security)
	assert.Equal(t, "The ingress.", fails.Cause)
	require.Len(t, fails.Findings, 2)
	assert.True(t, fails.Findings[0].Equal(verdict.Status(500, "text/html", 401)))
	assert.Equal(t, strings.Repeat(" öl", 1500)+" ", fails.Findings[1].Actual, "in parts, whole")
	assert.Contains(t, string(r.read(t, "report.md")),
		"(https://github.com/lsst-sqre/muster/blob/main/validation/RUNBOOK.md#TestFails)")
}

func TestNothingDirtyIsPublished(t *testing.T) {
	t.Parallel()
	r := reportOn(t, events(t, "dirty", "-artifacts", "-outputdir="+t.TempDir()))
	all := r.all(t)
	assert.NotContains(t, all, strings.Repeat("S", 12), "a piece of the secret")
	assert.Contains(t, all, "gt-&lt;", "the fingerprint of the secret")
	for _, c := range "\a\x00\x1b\uFFFE\u202E" {
		assert.NotContains(t, all, string(c))
	}
	control := r.jcase(t, "TestControl").Failure
	assert.Contains(t, control.Text, `nul `+"\uFFFD"+`, escape bold, end ]]> of <![CDATA[ & "quote", bad `)
	assert.Equal(t, "the end of this line is missing", r.jcase(t, "TestNoNewline").SystemOut)
	artifacts := r.check(t, "TestArtifact").Artifacts
	require.Len(t, artifacts, 1)
	assert.False(t, filepath.IsAbs(artifacts[0]), artifacts[0])
	assert.Contains(t, r.check(t, "TestSkipsWithSecret").Message, "token gt-<")
}

// A killed run leaves a stream that is cut anywhere.
func TestTruncatedStreamIsNeverGreen(t *testing.T) {
	t.Parallel()
	stream := strings.TrimRight(events(t, "healthy"), "\n")
	last := strings.LastIndexByte(stream, '\n')
	for cut := 0; cut < last; cut += 97 {
		s, err := verdict.Read(strings.NewReader(stream[:cut]), nil)
		assert.NotEqual(t, verdict.Pass, s.Run(err).Verdict, "cut at %d", cut)
	}
	r := reportOn(t, stream[:last])
	assert.Equal(t, verdict.ExitCode(verdict.Incomplete), r.code)
	assert.Contains(t, r.jcase(t, "run").Error.Message, "has no end")
	r = reportOn(t, stream)
	assert.Equal(t, verdict.ExitCode(verdict.Pass), r.code, "the last line end is no event")
}

func TestUnreadableInputStillReports(t *testing.T) {
	t.Parallel()
	for name, stream := range map[string]string{
		"empty": "", "white space": "\n\n", "other JSON": "{\"a\": 1}\n[]\n",
		"go's own words": "no required module provides package example.org/x\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := reportOn(t, stream)
			assert.Equal(t, verdict.ExitCode(verdict.Incomplete), r.code)
			assert.Contains(t, r.stderr, "no event of go test")
			assert.Equal(t, verdict.Incomplete, r.report.Verdict)
			assert.Contains(t, r.report.Output, strings.TrimSpace(stream))
		})
	}
}

func TestMissingFileStillReports(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var stdout, stderr strings.Builder
	code := run([]string{"-out", dir, filepath.Join(dir, "none.json")}, console{nil, &stdout, &stderr, nothing})
	assert.Equal(t, verdict.ExitCode(verdict.Incomplete), code)
	assert.Contains(t, stderr.String(), "none.json")
	assert.FileExists(t, filepath.Join(dir, "junit.xml"))
}

func TestUnwritableDirectoryIsAnError(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	var stdout, stderr strings.Builder
	code := run([]string{"-out", file},
		console{strings.NewReader(`{"Action":"start","Package":"p"}`), &stdout, &stderr, nothing})
	assert.Equal(t, verdict.ExitCode(verdict.Incomplete), code)
	assert.Contains(t, stderr.String(), "cannot make the directory")
}

func TestBadFlagsAreAnError(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"-nope"}, {"one", "two"}} {
		var stdout, stderr strings.Builder
		assert.Equal(t, verdict.ExitCode(verdict.Incomplete), run(args, console{nil, &stdout, &stderr, nothing}))
		assert.Contains(t, stderr.String(), "usage: report")
	}
}

// The old report stays until the new one is complete.
func TestReportsAreReplacedInOneStep(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "report.json")
	require.NoError(t, os.WriteFile(path, []byte("old"), 0o600))
	require.NoError(t,
		writeAll(filepath.Dir(path), publication{Run: verdict.NewStream().Run(io.ErrUnexpectedEOF), source: defaultSource}))
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.NotContains(t, string(content), "old")

	broken := errors.New("the disk is full")
	err = writeFile(path, func(io.Writer) error { return broken })
	require.ErrorIs(t, err, broken)
	again, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, content, again)
}
