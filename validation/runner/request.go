package runner

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/lsst-sqre/muster/muster/daemon"
	"github.com/lsst-sqre/muster/muster/gafaelfawr"
)

// options are what the query of POST /run says.
type options struct {
	runRequest
	// output asks for what the checks printed.
	output bool
	// mobu tells that the asker sent mobu's body, and knows mobu's members.
	mobu bool
	// joined tells that the run was under way.
	joined bool
}

// choices are the parameters of the query and their values, the default first;
// run may have any.
var choices = map[string][]string{
	"run":    nil,
	"busy":   {"join", "refuse"},
	"leave":  {"continue", "stop"},
	"output": {"false", "true"},
}

// readOptions reads the query, and says in one sentence each what is wrong.
func readOptions(query url.Values) (o options, wrong []gafaelfawr.Detail) {
	bad := func(name, format string, args ...any) {
		wrong = append(wrong, gafaelfawr.Detail{
			Type: "value_error", Loc: []any{"query", gafaelfawr.Redact(name)}, Message: gafaelfawr.Redact(fmt.Sprintf(format, args...)),
		})
	}
	for name, values := range query {
		allowed, known := choices[name]
		switch {
		case !known:
			bad(name, "%q is not a parameter; known are run, busy, leave and output", name)
		case len(values) != 1:
			bad(name, "%q is given more than once", name)
		case allowed != nil && !slices.Contains(allowed, values[0]):
			bad(name, "%q is not one of %s", values[0], strings.Join(allowed, ", "))
		}
	}
	pattern := query.Get("run")
	if err := checkPattern(pattern); err != nil {
		bad("run", "%v", err)
	}
	o.trigger, o.pattern = OnRequest, pattern
	o.exclusive, o.detached, o.output = query.Get("busy") == "refuse", query.Get("leave") != "stop", query.Get("output") == "true"
	return o, wrong
}

// serveAsk is POST /run: it runs the validation once, and answers with the
// result. Its status is 200 whether the run passes or fails, as mobu's is.
func (r *Runner) serveAsk(w http.ResponseWriter, q *http.Request) {
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

// refuse says why a run could not be begun.
func (r *Runner) refuse(w http.ResponseWriter, err error) {
	if busy, ok := errors.AsType[*busyError](err); ok {
		w.Header().Set("Location", r.cfg.PathPrefix+"/runs/"+busy.run.ID)
		daemon.WriteJSON(w, http.StatusConflict,
			map[string]string{"detail": "cannot start: " + err.Error(), "id": busy.run.ID})
		return
	}
	daemon.WriteDetail(w, http.StatusServiceUnavailable, "cannot start: "+err.Error())
}

// clearDeadlines takes the server's deadlines off a request that waits for a run.
func clearDeadlines(w http.ResponseWriter) *http.ResponseController {
	control := http.NewResponseController(w)
	// Neither fails with net/http's own server.
	_ = control.SetReadDeadline(time.Time{})
	_ = control.SetWriteDeadline(time.Time{})
	return control
}

// await answers when the run has ended. While it goes on line ends are sent,
// which JSON allows in front of a value: no proxy gives up, and one that does
// is noticed.
func (r *Runner) await(w http.ResponseWriter, q *http.Request, a *active, o options) {
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

// send writes at once, and reports whether that was possible. Somebody who
// does not read is no asker.
func send(w io.Writer, control *http.ResponseController, text string) bool {
	_ = control.SetWriteDeadline(time.Now().Add(writeTimeout)) // see clearDeadlines
	_, err := io.WriteString(w, text)
	return err == nil && control.Flush() == nil
}

// resultOf is the answer for a run that ended.
func (r *Runner) resultOf(a *active, o options) result {
	r.mu.Lock()
	run, changes := a.Run, a.changes
	r.mu.Unlock()
	_, k, _, ok := r.history.get(run.ID)
	answer := r.answer(&run, nil, o.output)
	if ok {
		answer.Changes = &k.changes
	}
	answer.Joined = o.joined
	if o.mobu {
		answer.mobuResult = mobuAnswer(&run, changes)
	}
	return answer
}
