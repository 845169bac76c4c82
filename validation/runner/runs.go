package runner

import (
	"net/http"
	"time"

	"github.com/lsst-sqre/muster/muster/daemon"
	"github.com/lsst-sqre/muster/validation/verdict"
)

func (r *web) serveRuns(w http.ResponseWriter, q *http.Request) {
	if daemon.AcceptsHTML(q) {
		http.Redirect(w, q, r.cfg.PathPrefix+"/pages/runs", http.StatusSeeOther)
		return
	}
	underWay, runs, storeErrors := r.everything()
	answer := struct {
		Schema int       `json:"schema"`
		Runs   []summary `json:"runs"`
		// StoreErrors are the store's errors, one sentence each.
		StoreErrors []string  `json:"store_errors,omitempty"`
		Next        time.Time `json:"next,omitzero"`
	}{Schema: answerSchema, Runs: []summary{}, StoreErrors: storeErrors, Next: r.nextRun()}
	for _, run := range underWay {
		answer.Runs = append(answer.Runs, r.summarize(&run, nil))
	}
	for _, k := range runs {
		answer.Runs = append(answer.Runs, r.summarize(&k.Run, &k.Changes))
	}
	daemon.WriteJSON(w, http.StatusOK, answer)
}

func (r *web) serveRun(w http.ResponseWriter, q *http.Request) {
	id := q.PathValue("id")
	if daemon.AcceptsHTML(q) {
		http.Redirect(w, q, r.pagePath(id), http.StatusSeeOther) //nolint:gosec // below a path of ours
		return
	}
	o := options{output: q.URL.Query().Get("output") == "true"}
	if a := r.find(id); a != nil && r.serveActive(w, q, a, o) {
		return
	}
	run, k, _, ok := r.history.Get(id)
	if !ok {
		daemon.WriteDetail(w, http.StatusNotFound, "Not Found")
		return
	}
	answer := r.answer(&run, &k.Changes, o.output)
	if wantsStream(q) {
		followEnded(w, answer)
		return
	}
	daemon.WriteJSON(w, http.StatusOK, answer)
}

// serveActive answers with the state of a run in progress. It returns false if
// the run has ended meanwhile.
func (r *web) serveActive(w http.ResponseWriter, q *http.Request, a *active, o options) bool {
	if wantsStream(q) {
		r.follow(w, q, a, o)
		return true
	}
	run, changes := r.look(a)
	if run.Report != nil {
		return false
	}
	daemon.WriteJSON(w, http.StatusOK, struct {
		Schema int `json:"schema"`
		summary
		Checks []verdict.Change `json:"checks"`
	}{answerSchema, r.summarize(&run, nil), stateOf(changes)})
	return true
}
