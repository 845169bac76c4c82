package muster

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promauto"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/lsst-sqre/muster/muster/daemon"
)

// metrics are in a registry of their own because tests run several servers in
// one process.
type metrics struct {
	registry *prometheus.Registry
	inFlight prometheus.Gauge
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
	reports  *prometheus.CounterVec
	failures *prometheus.CounterVec
}

func newMetrics(cfg Config) *metrics {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	add := promauto.With(registry)
	add.NewGauge(prometheus.GaugeOpts{Name: "muster_build_info", Help: "Always 1; the labels say what runs.",
		ConstLabels: prometheus.Labels{"version": cfg.Version, "name": cfg.Name}}).Set(1)
	m := &metrics{
		registry: registry,
		inFlight: add.NewGauge(prometheus.GaugeOpts{Name: "muster_requests_in_flight", Help: "Requests being answered."}),
		requests: add.NewCounterVec(prometheus.CounterOpts{Name: "muster_requests_total",
			Help: "Requests answered, by route, method and status."}, []string{"route", "method", "status"}),
		duration: add.NewHistogramVec(prometheus.HistogramOpts{Name: "muster_request_duration_seconds",
			Help: "Time to answer a request.", Buckets: prometheus.ExponentialBuckets(0.0001, 4, 8)}, []string{"route"}),
		reports: add.NewCounterVec(prometheus.CounterOpts{Name: "muster_reports_total",
			Help: "Reports made, by probe and status."}, []string{"probe", "status"}),
		failures: add.NewCounterVec(prometheus.CounterOpts{Name: "muster_check_failures_total",
			Help: "Failed checks, by probe and check."}, []string{"probe", "check"}),
	}
	for _, p := range Probes(cfg.Scope) { // a rate needs a first value
		m.reports.WithLabelValues(p.Name, string(Pass))
		m.reports.WithLabelValues(p.Name, string(Fail))
	}
	return m
}

// knownMethods bounds the number of label values: a client can send any method.
var knownMethods = map[string]bool{
	http.MethodGet: true, http.MethodHead: true, http.MethodPost: true, http.MethodPut: true,
	http.MethodPatch: true, http.MethodDelete: true, http.MethodOptions: true,
}

func (m *metrics) observe(x *exchange, took time.Duration) {
	method := x.Method
	if !knownMethods[method] {
		method = "other"
	}
	m.duration.WithLabelValues(x.route.label).Observe(took.Seconds())
	m.requests.WithLabelValues(x.route.label, method, strconv.Itoa(x.answer.Status)).Inc()
}

func (m *metrics) count(r *Report) {
	m.reports.WithLabelValues(r.Probe, string(r.Status)).Inc()
	for _, c := range r.Checks {
		if c.Outcome == Fail {
			m.failures.WithLabelValues(r.Probe, c.Name).Inc()
		}
	}
}

// handler serves them to the cluster's Prometheus.
func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4, Timeout: daemon.ReadTimeout})
}
