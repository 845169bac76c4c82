package muster

import (
	"net/http"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/lsst-sqre/muster/muster/daemon"
)

// metrics counts what the server does, in a registry of its own, so that two
// servers in one process do not meet.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
	reports  *prometheus.CounterVec
	failures *prometheus.CounterVec

	// What is counted with every request is looked up once.
	passed  map[string]prometheus.Counter // by probe
	unknown routeCount
}

// routeCount is what is counted of one route.
type routeCount struct {
	duration prometheus.Observer
	usual    prometheus.Counter // of GET with status 200
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
		func() float64 { return float64(s.inFlight.Load()) })
	open := prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "muster_connections", Help: "Connections that are open."},
		func() float64 { return s.ofCrowd((*crowd).open) })
	sentAway := prometheus.NewCounterFunc(prometheus.CounterOpts{
		Name: "muster_connections_sent_away_total", Help: "Connections closed because others needed the room."},
		func() float64 { return s.ofCrowd(func(c *crowd) int { return int(c.sentAway.Load()) }) })
	m.registry.MustRegister(m.requests, m.duration, m.reports, m.failures, about, inFlight, open, sentAway,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.passed = map[string]prometheus.Counter{}
	for _, p := range s.probes { // a rate needs a first value
		m.passed[p.Name] = m.reports.WithLabelValues(p.Name, string(Pass))
		m.reports.WithLabelValues(p.Name, string(Fail))
	}
	m.unknown = m.route(unknownLabel)
	return m
}

// ofCrowd is a number of the public listener's crowd, 0 before there is one.
func (s *Server) ofCrowd(number func(*crowd) int) float64 {
	if c := s.crowd.Load(); c != nil {
		return float64(number(c))
	}
	return 0
}

// knownMethods keeps a client from making labels.
var knownMethods = map[string]bool{
	http.MethodGet: true, http.MethodHead: true, http.MethodPost: true, http.MethodPut: true,
	http.MethodPatch: true, http.MethodDelete: true, http.MethodOptions: true,
}

func (m *metrics) route(label string) routeCount {
	return routeCount{m.duration.WithLabelValues(label), m.requests.WithLabelValues(label, http.MethodGet, "200")}
}

func (m *metrics) observe(x *exchange) {
	count, method := x.route.count, x.Method
	count.duration.Observe(x.took.Seconds())
	if method == http.MethodGet && x.status == http.StatusOK {
		count.usual.Inc()
		return
	}
	if !knownMethods[method] {
		method = "other"
	}
	m.requests.WithLabelValues(x.route.label, method, strconv.Itoa(x.status)).Inc()
}

func (m *metrics) judged(r *Report) {
	if r.Status == Pass {
		m.passed[r.Probe].Inc()
		return
	}
	m.reports.WithLabelValues(r.Probe, string(Fail)).Inc()
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
		MaxRequestsInFlight: 4, Timeout: daemon.ReadTimeout}))
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
		daemon.WriteJSON(w, http.StatusServiceUnavailable, map[string]any{"gafaelfawr": map[string]any{"reachable": false, "message": err.Error()}})
		return
	}
	daemon.WriteJSON(w, http.StatusOK, map[string]any{"gafaelfawr": map[string]any{"reachable": true, "version": version}})
}
