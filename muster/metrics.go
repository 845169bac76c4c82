package muster

import (
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics counts what the server does, in a registry of its own, so that two
// servers in one process do not meet.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
	reports  *prometheus.CounterVec
	failures *prometheus.CounterVec

	// counters of requests by their labels: a lookup in a vector hashes them
	// every time.
	seen sync.Map // requestLabels to prometheus.Counter
}

type requestLabels struct {
	route, method string
	status        int
}

func newMetrics(s *Server) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "muster_requests_total", Help: "Requests answered, by route, method and status."}, []string{"route", "method", "status"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "muster_request_duration_seconds", Help: "Time to answer a request.", Buckets: prometheus.ExponentialBuckets(0.0001, 4, 8)}, []string{"route"}),
		reports: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "muster_reports_total", Help: "Reports made, by probe and status."}, []string{"probe", "status"}),
		failures: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "muster_check_failures_total", Help: "Checks that failed, by probe and check."}, []string{"probe", "check"}),
	}
	about := prometheus.NewGauge(prometheus.GaugeOpts{Name: "muster_build_info", Help: "Always 1; the labels tell what runs.",
		ConstLabels: prometheus.Labels{"version": s.cfg.Version, "name": s.cfg.Name}})
	about.Set(1)
	inFlight := prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "muster_requests_in_flight", Help: "Requests being answered."},
		func() float64 { return float64(len(s.inFlight)) })
	m.registry.MustRegister(m.requests, m.duration, m.reports, m.failures, about, inFlight,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	for _, p := range s.probes { // a rate needs a first value
		m.reports.WithLabelValues(p.Name, string(Pass))
		m.reports.WithLabelValues(p.Name, string(Fail))
	}
	return m
}

// knownMethods keeps a client from making labels.
var knownMethods = map[string]bool{
	http.MethodGet: true, http.MethodHead: true, http.MethodPost: true, http.MethodPut: true,
	http.MethodPatch: true, http.MethodDelete: true, http.MethodOptions: true,
}

func (m *metrics) observe(x *exchange, status int, took time.Duration) {
	labels := requestLabels{x.route.label, x.Method, status}
	if !knownMethods[labels.method] {
		labels.method = "other"
	}
	counter, ok := m.seen.Load(labels)
	if !ok {
		counter, _ = m.seen.LoadOrStore(labels, m.requests.WithLabelValues(labels.route, labels.method, strconv.Itoa(status)))
	}
	counter.(prometheus.Counter).Inc()
	m.duration.WithLabelValues(labels.route).Observe(took.Seconds())
}

func (m *metrics) judged(r *Report) {
	m.reports.WithLabelValues(r.Probe, string(r.Status)).Inc()
	if r.Status == Pass {
		return
	}
	for _, c := range r.Checks {
		if c.Outcome == Fail {
			m.failures.WithLabelValues(r.Probe, c.Name).Inc()
		}
	}
}

// internalHandler serves what only the cluster may see.
func (s *Server) internalHandler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(s.metrics.registry, promhttp.HandlerOpts{
		MaxRequestsInFlight: 4, Timeout: readTimeout}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { s.serveHealth(w, nil) })
	mux.HandleFunc("GET /dependencies", s.serveDependencies)
	return mux
}

// serveDependencies asks whether Gafaelfawr answers, and says so with status
// 200 or 503. It is no readiness probe for Kubernetes: a Muster that is taken
// out of service could not report what is wrong.
func (s *Server) serveDependencies(w http.ResponseWriter, r *http.Request) {
	version, err := s.upstream.version(r.Context())
	if err != nil {
		writeJSON(w, http.StatusServiceUnavailable, map[string]any{"gafaelfawr": map[string]any{"reachable": false, "message": err.Error()}})
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"gafaelfawr": map[string]any{"reachable": true, "version": version}})
}
