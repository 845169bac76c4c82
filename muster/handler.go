package muster

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
)

// route is one path of the server.
type route struct {
	// path is whole, prefix included. Paths are compared as they are: what an
	// ingress took for another path (//, .., encoded slashes) is not found here.
	path string
	// label names the route in metrics and logs.
	label string
	// methods allowed; nil: all.
	methods []string
	serve   func(http.ResponseWriter, *exchange)
	// quiet routes are logged at level DEBUG: the cluster asks them all day.
	quiet bool
	// verbatim routes answer exactly as Python Muster does, header lines
	// included.
	verbatim bool
	doc      routeDoc
}

// exchange is one request and what is found out about it while it is answered.
type exchange struct {
	*http.Request
	requestID string
	route     *route
	verdict   Status // of a probe; empty otherwise
}

// ServeHTTP answers one request: it finds the route, bounds what runs, logs,
// counts, and turns a panic into an answer.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	start := s.now()
	rec := &responseRecorder{ResponseWriter: w, status: http.StatusOK}
	x := &exchange{Request: r, requestID: requestID(r), route: s.routes[r.URL.Path]}
	if x.route == nil {
		x.route = s.unknown(r.URL.Path)
	}
	if lostTrack(r) {
		rec.Header().Set("Connection", "close")
	}
	defer s.finish(rec, x, start)
	select {
	case s.inFlight <- struct{}{}:
		defer func() { <-s.inFlight }()
	default:
		rec.Header().Set("Retry-After", "1")
		writeDetail(rec, http.StatusServiceUnavailable, "Too many requests at once; try again in a second")
		return
	}
	if x.route.methods != nil && !slices.Contains(x.route.methods, r.Method) {
		rec.Header().Set("Allow", strings.Join(x.route.methods, ", "))
		writeDetail(rec, http.StatusMethodNotAllowed, "Method Not Allowed")
		return
	}
	if !discardBody(rec, r) {
		return
	}
	if !x.route.verbatim {
		rec.Header().Set("X-Request-Id", x.requestID)
	}
	x.route.serve(rec, x)
}

// discardBody reads a body and forgets it, so that the connection can be used
// again. It answers itself, and returns false, if there is too much.
func discardBody(w http.ResponseWriter, r *http.Request) bool {
	if r.Body == nil || r.Body == http.NoBody {
		return true
	}
	if _, err := io.Copy(io.Discard, http.MaxBytesReader(w, r.Body, bodyLimit)); err != nil {
		if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
			writeDetail(w, http.StatusRequestEntityTooLarge, fmt.Sprintf("The body has more than %d bytes, which nothing here reads", bodyLimit))
			return false
		}
		writeDetail(w, http.StatusBadRequest, "The body could not be read")
		return false
	}
	return true
}

// finish recovers from a panic, writes the access line and counts.
func (s *Server) finish(w *responseRecorder, x *exchange, start time.Time) {
	if cause := recover(); cause != nil {
		s.log.Error("panic while answering", "request_id", x.requestID, "route", x.route.label,
			"cause", fmt.Sprint(cause), "stack", string(debug.Stack()))
		if w.written {
			panic(http.ErrAbortHandler) // a torn answer must look torn
		}
		writeDetail(w, http.StatusInternalServerError, "Internal error of Muster; its log has more under the request id "+x.requestID)
	}
	took := s.now().Sub(start)
	s.metrics.observe(x, w.status, took)
	level := slog.LevelInfo
	if x.route.quiet {
		level = slog.LevelDebug
	}
	if !s.log.Enabled(x.Context(), level) {
		return
	}
	attrs := [...]slog.Attr{
		slog.String("request_id", x.requestID),
		slog.String("method", x.Method),
		slog.String("path", x.URL.Path), // never the query: it may hold a secret
		slog.Int("status", w.status),
		slog.Int("bytes", w.bytes),
		slog.Float64("duration_ms", float64(took.Microseconds())/1000),
		slog.String("client", peerAddress(x.Request)),
		slog.String("user", x.Header.Get(gafaelfawr.HeaderUser)),
		slog.String("verdict", string(x.verdict)),
	}
	used := attrs[:]
	if x.verdict == "" {
		used = attrs[:len(attrs)-1]
	}
	s.log.LogAttrs(x.Context(), level, "request", used...)
}

// responseRecorder notes what was answered.
type responseRecorder struct {
	http.ResponseWriter
	status, bytes int
	written       bool
}

// WriteHeader notes the status.
func (w *responseRecorder) WriteHeader(status int) {
	if !w.written {
		w.status, w.written = status, true
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write counts the bytes.
func (w *responseRecorder) Write(p []byte) (int, error) {
	w.written = true
	n, err := w.ResponseWriter.Write(p)
	w.bytes += n
	return n, err
}

// Unwrap is for http.ResponseController.
func (w *responseRecorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

var requestIDPattern = regexp.MustCompile(`\A[A-Za-z0-9._-]{1,128}\z`)

// requestID is the ingress's own, so that its log and ours can be joined, or a
// new one.
func requestID(r *http.Request) string {
	if id := r.Header.Get("X-Request-Id"); requestIDPattern.MatchString(id) {
		return id
	}
	return randomHex(16)
}

// lostTrack reports that the connection's next requests could not be recorded:
// it must end with this one.
func lostTrack(r *http.Request) bool {
	c, ok := r.Context().Value(recorderKey{}).(*recorder)
	if !ok {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.lost
}
