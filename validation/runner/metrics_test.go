package runner

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/validation/verdict"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// ended is a run of that verdict, which took 20 seconds from some time after
// noon.
func ended(id, result string, after time.Duration, checks ...*verdict.Check) Run {
	counts := map[string]int{}
	for _, c := range checks {
		counts[c.Outcome]++
	}
	return Run{
		ID: id, Trigger: OnSchedule, Started: noon.Add(after), Ended: noon.Add(after + 20*time.Second),
		Report: &verdict.Run{Verdict: result, Seconds: 20, Counts: counts, Checks: checks},
	}
}

func check(name, outcome string) *verdict.Check {
	return &verdict.Check{Name: name, Outcome: outcome, Seconds: 0.25}
}

// securityCheck is a check whose failure lets callers in.
func securityCheck(outcome string) *verdict.Check {
	c := check("TestOpen", outcome)
	c.Security = true
	return c
}

func scrape(t *testing.T, m prometheus.Collector) string {
	t.Helper()
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(m)
	answer := httptest.NewRecorder()
	promhttp.HandlerFor(registry, promhttp.HandlerOpts{ErrorHandling: promhttp.PanicOnError}).
		ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), "GET", "/metrics", nil))
	require.Equal(t, 200, answer.Code)
	problems, err := promlint.New(strings.NewReader(answer.Body.String())).Lint()
	require.NoError(t, err)
	assert.Empty(t, problems)
	var lines []string
	for line := range strings.Lines(answer.Body.String()) {
		if !strings.HasPrefix(line, "#") {
			lines = append(lines, strings.TrimPrefix(strings.TrimSpace(line), "muster_validation_"))
		}
	}
	return strings.Join(lines, "\n")
}

func TestMetricsBeforeTheFirstRun(t *testing.T) {
	t.Parallel()
	m := newMetrics(15 * time.Minute)
	assert.Equal(t, `interval_seconds 900
last_result_timestamp_seconds 0
last_run_timestamp_seconds 0
running 0
runs_total{picked="false",trigger="request",verdict="fail"} 0
runs_total{picked="false",trigger="request",verdict="incomplete"} 0
runs_total{picked="false",trigger="request",verdict="pass"} 0
runs_total{picked="false",trigger="schedule",verdict="fail"} 0
runs_total{picked="false",trigger="schedule",verdict="incomplete"} 0
runs_total{picked="false",trigger="schedule",verdict="pass"} 0`, scrape(t, m), "that nothing ran must be seen")
}

func TestMetricsOfTheLastRun(t *testing.T) {
	t.Parallel()
	m := newMetrics(0)
	m.Started()
	assert.Contains(t, scrape(t, m), "running 1")
	m.Observe(ended("1", verdict.Fail, 0, check("TestGone", "fail"), securityCheck("pass")))
	m.Observe(ended("2", verdict.Fail, time.Minute, check("TestA", "pass"), securityCheck("fail"),
		check("TestTwice", "pass"), check("TestTwice", "fail")))
	got := scrape(t, m)
	for _, line := range []string{
		"interval_seconds 0",
		"running 0",
		`last_run_timestamp_seconds 1.77236648e+09`,
		`last_result_timestamp_seconds 1.77236648e+09`,
		"last_run_duration_seconds 20",
		`last_run_verdict{verdict="fail"} 1`,
		`last_run_verdict{verdict="incomplete"} 0`,
		`last_run_verdict{verdict="pass"} 0`,
		`check_outcome{check="TestA",outcome="pass",security="false"} 1`,
		`check_outcome{check="TestOpen",outcome="fail",security="true"} 1`,
		`check_duration_seconds{check="TestA"} 0.25`,
		`runs_total{picked="false",trigger="schedule",verdict="fail"} 2`,
	} {
		assert.Contains(t, strings.Split(got, "\n"), line)
	}
	assert.NotContains(t, got, "TestGone", "only the last run has labels")
	assert.Equal(t, 1, strings.Count(got, `check_outcome{check="TestOpen"`))
}

// Nothing was verified: the run is the last one, and its age is no age of a
// result.
func TestMetricsOfAnIncompleteRun(t *testing.T) {
	t.Parallel()
	m := newMetrics(time.Hour)
	m.Observe(ended("1", verdict.Pass, 0, check("TestA", "pass")))
	m.Observe(ended("2", verdict.Incomplete, time.Minute))
	got := scrape(t, m)
	assert.Contains(t, got, `last_run_verdict{verdict="incomplete"} 1`)
	assert.Contains(t, got, "last_run_timestamp_seconds 1.77236648e+09")
	assert.Contains(t, got, "last_result_timestamp_seconds 1.77236642e+09")
}

func TestMetricsOfPickedChecks(t *testing.T) {
	t.Parallel()
	m := newMetrics(time.Hour)
	m.Observe(ended("1", verdict.Fail, 0, check("TestA", "fail")))
	picked := ended("2", verdict.Pass, time.Hour, check("TestB", "pass"))
	picked.Pattern, picked.Trigger = "TestB", OnRequest
	m.Observe(picked)
	stopped := ended("3", verdict.Incomplete, 2*time.Hour)
	stopped.Stopped = "the runner was stopped"
	m.Observe(stopped)
	got := scrape(t, m)
	assert.Contains(t, got, `last_run_verdict{verdict="fail"} 1`)
	assert.Contains(t, got, "last_run_timestamp_seconds 1.77236642e+09", "a few checks do not stand for all")
	assert.NotContains(t, got, "TestB")
	assert.Contains(t, got, `runs_total{picked="true",trigger="request",verdict="pass"} 1`)
	assert.Contains(t, got, `runs_total{picked="false",trigger="schedule",verdict="stopped"} 1`)
}

func TestMetricsAfterARestart(t *testing.T) {
	t.Parallel()
	m := newMetrics(time.Hour)
	seen := 0
	m.Resume(func(yield func(Run) bool) {
		for run := range backward(ended("0", verdict.Fail, -time.Minute),
			ended("1", verdict.Pass, 0, check("TestA", "pass")),
			ended("2", verdict.Incomplete, time.Minute), Run{ID: "3", Started: noon}) {
			if seen++; !yield(run) {
				return
			}
		}
	})
	assert.Equal(t, 3, seen, "nothing is read that changes nothing")
	got := scrape(t, m)
	assert.Contains(t, got, `last_run_verdict{verdict="incomplete"} 1`)
	assert.Contains(t, got, "last_result_timestamp_seconds 1.77236642e+09")
	assert.Contains(t, got, `runs_total{picked="false",trigger="schedule",verdict="pass"} 0`, "it was counted before")
}
