package daemon

import (
	"context"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net"
	"net/http"
	"time"

	"golang.org/x/net/netutil"
	"golang.org/x/sync/errgroup"
)

// Limits of the public listener.
const (
	// HeadLimit in bytes of one request head: what ingress-nginx lets through
	// (four buffers of 64 KiB and a first one of 1 KiB) and what it adds.
	HeadLimit = 320 << 10
	// headTimeout bounds how long a connection may take to send a request head.
	// The ingress controller sends it in one piece, so a client that needs longer
	// is slow on purpose or gone.
	headTimeout = 5 * time.Second
	// ReadTimeout bounds a whole request.
	ReadTimeout = 20 * time.Second
	// idleTimeout is above the 60 s for which ingress-nginx keeps an idle
	// connection. If the server closed it first, a request on its way would fail.
	idleTimeout = 75 * time.Second
	// DrainTimeout is how long open requests may take at the end, besides the
	// time for an answer.
	DrainTimeout = 5 * time.Second
)

// Limits of the internal listener. Health and metrics need small heads and no
// kept connections, so that it can have room for very many: silent connections
// must not keep the kubelet's probes from their answer.
const (
	internalHeadLimit   = 8 << 10
	internalConnections = 2048
)

// Server answers on the public and the internal listener of a daemon.
type Server struct {
	// Public answers requests from the ingress, Internal the probes and Prometheus.
	Public, Internal http.Handler
	// Connections is how many public ones may be open at once. Others wait until
	// one is closed.
	Connections int
	// WriteTimeout bounds a public answer, from the end of the request's head.
	WriteTimeout time.Duration
	// Grace is how long open requests may take when the daemon ends.
	Grace time.Duration
	Log   *slog.Logger
}

// Serve answers on public, and on internal unless that is nil, until ctx ends.
// Then it accepts nothing more, waits for open requests for Grace at most, and
// returns nil. It closes both listeners.
func (s Server) Serve(ctx context.Context, public, internal net.Listener) error {
	group, ctx := errgroup.WithContext(ctx)
	s.listen(ctx, group, s.publicServer(), limitHeads(netutil.LimitListener(public, s.Connections)))
	if internal != nil {
		s.listen(ctx, group, s.internalServer(), limitHeads(netutil.LimitListener(internal, internalConnections)))
	}
	return group.Wait()
}

func (s Server) publicServer() *http.Server {
	return &http.Server{
		Handler:           s.Public,
		ReadHeaderTimeout: headTimeout,
		ReadTimeout:       ReadTimeout,
		WriteTimeout:      s.WriteTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    HeadLimit,
		ConnState:         payHeads,
		ErrorLog:          s.errorLog(),
		// OPTIONS * is for the handler, like every other request.
		DisableGeneralOptionsHandler: true,
	}
}

func (s Server) internalServer() *http.Server {
	return &http.Server{
		Handler:           s.Internal,
		ReadHeaderTimeout: headTimeout,
		ReadTimeout:       headTimeout,
		WriteTimeout:      ReadTimeout,
		IdleTimeout:       headTimeout,
		MaxHeaderBytes:    internalHeadLimit,
		ConnState:         payHeads,
		ErrorLog:          s.errorLog(),
	}
}

func (s Server) errorLog() *log.Logger { return slog.NewLogLogger(s.Log.Handler(), slog.LevelWarn) }

// listen adds a server to the group, and its end when ctx ends.
func (s Server) listen(ctx context.Context, group *errgroup.Group, srv *http.Server, l net.Listener) {
	group.Go(func() error {
		if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	group.Go(func() error {
		<-ctx.Done()
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.Grace)
		defer cancel()
		if err := srv.Shutdown(ctx); err != nil {
			s.Log.Warn("requests still open at shutdown are cut off", "error", err)
			return srv.Close()
		}
		return nil
	})
}

// listen opens the listeners at MUSTER_ADDRESS and, unless it is empty, at
// MUSTER_INTERNAL_ADDRESS; internal is nil then. The error names the variable.
func listen(address, internalAddress string) (public, internal net.Listener, err error) {
	if public, err = net.Listen("tcp", address); err != nil {
		return nil, nil, fmt.Errorf("MUSTER_ADDRESS: %w", err)
	}
	if internalAddress == "" {
		return public, nil, nil
	}
	if internal, err = net.Listen("tcp", internalAddress); err != nil {
		_ = public.Close() // nothing was accepted
		return nil, nil, fmt.Errorf("MUSTER_INTERNAL_ADDRESS: %w", err)
	}
	return public, internal, nil
}
