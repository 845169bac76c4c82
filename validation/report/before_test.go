package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/validation/verdict"
)

// saved writes a report.json to a folder of its own.
func saved(t *testing.T, r *verdict.Run) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "report.json")
	var text bytes.Buffer
	require.NoError(t, writeJSON(&text, r))
	require.NoError(t, os.WriteFile(file, text.Bytes(), 0o600))
	return file
}

func TestPatternOfWhatFailed(t *testing.T) {
	t.Parallel()
	var stdout, stderr bytes.Buffer
	c := console{nil, &stdout, &stderr, nothing}
	assert.Equal(t, 0, run([]string{"-failed", saved(t, exampleReport())}, c))
	assert.Equal(t, "^(TestNoToken|TestChallenges|TestSlow|TestRevoke)$\n", stdout.String())
	stdout.Reset()
	explained := &verdict.Run{
		Schema:  verdict.SchemaVersion,
		Verdict: verdict.Fail,
		Checks: []*verdict.Check{
			{Name: "TestQuota", Outcome: verdict.OutcomeFail},
			{Name: "TestNoToken", Outcome: verdict.OutcomePass},
		},
		Diagnoses: []verdict.Diagnosis{{Text: "A cause.", Met: []string{"TestNoToken"}, Explains: []string{"TestQuota"}}},
	}
	assert.Equal(t, 0, run([]string{"-failed", saved(t, explained)}, c))
	assert.Equal(t, "^(TestQuota|TestNoToken)$\n", stdout.String(), "the cause needs a check that passed")
	assert.Equal(t, 2, run([]string{"-failed", saved(t, &verdict.Run{Schema: verdict.SchemaVersion})}, c))
	assert.Contains(t, stderr.String(), "nothing failed in the last run")
	assert.Equal(t, 2, run([]string{"-failed", "/nowhere"}, c))
	assert.Contains(t, stderr.String(), "there is no last run: /nowhere does not exist")
}

func TestCompareTwoReports(t *testing.T) {
	t.Parallel()
	now := exampleReport()
	now.Checks[0].Outcome = verdict.OutcomeFail
	now.Facts["gafaelfawr"] = "16.0.0"
	old, newer := saved(t, exampleReport()), saved(t, now)
	var stdout, stderr bytes.Buffer
	c := console{nil, &stdout, &stderr, nothing}
	assert.Equal(t, 1, run([]string{"-compare", old, newer}, c), stderr.String())
	assert.Contains(t, stdout.String(), "Compared with INCOMPLETE of idfdev (data-dev.example.org)")
	assert.Contains(t, stdout.String(),
		"  Newly failed (1):\n    TestReachable\n  Changed facts (1):\n    gafaelfawr: 16.0.0, before 15.4.1\n")
	screen := lastScreen(now, now.CompareWith(exampleReport()), nil, false)
	assert.Contains(t, screen, "\n  Since 2026-11-22 20:00 UTC: newly failed 1")
	assert.Equal(t, 0, run([]string{"-compare", old, old}, c))
	assert.Equal(t, 2, run([]string{"-compare", "/nowhere", old}, c))
}

func TestJUnitBeginsWithTheCause(t *testing.T) {
	t.Parallel()
	r := exampleReport()
	r.Checks[1].Area = "challenge"
	r.Suites = []*verdict.Suite{{Name: "validation", Tests: r.Checks}}
	var out bytes.Buffer
	require.NoError(t, writeJUnit(&out, r))
	assert.Contains(t, out.String(), `name="TestNoToken" classname="challenge"`)
	assert.Contains(t, out.String(), `<failure message="Cause: Challenges name another realm`)
	assert.Contains(t, out.String(), `<property name="cause" value="Challenges name another realm`)
	_, noToken, _ := strings.Cut(out.String(), `name="TestNoToken"`)
	noToken, _, _ = strings.Cut(noToken, "</testcase>")
	assert.NotContains(t, noToken, "possible-causes", "the cause is known")
	assert.Contains(t, out.String(), `<property name="url" value="https://data-dev.example.org">`)
}

// The last screen tells how to repeat several failed checks together.
func TestLastScreenRepeatsWhatFailed(t *testing.T) {
	t.Parallel()
	r := exampleReport()
	failed := r.Failures()
	require.Greater(t, len(failed), 1)
	const again = "make validate RUN=failed"
	assert.Contains(t, lastScreen(r, nil, nil, false), again)
	r.Checks = failed[:1]
	assert.NotContains(t, lastScreen(r, nil, nil, false), again)
}

// Without Go, the next steps are commands of what was started.
func TestLastScreenWithoutGo(t *testing.T) {
	t.Parallel()
	r := exampleReport()
	r.Command, r.Arguments = "./run-suite", "-env=./my.yaml"
	r.Failures()[0].Runbook = "validation/RUNBOOK.md"
	text := lastScreen(r, nil, nil, false)
	assert.Contains(t, text, "Run one of them again: ./run-suite -env=./my.yaml -run '^")
	assert.Contains(t, text, "What it means: ./run-suite -explain=Test")
	assert.Contains(t, text, "Run all of them again: ./run-suite -env=./my.yaml -run=failed\n")
	assert.NotContains(t, text, "go test")
}
