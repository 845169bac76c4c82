// Package muster is a small server that stands behind the ingresses of a
// Phalanx deployment and reports what reached it: one probe for each way in
// which Gafaelfawr can protect an application. Each probe answers JSON to
// programs and a page to people, and checks what an application can see of its
// ingress: the caller's credentials were removed, the identity was added, and a
// delegated token is as requested.
//
// Where to look:
//
//	server.go, config.go       start, stop, limits; environment variables
//	routes.go, probes.go       the paths; the probes, and the GafaelfawrIngress of each
//	exchange.go, handler.go    one request and its answer; from start to log
//	inbound.go                 what arrived: the sighting, without secrets
//	checklist.go               the checks of the headers
//	delegation.go, upstream.go the checks that ask Gafaelfawr; how it is asked
//	report.go, reporter.go     the JSON report; how it is made
//	pages.go, templates/       HTML
//	index.go, python.go        what Python Muster answers, too
//	openapi.go, metrics.go     descriptions for programs; Prometheus
package muster

import (
	"context"
	"log/slog"
	"net"
	"net/http"

	"golang.org/x/sync/semaphore"

	"github.com/lsst-sqre/muster/muster/daemon"
)

const (
	// connections is how many public connections may be open at once. Each worker
	// of ingress-nginx keeps some idle ones.
	connections = 256
	// bodyLimit in bytes of a request body. The suite sends 2 MB to find nginx's own limit.
	bodyLimit = 4 << 20
)

// Server answers for all probes. Make one with New.
type Server struct {
	cfg         Config
	log         *slog.Logger
	reporter    *reporter
	pages       *pages
	metrics     *metrics
	routes      map[string]*route
	upstreamSem *semaphore.Weighted
}

// New makes a server. Zero fields of cfg stand for their defaults; a bad value
// is an error that names its environment variable.
func New(cfg Config, log *slog.Logger) (*Server, error) {
	cfg = cfg.withDefaults()
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	for _, name := range cfg.ignored {
		log.Warn("this variable has no effect on this server", "name", name)
	}
	up, err := newUpstream(cfg)
	if err != nil {
		return nil, err
	}
	counts := newMetrics(cfg)
	reports := &reporter{
		about:  About{Name: cfg.Name, Version: cfg.Version, Instance: daemon.RandomHex(8)},
		probes: Probes(cfg.Scope), upstream: up, metrics: counts, log: log,
	}
	html := newPages(cfg, reports)
	return &Server{
		cfg: cfg, log: log, reporter: reports, pages: html, metrics: counts, routes: newRoutes(cfg, reports, html),
		upstreamSem: semaphore.NewWeighted(upstreamRequests),
	}, nil
}

// Serve answers on public, and on internal (health and metrics, for the cluster only)
// unless it is nil, until ctx ends. Then it accepts nothing more, lets open requests
// finish within a few seconds, and returns nil. It closes both listeners.
func (s *Server) Serve(ctx context.Context, public, internal net.Listener) error {
	inside := http.NewServeMux()
	inside.Handle("GET /metrics", s.metrics.handler())
	inside.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { serveHealth(w, nil) })
	return daemon.Server{
		Public: s, Internal: inside, Connections: connections,
		WriteTimeout: daemon.ReadTimeout + s.cfg.Timeout,
		Grace:        daemon.DrainTimeout + s.cfg.Timeout,
		Log:          s.log,
	}.Serve(ctx, public, internal)
}
