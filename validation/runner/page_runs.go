package runner

import (
	"net/http"

	"github.com/lsst-sqre/muster/muster/daemon"
	"github.com/lsst-sqre/muster/validation/runner/history"
)

// What a page shows unasked.
const (
	mostFlaky = 10
	mostRuns  = 20
)

// pageOfRuns is the data of the page of all runs.
type pageOfRuns struct {
	daemon.Frame
	Ask, NextText string
	Last, Now     *runView
	StoreErrors   []string
	Flaky         []flakyCheck
	MoreFlaky     int
	List, Older   []runView
	History       historyBar
	Since         string
	Total         int
}

type flakyCheck struct {
	Name    string
	History historyBar
}

func (r *web) servePageOfRuns(w http.ResponseWriter, q *http.Request) {
	underWay, runs, storeErrors := r.everything()
	data := pageOfRuns{Frame: r.frame(q, r.deployment(q)), Ask: r.cfg.PathPrefix + "/pages/run", StoreErrors: storeErrors,
		History: historyBarOfRuns(runs), Since: redSince(runs), Total: len(runs)}
	if len(underWay) > 0 {
		now := r.view(&underWay[0], nil)
		data.Now, data.Refresh = &now, "5"
	}
	if next := r.nextRun(); !next.IsZero() {
		data.NextText = next.UTC().Format(whenForm)
	}
	for _, k := range runs {
		data.List = append(data.List, r.view(&k.Run, &k.Changes))
		if whole := k.Pattern == "" && k.Stopped == ""; whole && data.Last == nil {
			last := data.List[len(data.List)-1]
			data.Last, data.Title = &last, r.sentence(q, &k.Run)
			data.showFlaky(k.Changes.Flaky, runs)
		}
	}
	if len(data.List) > mostRuns {
		data.List, data.Older = data.List[:mostRuns], data.List[mostRuns:]
	}
	r.render(w, http.StatusOK, "runs", data)
}

// showFlaky adds the checks that fail at times without a cause that explains them.
func (data *pageOfRuns) showFlaky(names []string, runs []*history.Stored) {
	for _, name := range names {
		if !explainedWhereRed(name, runs) {
			data.Flaky = append(data.Flaky, flakyCheck{name, historyBarOf(name, runs)})
		}
	}
	if more := len(data.Flaky) - mostFlaky; more > 0 {
		data.Flaky, data.MoreFlaky = data.Flaky[:mostFlaky], more
	}
}
