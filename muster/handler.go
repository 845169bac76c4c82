package muster

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/lsst-sqre/muster/muster/daemon"
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
	// asks routes may ask Gafaelfawr, and wait for it.
	asks bool
	// verbatim routes answer exactly as Python Muster does, header lines
	// included.
	verbatim bool
	doc      routeDoc
	count    routeCount
}

// turns bound how many do the same at once.
type turns chan struct{}

func (t turns) giveBack() { <-t }

// tryTake reports whether there was a turn to take.
func (t turns) tryTake() bool {
	select {
	case t <- struct{}{}:
		return true
	default:
		return false
	}
}

// exchange is one request, its answer, and what is found out on the way. It is
// the http.ResponseWriter of the route.
type exchange struct {
	*http.Request
	http.ResponseWriter
	head      head    // empty if nobody recorded it
	member    *member // the connection; nil without a socket
	requestID string
	ids       [1]string // the same, as a header value
	route     *route
	verdict   Status // of a probe; empty otherwise

	start         time.Time
	took          time.Duration
	status, bytes int
	held          int   // bytes that the connection holds for this exchange
	big, asking   turns // of which the exchange has one; nil: none
	written       bool
}

// ServeHTTP answers one request: it finds the route, bounds what runs, logs,
// counts, and turns a panic into an answer.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := s.begin(w, r)
	defer s.finish(x)
	defer s.inFlight.Add(-1)
	s.inFlight.Add(1)
	if s.refuse(x) || !discardBody(x) {
		return
	}
	if !x.route.verbatim {
		w.Header()["X-Request-Id"] = x.ids[:]
	}
	defer x.yield()
	if s.takeTurns(x) {
		x.route.serve(x, x)
	}
}

// begin makes the exchange, of which the connection's recorder knows the head.
func (s *Server) begin(w http.ResponseWriter, r *http.Request) *exchange {
	x := &exchange{Request: r, ResponseWriter: w, requestID: daemon.RequestID(r), route: s.routes[r.URL.Path], start: s.now(), status: http.StatusOK}
	if x.route == nil {
		x.route = s.unknown(r.URL.Path)
	}
	x.ids[0] = x.requestID
	if c := recorderOf(r); c != nil {
		var lost bool
		if x.head, lost = c.take(r); lost {
			w.Header().Set("Connection", "close")
		}
		x.member, x.held = c.member, x.head.held
	}
	return x
}

// takeTurns waits for those that the exchange needs. It answers itself, and
// returns false, if too many wait for Gafaelfawr.
func (s *Server) takeTurns(x *exchange) bool {
	if x.held > 0 { // its head is big
		select {
		case s.big <- struct{}{}:
			x.big = s.big
		case <-x.member.away:
			panic(http.ErrAbortHandler) // those who work wait for this one to leave
		}
	}
	x.member.work()
	if x.route.asks {
		if !s.asking.tryTake() {
			x.Header().Set("Retry-After", "1")
			daemon.WriteDetail(x, http.StatusServiceUnavailable, "Too many requests wait for Gafaelfawr; try again in a second")
			return false
		}
		x.asking = s.asking
	}
	return true
}

// refuse answers, and returns true, if the request is none for this server.
func (s *Server) refuse(x *exchange) bool {
	if x.head.fault != "" {
		daemon.WriteDetail(x, http.StatusBadRequest, "The head of the request is ambiguous: "+x.head.fault)
		return true
	}
	if x.Method == http.MethodConnect {
		// A proxy in front would take a 200 of a probe for a tunnel.
		x.Header().Set("Connection", "close")
		daemon.WriteDetail(x, http.StatusMethodNotAllowed, "Method Not Allowed")
		return true
	}
	if x.route.methods != nil && !slices.Contains(x.route.methods, x.Method) {
		x.Header().Set("Allow", strings.Join(x.route.methods, ", "))
		daemon.WriteDetail(x, http.StatusMethodNotAllowed, "Method Not Allowed")
		return true
	}
	return false
}

