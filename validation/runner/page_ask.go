package runner

import (
	"errors"
	"net/http"

	"github.com/lsst-sqre/muster/validation/runner/history"
)

// servePageAsk starts a run when the button is pressed, or joins the one in
// progress, and redirects to its page.
func (r *web) servePageAsk(w http.ResponseWriter, q *http.Request) {
	q.Body = http.MaxBytesReader(w, q.Body, bodyLimit)
	back := r.cfg.PathPrefix + "/pages/runs"
	pattern := q.PostFormValue("run")
	if err := checkPattern(pattern); err != nil {
		r.message(w, q, http.StatusUnprocessableEntity, "No run was started",
			"The pattern cannot pick checks: "+err.Error()+
				". Use a regular expression such as TestQuota or ^TestLogin.", back, "All runs")
		return
	}
	a, _, err := r.begin(runRequest{trigger: history.OnRequest, pattern: pattern, detached: true})
	if err != nil {
		if busy, ok := errors.AsType[*busyError](err); ok {
			r.message(w, q, http.StatusConflict, "No run was started", "Another run is under way, for other checks.",
				r.pagePath(busy.run.ID), "Watch that run")
			return
		}
		r.message(w, q, http.StatusServiceUnavailable, "No run was started", err.Error(), back, "All runs")
		return
	}
	r.leave(a)
	http.Redirect(w, q, r.pagePath(a.ID), http.StatusSeeOther)
}
