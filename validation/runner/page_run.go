package runner

import (
	"maps"
	"net/http"
	"slices"

	"github.com/lsst-sqre/muster/muster/daemon"
	"github.com/lsst-sqre/muster/validation/runner/history"
	"github.com/lsst-sqre/muster/validation/verdict"
)

func (r *web) servePageOfRun(w http.ResponseWriter, q *http.Request) {
	id := q.PathValue("id")
	if a := r.find(id); a != nil && r.servePageOfActive(w, q, a) {
		return
	}
	run, k, before, ok := r.history.Get(id)
	if !ok {
		r.message(w, q, http.StatusNotFound, "There is no such run",
			"It may have been too long ago: only the last runs are kept.", r.cfg.PathPrefix+"/pages/runs", "All runs")
		return
	}
	report := run.Report
	data := struct {
		daemon.Frame
		Run                runView
		Causes             []causeView
		Red, Green, Advice []checkView
		Blocked, Skipped   []groupView
		Output, JSON       string
		Facts              []factView
	}{Frame: r.frame(q, "Run of "+run.Started.UTC().Format(whenForm)), Run: r.view(&run,
		&k.Changes), JSON: r.cfg.PathPrefix + "/runs/" + id}
	if report.Verdict == verdict.Incomplete {
		data.Output = report.Output
	}
	runs := append([]*history.Stored{k}, before...)
	views := func(checks []*verdict.Check) (all []checkView) {
		for _, c := range checks {
			view := viewCheck(report, c, k, runs)
			view.Ask = r.cfg.PathPrefix + "/pages/run"
			all = append(all, view)
		}
		return all
	}
	data.Causes, data.Red = viewCauses(report, views)
	data.Green = views(report.With(verdict.OutcomePass))
	data.Advice = views(report.With(verdict.OutcomeAdvice))
	data.Blocked, data.Skipped = grouped(report, verdict.OutcomeBlocked), grouped(report, verdict.OutcomeSkip)
	for _, name := range slices.Sorted(maps.Keys(report.Facts)) {
		data.Facts = append(data.Facts, factView{name, report.Facts[name]})
	}
	r.render(w, http.StatusOK, "run", data)
}

// refreshAfter is when a page whose connection was lost is loaded again, in
// seconds. Browsers count from the end of the page, so not while it grows.
const refreshAfter = "30"

// servePageOfActive streams the page of the run in progress: without scripts, a
// growing page shows a run as it happens. Its last element loads the report. It
// returns false, and nothing was written, if the run has ended meanwhile.
func (r *web) servePageOfActive(w http.ResponseWriter, q *http.Request, a *active) bool {
	run, _ := r.look(a)
	if run.Report != nil {
		return false
	}
	data := struct {
		daemon.Frame
		Run  runView
		Here string
		Over bool
	}{Frame: r.frame(q, "A run is under way"), Run: r.view(&run, nil), Here: r.pagePath(a.ID)}
	data.Refresh = refreshAfter
	daemon.SetPageHeaders(w.Header(), true)
	w.Header().Set("X-Accel-Buffering", "no")
	if q.Method == http.MethodHead {
		return true
	}
	control := clearDeadlines(w)
	if !send(w, control, r.pages.text("live-top", data)) {
		return true
	}
	r.eachChange(q, a, func(s step) bool {
		if s.Outcome == "" || s.Outcome == verdict.OutcomeSkip {
			return true // what does not apply is in the report
		}
		if history.Colour(s.Outcome) == "green" {
			s.Message = ""
		}
		return send(w, control, r.pages.text("live-check", struct {
			Class string
			verdict.Change
		}{s.Outcome, s.Change}))
	}, func() bool { return send(w, control, "\n") })
	select {
	case <-a.ended:
		data.Over = true
		send(w, control, r.pages.text("live-end", data))
	default: // the reader left
	}
	return true
}
