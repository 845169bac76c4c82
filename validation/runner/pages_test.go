package runner

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/validation/runner/history"
	"github.com/lsst-sqre/muster/validation/runner/history/historytest"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// kept starts a runner with these runs in its history.
func kept(t *testing.T, runs ...history.Run) *site {
	t.Helper()
	cfg := child(t, "passes")
	cfg.Host = "data.example.org"
	return start(t, cfg, func(r *Runner) {
		for _, run := range runs {
			run.Report.Schema = verdict.SchemaVersion
			r.history.Append(run)
		}
	})
}

// page returns a page of the runner.
func (s *site) page(path string) string {
	s.t.Helper()
	answer, text := s.ask(http.MethodGet, "/pages/"+path, "")
	require.Equal(s.t, http.StatusOK, answer.StatusCode, text)
	return text
}

func TestSearchOfARun(t *testing.T) {
	t.Parallel()
	run := historytest.Ended("20260301T120000.000Z", verdict.Fail, 0, historytest.Check("TestQuota", "fail"),
		historytest.Check("TestLogin", "fail"), historytest.Check("TestQuotaHeaders", "pass"))
	run.Report.Checks[0].Findings = []verdict.Finding{{Expected: "status 429", Actual: "status 200"}}
	s := kept(t, run)
	whole := s.page("runs/" + run.ID)
	assert.Contains(t, whole, `<li id="TestQuotaHeaders">`)
	assert.NotContains(t, whole, `<details class="part" open>`)
	for query, want := range map[string][]string{
		"QUOTA": {"2 of 3 checks", "TestQuota", "TestQuotaHeaders"}, "quota+429": {"1 of 3 checks", "TestQuota"},
		"nothing+has+this": {"0 of 3 checks"},
	} {
		text := s.page("runs/" + run.ID + "?q=" + query)
		assert.Contains(t, text, want[0], query)
		for _, name := range []string{"TestQuota", "TestQuotaHeaders", "TestLogin"} {
			assert.Equal(t, slices.Contains(want[1:], name), strings.Contains(text, `id="`+name+`"`), "%s %s", query, name)
		}
	}
	assert.Contains(t, s.page("runs/"+run.ID+"?q=headers"), `<details class="part" open>`, "what is found is not folded")
	assert.NotContains(t, s.page("runs/"+run.ID+`?q=%22%3E%3Cscript%3E`), "<script>")
}

// The list of runs names causes and the deployment, and is bounded.
func TestListOfRuns(t *testing.T) {
	t.Parallel()
	var runs []history.Run
	for i := range 30 {
		var checks []*verdict.Check
		for c := range 14 {
			checks = append(checks, historytest.Check("TestFlaps"+strconv.Itoa(c), []string{"pass", "fail"}[i%2]))
		}
		run := historytest.Ended("20260301T1200"+strconv.Itoa(10+i)+".000Z", []string{verdict.Pass, verdict.Fail}[i%2],
			time.Duration(i)*time.Minute, checks...)
		runs = append(runs, run)
	}
	runs[29].Report.Diagnoses = []verdict.Diagnosis{
		{Text: "Gafaelfawr is down.", Object: "Deployment gafaelfawr/gafaelfawr"}, {Text: "another"},
	}
	s := kept(t, runs...)
	text := s.page("runs")
	assert.Contains(t, text, "<h1>data.example.org fails</h1>")
	assert.Contains(t, text,
		"<strong>Cause:</strong> Gafaelfawr is down. (Deployment gafaelfawr/gafaelfawr) And 1 more cause.")
	assert.Contains(t, text, "Failing since 1 March 2026, 12:29:00 UTC.")
	assert.Contains(t, text, "<summary>10 older runs</summary>")
	assert.Contains(t, text, "<li>and 4 more</li>", "flaky checks")
	assert.Contains(t, text, "TestFlaps0, TestFlaps1, TestFlaps10 and 11 more")
}

func TestRedSince(t *testing.T) {
	t.Parallel()
	at := func(hour int, result string) *history.Stored {
		return &history.Stored{Run: historytest.Ended("x", result, time.Duration(hour)*time.Hour)}
	}
	picked := at(4, verdict.Pass)
	picked.Pattern = "TestA"
	for want, runs := range map[string][]*history.Stored{
		"":                                 {at(3, verdict.Pass), at(2, verdict.Fail)},
		"since 1 March 2026, 14:00:00 UTC": {picked, at(3, verdict.Incomplete), at(2, verdict.Fail), at(1, verdict.Pass)},
		"since 1 March 2026, 13:00:00 UTC, or before the oldest run that is kept": {at(3, verdict.Fail), at(1, verdict.Fail)},
	} {
		assert.Equal(t, want, redSince(runs))
	}
	assert.Empty(t, redSince([]*history.Stored{picked}))
}