// discardBody reads a body and forgets it, so that the connection can be used
// again. It answers itself, and returns false, if there is too much.
func discardBody(x *exchange) bool {
	r := x.Request
	if r.Body == nil || r.Body == http.NoBody {
		return true
	}
	if _, err := io.Copy(io.Discard, http.MaxBytesReader(x.ResponseWriter, r.Body, bodyLimit)); err != nil {
		if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
			daemon.WriteDetail(x, http.StatusRequestEntityTooLarge, fmt.Sprintf("The body has more than %d bytes, which nothing here reads", bodyLimit))
			return false
		}
		if errors.Is(err, net.ErrClosed) {
			panic(http.ErrAbortHandler) // it was sent away, and nobody is left to be answered
		}
		daemon.WriteDetail(x, http.StatusBadRequest, "The body could not be read")
		return false
	}
	return true
}

// finish recovers from a panic, writes the access line and counts.
func (s *Server) finish(x *exchange) {
	if cause := recover(); cause != nil {
		if cause == http.ErrAbortHandler { //nolint:errorlint // a panic's value is not wrapped
			panic(cause)
		}
		s.log.Error("panic while answering", "request_id", x.requestID, "route", x.route.label,
			"cause", fmt.Sprint(cause), "stack", string(debug.Stack()))
		if x.written {
			panic(http.ErrAbortHandler) // a torn answer must look torn
		}
		daemon.WriteDetail(x, http.StatusInternalServerError, "Internal error of Muster; its log has more under the request id "+x.requestID)
	}
	x.member.hold(-x.held)
	end := s.now()
	x.took = end.Sub(x.start)
	s.metrics.observe(x)
	level := slog.LevelInfo
	if x.route.quiet {
		level = slog.LevelDebug
	}
	if !s.log.Enabled(x.Context(), level) {
		return
	}
	attrs := [...]slog.Attr{
		slog.String("request_id", x.requestID),
		slog.String("method", gafaelfawr.Excerpt(x.Method, textLimit)),
		slog.String("path", gafaelfawr.Excerpt(x.URL.Path, textLimit)), // never the query: it may hold a secret
		slog.Int("status", x.status),
		slog.Int("bytes", x.bytes),
		slog.Int64("duration_us", x.took.Microseconds()),
		slog.String("client", peerAddress(x.Request)),
		slog.String("user", gafaelfawr.Excerpt(x.Request.Header.Get(gafaelfawr.HeaderUser), textLimit)),
		slog.String("verdict", string(x.verdict)),
	}
	s.log.LogAttrs(x.Context(), level, "request", attrs[:]...)
}

// WriteHeader notes the status.
func (x *exchange) WriteHeader(status int) {
	if !x.written {
		x.status, x.written = status, true
	}
	x.ResponseWriter.WriteHeader(status)
}

// yield ends the server's part of the exchange: a client that is slow to read
// keeps nobody else from their turn.
func (x *exchange) yield() {
	x.member.wait(x.start)
	if x.big != nil {
		x.big.giveBack()
		x.big = nil
	}
	if x.asking != nil {
		x.asking.giveBack()
		x.asking = nil
	}
}

// Write counts the bytes.
func (x *exchange) Write(p []byte) (int, error) {
	if !x.written {
		x.WriteHeader(http.StatusOK)
	}
	if len(p) > smallAnswer {
		x.held += len(p)
		x.member.hold(len(p))
	}
	x.yield() // now it is the client's turn, to read
	n, err := x.ResponseWriter.Write(p)
	x.bytes += n
	return n, err
}

// smallAnswer in bytes is what the buffers of net/http and of the kernel take,
// so that no slow reader makes the server hold it.
const smallAnswer = 8 << 10

// oneLine is text with all white space made single spaces.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// textLimit in characters bounds text of a request or of Gafaelfawr that is shown.
const textLimit = 1 << 10

// Header is that of the answer; the request's is x.Request.Header.
func (x *exchange) Header() http.Header { return x.ResponseWriter.Header() }
