package runner

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/lsst-sqre/muster/validation/runner/history"
	"github.com/lsst-sqre/muster/validation/runner/history/historytest"
	"github.com/lsst-sqre/muster/validation/runner/notify/notifytest"
	"github.com/lsst-sqre/muster/validation/verdict"
)

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
runs_total{picked="false",trigger="schedule",verdict="pass"} 0`, notifytest.Scrape(t, m),
		"that nothing ran must be seen")
}

func TestMetricsOfTheLastRun(t *testing.T) {
	t.Parallel()
	m := newMetrics(0)
	m.Started()
	assert.Contains(t, notifytest.Scrape(t, m), "running 1")
	m.Observe(
		historytest.Ended("1", verdict.Fail, 0, historytest.Check("TestGone", "fail"), historytest.SecurityCheck("pass")),
	)
	m.Observe(
		historytest.Ended("2", verdict.Fail, time.Minute, historytest.Check("TestA", "pass"),
			historytest.SecurityCheck("fail"), historytest.Check("TestTwice", "pass"),
			historytest.Check("TestTwice", "fail")),
	)
	got := notifytest.Scrape(t, m)
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

// A run that verified nothing is the last run but not the last result.
func TestMetricsOfAnIncompleteRun(t *testing.T) {
	t.Parallel()
	m := newMetrics(time.Hour)
	m.Observe(historytest.Ended("1", verdict.Pass, 0, historytest.Check("TestA", "pass")))
	m.Observe(historytest.Ended("2", verdict.Incomplete, time.Minute))
	got := notifytest.Scrape(t, m)
	assert.Contains(t, got, `last_run_verdict{verdict="incomplete"} 1`)
	assert.Contains(t, got, "last_run_timestamp_seconds 1.77236648e+09")
	assert.Contains(t, got, "last_result_timestamp_seconds 1.77236642e+09")
}

func TestMetricsOfPickedChecks(t *testing.T) {
	t.Parallel()
	m := newMetrics(time.Hour)
	m.Observe(historytest.Ended("1", verdict.Fail, 0, historytest.Check("TestA", "fail")))
	picked := historytest.Ended("2", verdict.Pass, time.Hour, historytest.Check("TestB", "pass"))
	picked.Pattern, picked.Trigger = "TestB", history.OnRequest
	m.Observe(picked)
	stopped := historytest.Ended("3", verdict.Incomplete, 2*time.Hour)
	stopped.Stopped = "the runner was stopped"
	m.Observe(stopped)
	got := notifytest.Scrape(t, m)
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
	m.Resume(func(yield func(history.Run) bool) {
		for run := range historytest.Backward(historytest.Ended("0", verdict.Fail, -time.Minute),
			historytest.Ended("1", verdict.Pass, 0, historytest.Check("TestA", "pass")),
			historytest.Ended("2", verdict.Incomplete, time.Minute), history.Run{ID: "3", Started: historytest.Noon}) {
			if seen++; !yield(run) {
				return
			}
		}
	})
	assert.Equal(t, 3, seen, "nothing is read that changes nothing")
	got := notifytest.Scrape(t, m)
	assert.Contains(t, got, `last_run_verdict{verdict="incomplete"} 1`)
	assert.Contains(t, got, "last_result_timestamp_seconds 1.77236642e+09")
	assert.Contains(t, got, `runs_total{picked="false",trigger="schedule",verdict="pass"} 0`, "it was counted before")
}

// Each cause has a series of its own. Its labels have nothing that differs from
// run to run, so a deployment cannot create many series.
func TestMetricsOfCauses(t *testing.T) {
	t.Parallel()
	m := newMetrics(time.Hour)
	run := historytest.Ended("1", verdict.Fail, 0, historytest.SecurityCheck("fail"), historytest.Check("TestA", "fail"))
	run.Report.Diagnoses = []verdict.Diagnosis{
		{Text: "a route is open", Object: "Ingress portal/portal", Explains: []string{"TestOpen"}},
		{Text: "it answers 502", Rule: "it answers {status}", Explains: []string{"TestA"}},
		{Text: "it answers 503", Rule: "it answers {status}"},
	}
	for i := range 100 {
		run.Report.Diagnoses = append(run.Report.Diagnoses, verdict.Diagnosis{Text: "x", Object: strconv.Itoa(i)})
	}
	m.Observe(run)
	got := strings.Split(notifytest.Scrape(t, m), "\n")
	assert.Contains(t, got, `cause{about="Ingress portal/portal",cause="a route is open",security="true"} 1`)
	assert.Contains(t, got, `cause{about="",cause="it answers {status}",security="false"} 1`)
	assert.Len(t, slices.DeleteFunc(got, func(line string) bool { return !strings.HasPrefix(line, "cause{") }), 20)
	m.Observe(historytest.Ended("2", verdict.Pass, time.Hour))
	assert.NotContains(t, notifytest.Scrape(t, m), "cause{")
}
