package runner

import (
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/lsst-sqre/muster/muster/daemon"
)

// wantsStream reports whether the client wants to see a run as it happens.
func wantsStream(q *http.Request) bool {
	return strings.Contains(q.Header.Get("Accept"), "text/event-stream")
}

// follow streams a run as server-sent events: run, then start and end for each
// check, then result with what POST /run answers otherwise. A late client gets
// all earlier events.
func (r *web) follow(w http.ResponseWriter, q *http.Request, a *active, o options) {
	control := clearDeadlines(w)
	streamHeaders(w)
	if q.Method == http.MethodHead {
		return
	}
	run, _ := r.look(a)
	if !send(w, control, event("run", r.summarize(&run, nil))) {
		return
	}
	r.eachChange(q, a, func(t step) bool {
		name := "start"
		if t.Outcome != "" {
			name = "end"
		}
		return send(w, control, event(name, t.Change))
	}, func() bool { return send(w, control, ": the run goes on\n\n") })
	select {
	case <-a.ended:
		send(w, control, event("result", r.resultOf(a, o)))
	default: // the client left
	}
}

// followEnded is follow for a run that has ended. A client that lost its
// connection just before the end asks again after it.
func followEnded(w http.ResponseWriter, answer result) {
	streamHeaders(w)
	_, _ = io.WriteString(w, event("result", answer)) //nolint:gosec // events are JSON in text/event-stream
}

func streamHeaders(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no") // nginx would keep the events to itself
}

func event(name string, data any) string {
	return "event: " + name + "\ndata: " + string(daemon.JSON(data)) + "\n\n"
}

// eachChange calls tell for every change of the run, past ones first, and quiet
// if nothing happens. It ends when the run has ended, the client leaves, or a
// function returns false.
func (r *Runner) eachChange(q *http.Request, a *active, tell func(step) bool, quiet func() bool) {
	pulse := time.NewTicker(keepAlive)
	defer pulse.Stop()
	for at := 0; ; {
		r.mu.Lock()
		changes, news := a.changes[at:], a.news
		r.mu.Unlock()
		for _, c := range changes {
			at++
			if !tell(c) {
				return
			}
		}
		if len(changes) > 0 {
			continue
		}
		select {
		case <-news:
		case <-a.ended:
			r.mu.Lock()
			over := at == len(a.changes)
			r.mu.Unlock()
			if over {
				return
			}
		case <-q.Context().Done():
			return
		case <-pulse.C:
			if !quiet() {
				return
			}
		}
	}
}

// clearDeadlines removes the server's deadlines from a request that waits for a
// run.
func clearDeadlines(w http.ResponseWriter) *http.ResponseController {
	control := http.NewResponseController(w)
	// Neither fails with net/http's own server.
	_ = control.SetReadDeadline(time.Time{})
	_ = control.SetWriteDeadline(time.Time{})
	return control
}

// send writes at once and reports whether that was possible. A client that does
// not read counts as gone.
func send(w io.Writer, control *http.ResponseController, text string) bool {
	_ = control.SetWriteDeadline(time.Now().Add(writeTimeout)) // see clearDeadlines
	_, err := io.WriteString(w, text)
	return err == nil && control.Flush() == nil
}
