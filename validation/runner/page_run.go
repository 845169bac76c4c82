package runner

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/lsst-sqre/muster/muster/daemon"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// runbookBase is where the runbook can be read. Attributes name it relative to
// the module.
const runbookBase = "https://github.com/lsst-sqre/muster/blob/main/"

// shownCheck is a check with what the runs before say of it.
type shownCheck struct {
	Check          *verdict.Check
	Rerun, Runbook string
	New, Flaky     bool
	Strip          strip
}

// shownGroup is the checks of one reason.
type shownGroup struct {
	Reason string
	Names  []string
	Open   bool
}

type shownFact struct{ Name, Value string }

func (r *Runner) servePageOfRun(w http.ResponseWriter, q *http.Request) {
	id := q.PathValue("id")
	if a := r.find(id); a != nil && r.servePageOfActive(w, q, a) {
		return
	}
	run, k, before, ok := r.history.get(id)
	if !ok {
		r.message(w, q, http.StatusNotFound, "There is no such run", "It may have been too long ago: only the last runs are kept.", r.cfg.PathPrefix+"/pages/runs", "All runs")
		return
	}
	report := run.Report
	data := struct {
		daemon.Frame
		Run                shownRun
		Red, Green, Advice []shownCheck
		Blocked, Skipped   []shownGroup
		Output, JSON       string
		Facts              []shownFact
	}{Frame: r.frame(q, "Run of "+run.Started.UTC().Format(whenForm)), Run: r.show(&run, &k.changes), JSON: r.cfg.PathPrefix + "/runs/" + id}
	if report.Verdict == verdict.Incomplete {
		data.Output = report.Output
	}
	runs := append([]*storedRun{k}, before...)
	shown := func(checks []*verdict.Check) (all []shownCheck) {
		for _, c := range checks {
			all = append(all, showCheck(report, c, k, runs))
		}
		return all
	}
	data.Red, data.Green, data.Advice = shown(report.Failures()), shown(report.With(verdict.OutcomePass)), shown(report.With(verdict.OutcomeAdvice))
	data.Blocked, data.Skipped = grouped(report, verdict.OutcomeBlocked), grouped(report, verdict.OutcomeSkip)
	for _, name := range slices.Sorted(maps.Keys(report.Facts)) {
		data.Facts = append(data.Facts, shownFact{name, report.Facts[name]})
	}
	r.render(w, http.StatusOK, "run", data)
}

func showCheck(report *verdict.Run, c *verdict.Check, k *storedRun, runs []*storedRun) shownCheck {
	s := shownCheck{
		Check: c, Rerun: report.Rerun(c), Strip: stripOf(c.Name, runs),
		New:   slices.Contains(k.changes.NewlyRed, c.Name) || slices.Contains(k.changes.NewlyGreen, c.Name),
		Flaky: slices.Contains(k.changes.Flaky, c.Name),
	}
	if strings.HasPrefix(c.Runbook, "validation/") {
		s.Runbook = runbookBase + c.Runbook
	}
	return s
}

func grouped(report *verdict.Run, outcome string) []shownGroup {
	var groups []shownGroup
	for _, g := range report.Grouped(outcome) {
		shown := shownGroup{Reason: g.Reason, Open: outcome == verdict.OutcomeBlocked}
		for _, c := range g.Checks {
			shown.Names = append(shown.Names, c.Name)
		}
		groups = append(groups, shown)
	}
	return groups
}

// refreshAfter is when a page whose connection was lost is loaded again, in
// seconds: browsers count from the end of the page, so not while it grows.
const refreshAfter = "30"

// servePageOfActive streams the page of the run under way: without scripts, a
// page that goes on growing is what shows a run as it happens. Its last element
// loads the report. It returns false, and nothing was written, if the run has
// ended meanwhile.
func (r *Runner) servePageOfActive(w http.ResponseWriter, q *http.Request, a *active) bool {
	run, _ := r.look(a)
	if run.Report != nil {
		return false
	}
	data := struct {
		daemon.Frame
		Run  shownRun
		Here string
		Over bool
	}{Frame: r.frame(q, "A run is under way"), Run: r.show(&run, nil), Here: r.pagePath(a.ID)}
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
		if colour(s.Outcome) == "green" {
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
