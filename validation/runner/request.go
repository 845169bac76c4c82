package runner

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/lsst-sqre/muster/muster/daemon"
)

// serveAsk handles POST /run: it runs the validation once and answers with the
// result. Like mobu's, its status is 200 whether the run passes or fails.
func (r *web) serveAsk(w http.ResponseWriter, q *http.Request) {
	o, wrong := readOptions(q.URL.Query())
	body, err := io.ReadAll(http.MaxBytesReader(w, q.Body, bodyLimit))
	if err != nil {
		if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
			daemon.WriteDetail(w, http.StatusRequestEntityTooLarge, fmt.Sprintf("The body has more than %d bytes", bodyLimit))
			return
		}
		daemon.WriteDetail(w, http.StatusBadRequest, "The body could not be read")
		return
	}
	if o.mobu = len(body) > 0; o.mobu {
		wrong = append(wrong, mobuBody(body)...)
	}
	if len(wrong) > 0 {
		writeDetails(w, wrong...)
		return
	}
	a, joined, err := r.begin(o.runRequest)
	if err != nil {
		r.refuse(w, err)
		return
	}
	defer r.leave(a)
	o.joined = joined
	if wantsStream(q) {
		r.follow(w, q, a, o)
		return
	}
	r.await(w, q, a, o)
}

// refuse says why a run could not start.
func (r *web) refuse(w http.ResponseWriter, err error) {
	if busy, ok := errors.AsType[*busyError](err); ok {
		w.Header().Set("Location", r.cfg.PathPrefix+"/runs/"+busy.run.ID)
		daemon.WriteJSON(w, http.StatusConflict,
			map[string]string{"detail": "cannot start: " + err.Error(), "id": busy.run.ID})
		return
	}
	daemon.WriteDetail(w, http.StatusServiceUnavailable, "cannot start: "+err.Error())
}

// await answers when the run has ended. Meanwhile it sends line ends, which
// JSON allows before a value. So no proxy gives up, and a client that does is
// noticed.
func (r *web) await(w http.ResponseWriter, q *http.Request, a *active, o options) {
	control := clearDeadlines(w)
	pulse := time.NewTicker(keepAlive)
	defer pulse.Stop()
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("X-Accel-Buffering", "no")
	for {
		select {
		case <-a.ended:
			_, _ = w.Write(append(daemon.JSON(r.resultOf(a, o)), '\n')) //nolint:gosec // it is JSON, and its type says so
			return
		case <-q.Context().Done():
			return
		case <-pulse.C:
			if !send(w, control, "\n") {
				return
			}
		}
	}
}
