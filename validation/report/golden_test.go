package main

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/validation/verdict"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares the text for people with testdata/golden, so that each change
// is reviewed.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", "golden", name)
	if *update {
		require.NoError(t, os.WriteFile(path, got, 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, string(want), string(got), "rewrite with: go test ./validation/report -update")
}

func exampleReport() *verdict.Run {
	failure := &verdict.Check{
		Name:       "TestNoToken",
		Package:    "github.com/lsst-sqre/muster/validation",
		Outcome:    verdict.OutcomeFail,
		Seconds:    0.012,
		Obligation: "A protected route answers 401 with a challenge to a caller without a token.",
		Runbook:    "validation/RUNBOOK.md#testnotoken",
		Message: "A protected route answers 401 with a challenge to a caller without a token. Actual: 200 with " +
			"`<b>html</b>` | \"x\"",
		Artifacts: []string{"_artifacts/TestNoToken/answer.json"},
		Findings: []verdict.Finding{
			{Reason: verdict.Status(200, "text/html", 401), Expected: "status 401", Actual: "200 with `<b>html</b>` | \"x\""},
		},
		Output: "obligation: A protected route answers 401 with a challenge to a caller without a token.\n" +
			"expected:   status 401\nactual:     200 with `<b>html</b>` | \"x\"\n" +
			"request:    curl -i https://data.example.org/muster/probes/authenticated\n" +
			"cause:      The route has no GafaelfawrIngress in front of it.\nrunbook:    validation/RUNBOOK.md#testnotoken",
	}
	family := &verdict.Check{
		Name: "TestChallenges", Package: failure.Package, Outcome: verdict.OutcomeFail, Seconds: 1.2,
		Message: "TestChallenges/basic: no realm",
		Subtests: []*verdict.Check{
			{Name: "TestChallenges/bearer", Package: failure.Package, Outcome: verdict.OutcomePass, Seconds: 0.4},
			{
				Name:    "TestChallenges/basic",
				Package: failure.Package,
				Outcome: verdict.OutcomeFail,
				Seconds: 0.8,
				Message: "no realm",
				Output:  "no realm",
			},
		},
	}
	quota := `environment "idfdev" does not declare the feature quota`
	r := &verdict.Run{
		Schema:      verdict.SchemaVersion,
		Verdict:     verdict.Incomplete,
		Environment: "idfdev",
		Requests:    214,
		Problems:    []string{"no Secret gafaelfawr in the namespace gafaelfawr"},
		Diagnoses: []verdict.Diagnosis{
			{
				Text:     "Challenges name another realm: baseUrl is not this deployment's.",
				Seen:     []verdict.Evidence{{Check: "TestNoToken", Found: "realm"}},
				Explains: []string{"TestChallenges"},
				Object:   "Ingress portal/portal",
			},
		},
		URL:     "https://data-dev.example.org",
		Version: "0.3.0",
		Facts:   map[string]string{"gafaelfawr": "15.4.1", "muster": "0.2.0"},
		Started: time.Date(2026, 11, 22, 20, 0, 0, 0, time.UTC),
		Seconds: 1.84,
		Counts: map[string]int{
			verdict.OutcomeFail:    2,
			verdict.OutcomeError:   1,
			verdict.OutcomeBlocked: 1,
			verdict.OutcomeAdvice:  1,
			verdict.OutcomeSkip:    2,
			verdict.OutcomePass:    2,
		},
		Checks: []*verdict.Check{
			{
				Name:       "TestReachable",
				Package:    failure.Package,
				Outcome:    verdict.OutcomePass,
				Seconds:    0.003,
				Obligation: "The host accepts connections.",
			},
			failure,
			family,
			{
				Name:     "TestSlow",
				Package:  failure.Package,
				Outcome:  verdict.OutcomeError,
				Security: true,
				Message:  "no result: the run ended before this did",
			},
			{
				Name:    "TestCookies",
				Package: failure.Package,
				Outcome: verdict.OutcomeAdvice,
				Seconds: 0.05,
				Runbook: "validation/RUNBOOK.md#testcookies",
				Message: "Session cookies never arrive. Not so in 15.0.0 to 15.4.1.",
				Output:  "expected:   no cookie\nactual:     gafaelfawr=<0123456789ab>",
			},
			{
				Name:    "TestRevoke",
				Package: failure.Package,
				Outcome: verdict.OutcomeBlocked,
				Message: "no Secret gafaelfawr in the namespace gafaelfawr",
			},
			{
				Name:       "TestQuota",
				Package:    failure.Package,
				Outcome:    verdict.OutcomeSkip,
				Message:    quota,
				Obligation: "A quota is kept.",
			},
			{Name: "TestQuotaHeaders", Package: failure.Package, Outcome: verdict.OutcomeSkip, Message: quota},
			{
				Name:       "TestHTTP2",
				Package:    failure.Package,
				Outcome:    verdict.OutcomePass,
				Seconds:    0.9,
				Obligation: "The edge speaks HTTP/2.",
				Remarks:    []string{"it also offers HTTP/1.0"},
				Output:     "remark: it also offers HTTP/1.0\nmet: The edge speaks HTTP/2.",
			},
		},
		Output: "INCOMPLETE of https://data.example.org",
	}
	return r
}

func TestMarkdownReadsLikeThis(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	require.NoError(t, writeMarkdown(&out, publication{Run: exampleReport(), source: defaultSource}))
	golden(t, "report.md", out.Bytes())
}

func TestPageReadsLikeThis(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	require.NoError(t, writeHTML(&out, publication{
		Run:     exampleReport(),
		source:  defaultSource,
		runbook: "## TestNoToken\n\nLook at the <Ingress>.\n\n## TestB\n",
		Changes: &verdict.Comparison{
			Old:      "PASS of idfdev",
			NewlyRed: []string{"TestNoToken"},
			Facts:    []string{"gafaelfawr: 15.4.1, before 15.0.0"},
		},
	}))
	golden(t, "report.html", out.Bytes())
	assert.NotContains(t, out.String(), "<b>html</b>", "what a check prints is text")
	assert.NotRegexp(t, `(src|href)="(https?:)?//[^g]|@import|url\(|<script[^>]`, out.String(), "nothing is loaded")
	assert.Contains(t, out.String(), "<script>"+script+"</script>", "as the policy's hash has it")
}

// A run of hundreds of failures must stay below what GitHub shows.
func TestMarkdownIsBounded(t *testing.T) {
	t.Parallel()
	r := exampleReport()
	for range 500 {
		r.Checks = append(r.Checks, &verdict.Check{
			Name: "TestMany", Outcome: verdict.OutcomeFail, Message: strings.Repeat("x", 600),
			Output: strings.Repeat("```` of output\n", 5000),
		})
	}
	var out bytes.Buffer
	require.NoError(t, writeMarkdown(&out, publication{Run: r, source: defaultSource}))
	assert.Less(t, out.Len(), 512<<10)
	assert.Contains(t, out.String(), "more: see report.html")
	assert.Contains(t, out.String(), "\n`````\n", "the fence is longer than what it holds")
}

// The output of a check is cut to its first lines and to a size. The cut says so.
func TestExcerptOfOutputIsBounded(t *testing.T) {
	t.Parallel()
	lines := func(n int) string { return strings.TrimSuffix(strings.Repeat("line\n", n), "\n") }
	assert.Equal(t, lines(maxMarkdownLines), boundedExcerpt("\n\n"+lines(maxMarkdownLines)))
	assert.Equal(t, lines(maxMarkdownLines)+"\n[3 more lines in report.html]", boundedExcerpt(lines(maxMarkdownLines+3)))
	assert.Equal(t, strings.Repeat("x", maxMarkdownOutput), boundedExcerpt(strings.Repeat("x", maxMarkdownOutput)))
	long := boundedExcerpt(strings.Repeat("x", 2*maxMarkdownOutput))
	assert.LessOrEqual(t, len(long), maxMarkdownOutput+100)
	assert.Contains(t, long, "left out")
}

func TestRunbookLinksAreOnlyPaths(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "https://example.org/blob/v1/validation/RUNBOOK.md#a",
		runbookLink("https://example.org/blob/v1", "validation/RUNBOOK.md#a"))
	for _, path := range []string{"", "a b", "x) [y](z", "javascript:alert(1)", "a?b"} {
		assert.Empty(t, runbookLink(defaultSource, path), path)
	}
}
