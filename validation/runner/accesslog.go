package runner

import (
	"fmt"
	"net/http"
	"runtime/debug"

	"github.com/lsst-sqre/muster/muster/daemon"
	"github.com/lsst-sqre/muster/muster/gafaelfawr"
)

// logged writes the access line and turns a panic into an answer. An answer
// changes with every run and is for one client, unless it says more.
func (r *web) logged(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		x := &daemon.Recorder{ResponseWriter: w}
		id, start := daemon.RequestID(q), r.now()
		h := w.Header()
		h.Set("X-Request-Id", id)
		h.Set("Cache-Control", "no-store")
		h.Set("X-Content-Type-Options", "nosniff")
		defer func() {
			if cause := recover(); cause != nil {
				r.log.Error("panic while answering", "request_id", id, "cause", fmt.Sprint(cause), "stack", string(debug.Stack()))
				if x.Status != 0 {
					panic(http.ErrAbortHandler) // a torn answer must look torn
				}
				daemon.WriteDetail(x, http.StatusInternalServerError,
					"Internal error of the runner; its log has more under the request id "+id)
			}
			r.log.Info("request", "request_id", id, "method", q.Method, "path", q.URL.Path, "status", x.Status,
				"bytes", x.Bytes, "duration_us", r.now().Sub(start).Microseconds(), "client", q.RemoteAddr,
				"user", q.Header.Get(gafaelfawr.HeaderUser))
		}()
		next.ServeHTTP(x, q)
	})
}
