package runner

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"time"

	"golang.org/x/net/netutil"
	"golang.org/x/sync/errgroup"

	"github.com/lsst-sqre/muster/muster/daemon"
	"github.com/lsst-sqre/muster/muster/gafaelfawr"
)

// Limits of the two ports.
const (
	headerLimit     = 320 << 10 // bytes: what ingress-nginx lets through
	bodyLimit       = 64 << 10  // bytes
	connectionLimit = 512
	readTimeout     = 20 * time.Second
	writeTimeout    = 30 * time.Second
	// idleTimeout is above the 60 s for which ingress-nginx keeps a connection.
	idleTimeout = 75 * time.Second
	// keepAlive is how long a connection may be silent while a run goes on:
	// ingress-nginx gives an application up after 60 s.
	keepAlive = 15 * time.Second
	// drainTimeout is what open requests get when everything has ended.
	drainTimeout = 5 * time.Second
)

// Serve answers on public, and on internal (health and metrics, for the cluster
// only) unless it is nil, and runs what the schedule asks for, until ctx ends.
// Then the run under way is stopped, its askers get their answer, and Serve
// returns nil. It closes both listeners, and can be called once.
func (r *Runner) Serve(ctx context.Context, public, internal net.Listener) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		<-ctx.Done()
		r.stop(errStopped)
		return nil
	})
	listen := func(h http.Handler, l net.Listener) {
		// The suite gets its grace twice: for itself and for its leftovers.
		daemon.Listen(ctx, group, r.httpServer(h), l, 2*r.cfg.grace+patience+drainTimeout, r.log)
	}
	r.work.Go(func() {
		r.alone.Lock()
		defer r.alone.Unlock()
		r.revokeLeftovers(r.running)
	})
	listen(r.handler(), netutil.LimitListener(public, connectionLimit))
	if internal != nil {
		listen(r.internalHandler(), netutil.LimitListener(internal, connectionLimit/16))
	}
	group.Go(func() error {
		r.schedule(ctx)
		return nil
	})
	err := group.Wait()
	r.work.Wait()
	return err
}

func (r *Runner) httpServer(h http.Handler) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: readTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    headerLimit,
		ErrorLog:          slog.NewLogLogger(r.log.Handler(), slog.LevelWarn),
	}
}

// internalHandler serves what only the cluster may see.
func (r *Runner) internalHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, map[string]string{"status": "healthy"})
	})
	if r.cfg.Metrics != nil {
		mux.Handle("GET /metrics", r.cfg.Metrics)
	}
	return mux
}

// exchange is one request, for the access line.
type exchange struct {
	http.ResponseWriter
	status, bytes int
}

// WriteHeader notes the status.
func (x *exchange) WriteHeader(status int) {
	if x.status == 0 {
		x.status = status
	}
	x.ResponseWriter.WriteHeader(status)
}

// Write counts the bytes.
func (x *exchange) Write(p []byte) (int, error) {
	if x.status == 0 {
		x.status = http.StatusOK
	}
	n, err := x.ResponseWriter.Write(p)
	x.bytes += n
	return n, err
}

// Unwrap lets http.ResponseController find the writer behind.
func (x *exchange) Unwrap() http.ResponseWriter { return x.ResponseWriter }

// logged writes the access line, and turns a panic into an answer.
func (r *Runner) logged(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		x := &exchange{ResponseWriter: w}
		id, start := requestID(q), r.now()
		w.Header().Set("X-Request-Id", id)
		defer func() {
			if cause := recover(); cause != nil {
				r.log.Error("panic while answering", "request_id", id, "cause", fmt.Sprint(cause), "stack", string(debug.Stack()))
				if x.status != 0 {
					panic(http.ErrAbortHandler) // a torn answer must look torn
				}
				writeDetail(x, http.StatusInternalServerError, "Internal error of the runner; its log has more under the request id "+id)
			}
			r.log.Info("request", "request_id", id, "method", q.Method, "path", q.URL.Path, "status", x.status, "bytes", x.bytes,
				"duration_us", r.now().Sub(start).Microseconds(), "client", q.RemoteAddr, "user", q.Header.Get(gafaelfawr.HeaderUser))
		}()
		next.ServeHTTP(x, q)
	})
}

// requestID is the ingress's own if it is fit to be repeated.
func requestID(q *http.Request) string {
	if id := q.Header.Get("X-Request-Id"); requestIDPattern.MatchString(id) && !gafaelfawr.LooksLikeToken(id) {
		return id
	}
	raw := make([]byte, 16)
	_, _ = rand.Read(raw) // crypto/rand.Read never fails since Go 1.24
	return hex.EncodeToString(raw)
}

// writeJSON answers with value. A value that cannot be encoded is a mistake in
// this package and panics.
func writeJSON(w http.ResponseWriter, status int, value any) {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(append(encode(value), '\n')) // the client went away; the access line has the bytes
}

// encode is the JSON of an answer, without secrets.
func encode(value any) []byte {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return guard(text)
}

// guard is the last gate: no answer has a token in it.
func guard(answer []byte) []byte {
	if !gafaelfawr.ContainsToken(answer) {
		return answer
	}
	return []byte(gafaelfawr.Redact(string(answer)))
}

// writeDetail answers with an error whose detail is plain text.
func writeDetail(w http.ResponseWriter, status int, detail string) {
	writeJSON(w, status, map[string]string{"detail": gafaelfawr.Redact(detail)})
}

// writeDetails answers 422 as mobu's framework does.
func writeDetails(w http.ResponseWriter, details ...gafaelfawr.Detail) {
	writeJSON(w, http.StatusUnprocessableEntity, map[string]any{"detail": details})
}
