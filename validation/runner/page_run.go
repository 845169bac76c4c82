package runner

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/lsst-sqre/muster/muster/daemon"
	"github.com/lsst-sqre/muster/validation/runner/history"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// pageOfRun is the data of the page of a run that has ended.
type pageOfRun struct {
	daemon.Frame
	Run                 runView
	Here, Query, Shown  string
	Open                bool
	MoreCauses          int
	Causes              []causeView
	Again               []string
	Problems            []string
	First, Rest         []checkView
	Green, Advice       []checkView
	Blocked, Skipped    []groupView
	Output, JSON, Since string
	Facts               []factView
}

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
	words := strings.Fields(strings.ToLower(q.URL.Query().Get("q")))
	finder := &search{words: words, ask: r.cfg.PathPrefix + "/pages/run", report: report, k: k,
		runs: append([]*history.Stored{k}, before...), again: r.again(q)}
	data := pageOfRun{Frame: r.frame(q, ""), Run: r.view(&run, &k.Changes), Here: r.pagePath(id),
		Query: strings.Join(words, " "), Open: len(words) > 0, MoreCauses: max(0, len(report.Diagnoses)-1),
		JSON: r.cfg.PathPrefix + "/runs/" + id, Since: redSince(finder.runs), Problems: report.Problems,
		Again: k.Changes.NewlyGreen}
	data.Title = r.sentence(q, &run)
	if report.Verdict == verdict.Incomplete {
		data.Output = report.Output
	}
	data.show(finder)
	if data.Open {
		data.Shown = fmt.Sprintf("%d of %s", finder.shown, verdict.Count(len(report.Checks), "check"))
	}
	for _, name := range slices.Sorted(maps.Keys(report.Facts)) {
		data.Facts = append(data.Facts, factView{name, report.Facts[name]})
	}
	r.render(w, http.StatusOK, "run", data)
}

// show adds the causes and checks that the search finds.
func (data *pageOfRun) show(finder *search) {
	var rest []*verdict.Check
	data.Causes, rest = finder.causes()
	data.Rest = finder.views(rest)
	if len(data.Causes) == 0 && len(data.Rest) > 0 { // nothing leads: the first of them does
		data.First, data.Rest = data.Rest[:1], data.Rest[1:]
	}
	data.Green = finder.views(finder.report.With(verdict.OutcomePass))
	data.Advice = finder.views(finder.report.With(verdict.OutcomeAdvice))
	data.Blocked, data.Skipped = finder.grouped(verdict.OutcomeBlocked), finder.grouped(verdict.OutcomeSkip)
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
