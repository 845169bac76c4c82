package runner

import (
	"iter"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/runner/history"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// metrics exposes the runner to Prometheus. It counts every run and shows the
// findings of the last whole run. A run of picked checks is only counted,
// because it says nothing about the others. Label values come from the suite:
// check names and their outcomes in the last run, none of earlier runs.
type metrics struct {
	interval time.Duration
	runs     *prometheus.CounterVec

	mu         sync.Mutex
	underWay   int
	last       *history.Run
	lastResult time.Time
}

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("muster_validation_"+name, help, labels, nil)
}

var (
	descInterval = describe("interval_seconds",
		"How often the runner runs the validation; 0 if only when asked.")
	descUnderWay = describe("running", "1 while a run is under way.")
	descLast     = describe("last_run_timestamp_seconds",
		"When the last whole run ended, in Unix time; 0 if there was none.")
	descResult = describe("last_result_timestamp_seconds",
		"When the last whole run that was not incomplete ended, in Unix time; 0 if there was none.")
	descDuration = describe("last_run_duration_seconds", "How long the last whole run took.")
	descVerdict  = describe("last_run_verdict",
		"1 for the verdict of the last whole run, 0 for the others.", "verdict")
	descOutcome = describe(
		"check_outcome",
		"Always 1; the labels tell the outcome of each check in the last whole run, and whether its failure lets "+
			"callers in who must not.",
		"check",
		"outcome",
		"security",
	)
	descCause = describe("cause",
		"Always 1; the labels tell each cause that the last whole run names, the object or path that it is about, and "+
			"whether callers get in who must not.", "cause", "about", "security")
	descCheckDuration = describe("check_duration_seconds",
		"How long each check took in the last whole run.", "check")
	descs = []*prometheus.Desc{descInterval, descUnderWay, descLast, descResult, descDuration, descVerdict,
		descOutcome, descCause, descCheckDuration}
)

// newMetrics returns the metrics of a runner with that schedule; zero is none.
func newMetrics(interval time.Duration) *metrics {
	m := &metrics{
		interval: interval,
		runs: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "muster_validation_runs_total",
			Help: "Runs that ended, by verdict (or stopped), by what started them, and whether checks were picked.",
		}, []string{"verdict", "trigger", "picked"}),
	}
	for _, v := range []string{verdict.Pass, verdict.Fail, verdict.Incomplete} { // a rate needs a first value
		for _, trigger := range []string{history.OnRequest, history.OnSchedule} {
			m.runs.WithLabelValues(v, trigger, "false")
		}
	}
	return m
}

// Started records that a run began; Observe records its end.
func (m *metrics) Started() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.underWay++
}

// Observe implements observer.
func (m *metrics) Observe(run history.Run) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.underWay = max(m.underWay-1, 0)
	m.show(run)
	if run.Report == nil {
		return
	}
	result := run.Report.Verdict
	if run.Stopped != "" {
		result = "stopped"
	}
	m.runs.WithLabelValues(result, run.Trigger, strconv.FormatBool(run.Pattern != "")).Inc()
}

// Resume implements resumer. It shows the stored runs, which were counted
// before.
func (m *metrics) Resume(newestFirst iter.Seq[history.Run]) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for run := range newestFirst {
		if !run.Whole() {
			continue
		}
		if m.last == nil {
			m.last = &run
		}
		if run.Report.Verdict != verdict.Incomplete {
			m.lastResult = run.Ended
			return
		}
	}
}

func (m *metrics) show(run history.Run) {
	if !run.Whole() {
		return
	}
	m.last = &run
	if run.Report.Verdict != verdict.Incomplete {
		m.lastResult = run.Ended
	}
}

// Describe implements prometheus.Collector.
func (m *metrics) Describe(to chan<- *prometheus.Desc) {
	m.runs.Describe(to)
	for _, d := range descs {
		to <- d
	}
}

// Collect implements prometheus.Collector.
func (m *metrics) Collect(to chan<- prometheus.Metric) {
	m.runs.Collect(to)
	m.mu.Lock()
	underWay, last, lastResult := m.underWay, m.last, m.lastResult
	m.mu.Unlock()
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	gauge(descInterval, m.interval.Seconds())
	gauge(descUnderWay, float64(min(underWay, 1)))
	gauge(descResult, unixSeconds(lastResult))
	if last == nil {
		// The gauge is not left out, because an alert must see that no run
		// happened.
		gauge(descLast, 0)
		return
	}
	gauge(descLast, unixSeconds(last.Ended))
	gauge(descDuration, last.Ended.Sub(last.Started).Seconds())
	for _, v := range []string{verdict.Pass, verdict.Fail, verdict.Incomplete} {
		is := 0.0
		if v == last.Report.Verdict {
			is = 1
		}
		gauge(descVerdict, is, v)
	}
	for _, c := range causeLabels(last.Report) {
		gauge(descCause, 1, c[:]...)
	}
	seen := map[string]bool{} // two packages may have tests of one name
	for _, c := range last.Report.Checks {
		if seen[c.Name] {
			continue
		}
		seen[c.Name] = true
		gauge(descOutcome, 1, c.Name, c.Outcome, strconv.FormatBool(c.Security))
		gauge(descCheckDuration, c.Seconds, c.Name)
	}
}

// Bounds of labels, which a deployment may choose in part.
const (
	maxCauseLabels = 20
	longestLabel   = 500
)

// causeLabels are the labels of each cause. The arguments of a cause are left out,
// because they may be others in each run.
func causeLabels(r *verdict.Run) (all [][3]string) {
	explained, _ := r.Explanations()
	for _, e := range explained {
		open := slices.ContainsFunc(e.Checks, func(c *verdict.Check) bool { return c.Security })
		labels := [3]string{gafaelfawr.ExcerptLine(e.Key(), longestLabel), gafaelfawr.ExcerptLine(e.About(), longestLabel),
			strconv.FormatBool(open)}
		if len(all) < maxCauseLabels && !slices.Contains(all, labels) {
			all = append(all, labels)
		}
	}
	return all
}

func unixSeconds(at time.Time) float64 {
	if at.IsZero() {
		return 0
	}
	return float64(at.UnixMilli()) / 1000
}
