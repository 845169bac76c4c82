package runner

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"runtime/debug"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/lsst-sqre/muster/muster/daemon"
	"github.com/lsst-sqre/muster/muster/gafaelfawr"
)

// Limits of the two ports.
const (
	bodyLimit       = 64 << 10 // bytes
	connectionLimit = 512
	writeTimeout    = 30 * time.Second
	// keepAlive is how long a connection may be silent while a run goes on:
	// ingress-nginx gives an application up after 60 s.
	keepAlive = 15 * time.Second
)

// What the end of a runner may take is answering and then telling. The chart's
// terminationGracePeriodSeconds must be more than the two.

// answering is how long it takes at most until whoever waits for a run has the
// answer: the suite is stopped, what it left is revoked, the process that does so
// is stopped, each within the grace, and the run is kept.
func (c Config) answering() time.Duration { return 3*c.killGrace + storeTimeout + daemon.DrainTimeout }

// telling is how long observers may need after that: a message of the webhook is
// on its way, what it says is kept before it, after it and at the end, and Sentry
// gets its last events.
const telling = postTimeout + 3*storeTimeout + sentryTimeout

// Serve answers on public, and on internal (health and metrics, for the cluster
// only) unless it is nil, and runs what the schedule asks for, until ctx ends.
// Then the run under way is stopped, its waiters get their answer, observers send
// what is on its way, and Serve returns nil. It closes both listeners, and can be
// called once.
func (r *Runner) Serve(ctx context.Context, public, internal net.Listener) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		<-ctx.Done()
		r.stop(errStopped)
		return nil
	})
	delivering, stop := context.WithCancel(context.WithoutCancel(ctx))
	var delivery sync.WaitGroup
	delivery.Go(func() { r.own.deliver(delivering) })
	defer func() { stop(); delivery.Wait() }() // the last run has ended
	r.work.Go(func() {
		if r.suiteSlot.Acquire(r.running, 1) == nil { // else the next start does it
			defer r.suiteSlot.Release(1)
			r.revokeLeftovers(r.running)
		}
	})
	group.Go(func() error {
		return daemon.Server{
			Public: r.handler(), Internal: r.internalHandler(), Connections: connectionLimit,
			WriteTimeout: writeTimeout, Grace: r.cfg.answering(), Log: r.log,
		}.Serve(ctx, public, internal)
	})
	group.Go(func() error {
		r.schedule(ctx)
		return nil
	})
	err := group.Wait()
	r.work.Wait()
	return err
}

// internalHandler serves what only the cluster may see.
func (r *Runner) internalHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		daemon.WriteJSON(w, http.StatusOK, map[string]string{"status": "healthy"})
	})
	mux.Handle("GET /metrics", r.own.metrics())
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

// logged writes the access line, and turns a panic into an answer. What is
// answered changes with every run: it is for this asker, unless the answer says
// more.
func (r *Runner) logged(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		x := &exchange{ResponseWriter: w}
		id, start := daemon.RequestID(q), r.now()
		h := w.Header()
		h.Set("X-Request-Id", id)
		h.Set("Cache-Control", "no-store")
		h.Set("X-Content-Type-Options", "nosniff")
		defer func() {
			if cause := recover(); cause != nil {
				r.log.Error("panic while answering", "request_id", id, "cause", fmt.Sprint(cause), "stack", string(debug.Stack()))
				if x.status != 0 {
					panic(http.ErrAbortHandler) // a torn answer must look torn
				}
				daemon.WriteDetail(x, http.StatusInternalServerError,
					"Internal error of the runner; its log has more under the request id "+id)
			}
			r.log.Info("request", "request_id", id, "method", q.Method, "path", q.URL.Path, "status", x.status,
				"bytes", x.bytes, "duration_us", r.now().Sub(start).Microseconds(), "client", q.RemoteAddr,
				"user", q.Header.Get(gafaelfawr.HeaderUser))
		}()
		next.ServeHTTP(x, q)
	})
}

// writeDetails answers 422 as mobu's framework does.
func writeDetails(w http.ResponseWriter, details ...gafaelfawr.Detail) {
	daemon.WriteJSON(w, http.StatusUnprocessableEntity, map[string]any{"detail": details})
}
