// Package muster is a small server that stands behind the ingresses of a
// Phalanx deployment and reports what reached it: one probe for each way in
// which Gafaelfawr can protect an application. Each probe answers JSON to
// programs and a page to people, and verifies what an application can see of
// its ingress: that the caller's credentials were taken off, that the identity
// was put on, and that a delegated token is what was asked for.
package muster

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/lsst-sqre/muster/muster/daemon"
)

// Limits of the server. They hold for every client, whoever stands in between.
const (
	// lineLimit is how many lines a head may have: short ones cost net/http more
	// time than long ones.
	lineLimit = 2000
	// bodyLimit in bytes of a request body, which is read and forgotten. The suite
	// sends 2 MB to see whether the ingress lets more through than nginx's own
	// limit of 1 MiB, and this server must not be the one that refuses.
	bodyLimit = 4 << 20
	// askingLimit is how many requests may wait for Gafaelfawr at once. All other
	// work is done in no time, and bounded by the connections.
	askingLimit = 64
	// bigLimit is how many requests with a big head are worked on at once: report
	// and log line of one can take megabytes.
	bigLimit = 4
)

// publicLimit and internalLimit are the room of the two listeners. What a
// connection holds is counted as it was sent; with what is made of it, it takes
// up to about six times as much.
var (
	publicLimit   = crowdLimit{connections: 512, bytes: 8 << 20}
	internalLimit = crowdLimit{connections: 64, bytes: 8 << 20}
)

// Server answers for all probes. Make one with New.
type Server struct {
	cfg      Config
	log      *slog.Logger
	about    About
	probes   []Probe
	upstream *upstream
	metrics  *metrics
	pages    *pages
	routes   map[string]*route
	table    []*route // the same, in the order of the documentation
	inFlight atomic.Int64
	asking   turns
	big      turns
	crowd    atomic.Pointer[crowd]
	now      func() time.Time
}

// New makes a server. Zero fields of cfg stand for their defaults; a bad value
// is an error that names its environment variable. log may be nil.
func New(cfg Config, log *slog.Logger) (*Server, error) {
	cfg = cfg.withDefaults()
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	for _, name := range cfg.ignored {
		log.Warn("this variable has no effect on this server", "name", name)
	}
	up, err := newUpstream(cfg)
	if err != nil {
		return nil, err
	}
	s := &Server{
		cfg:      cfg,
		log:      log,
		about:    About{Name: cfg.Name, Version: cfg.Version, Instance: daemon.RandomHex(8)},
		probes:   Probes(cfg.Scope),
		upstream: up,
		asking:   make(turns, askingLimit),
		big:      make(turns, bigLimit),
		now:      time.Now,
	}
	if s.pages, err = newPages(cfg); err != nil {
		return nil, err
	}
	s.metrics = newMetrics(s)
	s.addRoutes()
	return s, nil
}

// Serve answers on public, and on internal (metrics, for the cluster only)
// unless it is nil, until ctx ends. Then it accepts nothing more, lets open
// requests finish within a few seconds, and returns nil. It closes both
// listeners.
func (s *Server) Serve(ctx context.Context, public, internal net.Listener) error {
	group, ctx := errgroup.WithContext(ctx)
	listen := func(h http.Handler, l net.Listener) {
		srv := s.httpServer(h)
		group.Go(func() error {
			if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
				return err
			}
			return nil
		})
		group.Go(func() error {
			<-ctx.Done()
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.cfg.Timeout+daemon.DrainTimeout)
			defer cancel()
			return errors.Join(srv.Shutdown(ctx), srv.Close())
		})
	}
	outside := newCrowd(public, publicLimit, s.log)
	s.crowd.Store(outside)
	listen(s, recordingListener{outside, daemon.HeadLimit})
	if internal != nil {
		listen(s.internalHandler(), newCrowd(internal, internalLimit, s.log))
	}
	return group.Wait()
}

func (s *Server) httpServer(h http.Handler) *http.Server {
	srv := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: daemon.ReadTimeout,
		ReadTimeout:       daemon.ReadTimeout,
		WriteTimeout:      daemon.ReadTimeout + s.cfg.Timeout,
		IdleTimeout:       daemon.IdleTimeout,
		MaxHeaderBytes:    daemon.HeadLimit,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelWarn),
	}
	srv.ConnContext, srv.ConnState = withRecorder, noteState
	// OPTIONS * is for the routes to refuse, like every other path.
	srv.DisableGeneralOptionsHandler = true
	return srv
}
