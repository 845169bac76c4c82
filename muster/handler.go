package muster

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
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

// ServeHTTP answers one request: it finds the route, bounds what runs, logs,
// counts, and turns a panic into an answer.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := &exchange{Request: r, answer: &daemon.Recorder{ResponseWriter: w}, requestID: daemon.RequestID(r),
		route: findRoute(s.routes, r.URL), start: time.Now()}
	s.metrics.inFlight.Inc()
	defer s.metrics.inFlight.Dec()
	defer s.finish(x)
	if refuse(x) || x.Body != http.NoBody && !readBody(x) {
		return
	}
	if !x.route.verbatim {
		x.answer.Header().Set("X-Request-Id", x.requestID)
	}
	if x.route.callsUpstream {
		if waited := pause(x.Context(), x.URL.RawQuery); waited > 0 { // it takes no turn meanwhile
			x.answer.Header().Set(LaterHeader, waited.String())
		}
		ctx, cancel := context.WithTimeout(x.Context(), s.cfg.Timeout)
		defer cancel()
		if s.upstreamSem.Acquire(ctx, 1) != nil {
			x.answer.Header().Set("Retry-After", "1")
			daemon.WriteDetail(x.answer, http.StatusServiceUnavailable,
				"Too many requests wait for Gafaelfawr; try again in a second")
			return
		}
		defer s.upstreamSem.Release(1)
		x.Request = x.WithContext(ctx)
	}
	x.route.serve(x.answer, x)
}

// refuse answers a request whose method the route does not have, and reports
// whether it did.
func refuse(x *exchange) bool {
	switch {
	case x.Method == http.MethodConnect: // a proxy in front would take a probe's 200 for a tunnel
		x.answer.Header().Set("Connection", "close")
	case x.route.methods == nil || slices.Contains(x.route.methods, x.Method):
		return false
	default:
		x.answer.Header().Set("Allow", strings.Join(x.route.methods, ", "))
	}
	daemon.WriteDetail(x.answer, http.StatusMethodNotAllowed, "Method Not Allowed")
	return true
}

// readBody reads the body and forgets it but for length and digest, so that the
// connection can be used again. If there is too much, it answers and returns false.
func readBody(x *exchange) bool {
	digest := sha256.New()
	length, err := io.Copy(digest, http.MaxBytesReader(x.answer.ResponseWriter, x.Body, bodyLimit))
	if err == nil {
		if length > 0 {
			x.body = &Body{length, hex.EncodeToString(digest.Sum(nil))[:12]}
		}
		return true
	}
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		daemon.WriteDetail(x.answer, http.StatusRequestEntityTooLarge,
			fmt.Sprintf("The body has more than %d bytes", bodyLimit))
	} else {
		daemon.WriteDetail(x.answer, http.StatusBadRequest, "The body could not be read")
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
		if x.answer.Status != 0 {
			panic(http.ErrAbortHandler) // the client must see that the answer is incomplete
		}
		daemon.WriteDetail(x.answer, http.StatusInternalServerError, x.internalError())
	}
	took := time.Since(x.start)
	s.metrics.observe(x, took)
	level := slog.LevelInfo
	if x.route.quiet {
		level = slog.LevelDebug
	}
	s.log.LogAttrs(x.Context(), level, "request",
		slog.String("request_id", x.requestID),
		slog.String("method", gafaelfawr.Excerpt(x.Method, textLimit)),
		slog.String("path", gafaelfawr.Excerpt(x.URL.Path, textLimit)), // never the query: it may hold a secret
		slog.Int("status", x.answer.Status),
		slog.Int("bytes", x.answer.Bytes),
		slog.Int64("duration_us", took.Microseconds()),
		slog.String("client", daemon.PeerAddress(x.Request)),
		slog.String("user", gafaelfawr.Excerpt(x.Header.Get(gafaelfawr.HeaderUser), textLimit)),
		slog.String("report", string(x.report)))
}
