package muster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/lsst-sqre/muster/muster/daemon"
	"github.com/lsst-sqre/muster/muster/gafaelfawr"
)

// textLimit in characters of a text that a client or Gafaelfawr sent, in the log
// and in a report's messages.
const textLimit = 1 << 10

// exchange is one request with its answer. It is the http.ResponseWriter of the
// route, and records what the access log shows.
type exchange struct {
	*http.Request
	http.ResponseWriter
	requestID string
	route     *route
	report    Status // of a probe; empty otherwise

	start         time.Time
	status, bytes int
}

// ServeHTTP answers one request: it finds the route, bounds what runs, logs,
// counts, and turns a panic into an answer.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := &exchange{Request: r, ResponseWriter: w, requestID: daemon.RequestID(r), start: s.now()}
	x.route = s.routes[r.URL.Path]
	if x.route == nil {
		x.route = &unknownRoute
	}
	s.metrics.inFlight.Inc()
	defer s.metrics.inFlight.Dec()
	defer s.finish(x)
	if refuse(x) || !discardBody(x) {
		return
	}
	if !x.route.verbatim {
		x.Header().Set("X-Request-Id", x.requestID)
	}
	if x.route.callsUpstream {
		ctx, cancel := context.WithTimeout(x.Context(), s.cfg.Timeout)
		defer cancel()
		if s.upstreamSem.Acquire(ctx, 1) != nil {
			x.Header().Set("Retry-After", "1")
			daemon.WriteDetail(x, http.StatusServiceUnavailable,
				"Too many requests wait for Gafaelfawr; try again in a second")
			return
		}
		defer s.upstreamSem.Release(1)
		x.Request = x.WithContext(ctx)
	}
	x.route.serve(x, x)
}

// refuse answers a request whose method the route does not have, and reports
// whether it did.
func refuse(x *exchange) bool {
	switch {
	case x.Method == http.MethodConnect: // a proxy in front would take a probe's 200 for a tunnel
		x.Header().Set("Connection", "close")
	case x.route.methods == nil || slices.Contains(x.route.methods, x.Method):
		return false
	default:
		x.Header().Set("Allow", strings.Join(x.route.methods, ", "))
	}
	daemon.WriteDetail(x, http.StatusMethodNotAllowed, "Method Not Allowed")
	return true
}

// discardBody reads the body and forgets it, so that the connection can be used
// again. If there is too much, it answers and returns false.
func discardBody(x *exchange) bool {
	_, err := io.Copy(io.Discard, http.MaxBytesReader(x.ResponseWriter, x.Body, bodyLimit))
	if err == nil {
		return true
	}
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		daemon.WriteDetail(x, http.StatusRequestEntityTooLarge,
			fmt.Sprintf("The body has more than %d bytes", bodyLimit))
	} else {
		daemon.WriteDetail(x, http.StatusBadRequest, "The body could not be read")
	}
	return false
}

// finish recovers from a panic, writes the access log and counts.
func (s *Server) finish(x *exchange) {
	if cause := recover(); cause != nil {
		if cause == http.ErrAbortHandler { //nolint:errorlint // a panic's value is not wrapped
			panic(cause)
		}
		s.log.Error("panic in a handler", "request_id", x.requestID, "route", x.route.label,
			"cause", fmt.Sprint(cause), "stack", string(debug.Stack()))
		if x.status != 0 {
			panic(http.ErrAbortHandler) // the client must see that the answer is incomplete
		}
		daemon.WriteDetail(x, http.StatusInternalServerError, internalError(x))
	}
	took := s.now().Sub(x.start)
	s.metrics.observe(x, took)
	level := slog.LevelInfo
	if x.route.quiet {
		level = slog.LevelDebug
	}
	s.log.LogAttrs(x.Context(), level, "request",
		slog.String("request_id", x.requestID),
		slog.String("method", gafaelfawr.Excerpt(x.Method, textLimit)),
		slog.String("path", gafaelfawr.Excerpt(x.URL.Path, textLimit)), // never the query: it may hold a secret
		slog.Int("status", x.status),
		slog.Int("bytes", x.bytes),
		slog.Int64("duration_us", took.Microseconds()),
		slog.String("client", peerAddress(x.Request)),
		slog.String("user", gafaelfawr.Excerpt(x.Request.Header.Get(gafaelfawr.HeaderUser), textLimit)),
		slog.String("report", string(x.report)))
}

// WriteHeader records the status.
func (x *exchange) WriteHeader(status int) {
	if x.status == 0 {
		x.status = status
	}
	x.ResponseWriter.WriteHeader(status)
}

// Write counts the bytes.
func (x *exchange) Write(p []byte) (int, error) {
	if x.status == 0 {
		x.WriteHeader(http.StatusOK)
	}
	n, err := x.ResponseWriter.Write(p)
	x.bytes += n
	return n, err
}

// Header is the header of the answer; the request's is x.Request.Header.
func (x *exchange) Header() http.Header { return x.ResponseWriter.Header() }
