package runner

import (
	"net/http"

	"github.com/lsst-sqre/muster/muster/daemon"
)

func (r *web) servePageOfRuns(w http.ResponseWriter, q *http.Request) {
	type flaky struct {
		Name    string
		History historyBar
	}
	underWay, runs, storeErrors := r.everything()
	data := struct {
		daemon.Frame
		Ask, NextText string
		Last, Now     *runView
		StoreErrors   []string
		Flaky         []flaky
		List          []runView
		History       historyBar
	}{Frame: r.frame(q, "What the validation found"), Ask: r.cfg.PathPrefix +
		"/pages/run", StoreErrors: storeErrors, History: historyBarOfRuns(runs)}
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
			data.Last = &last
			for _, name := range k.Changes.Flaky {
				if explainedWhereRed(name, runs) {
					continue
				}
				data.Flaky = append(data.Flaky, flaky{name, historyBarOf(name, runs)})
			}
		}
	}
	r.render(w, http.StatusOK, "runs", data)
}
