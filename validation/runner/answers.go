package runner

import (
	"net/http"
	"net/url"
	"time"

	"github.com/lsst-sqre/muster/muster/daemon"
	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/runner/history"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// answerSchema is the version of the answers. It increases when a member
// changes its meaning or is removed.
const answerSchema = 2

// summary is a run in a list.
type summary struct {
	// Status is pass, fail, incomplete or running.
	Status  string    `json:"status"`
	ID      string    `json:"id"`
	Trigger string    `json:"trigger"`
	Pattern string    `json:"pattern,omitempty"`
	Started time.Time `json:"started"`
	Ended   time.Time `json:"ended,omitzero"`
	Seconds float64   `json:"seconds"`
	// Stopped is why the run was ended on purpose. Such a run says nothing.
	Stopped  string         `json:"stopped,omitempty"`
	Headline string         `json:"headline,omitempty"`
	Counts   map[string]int `json:"counts,omitempty"`
	// Page is the path of the run's page.
	Page string `json:"page"`
	*history.Changes
}

func (r *web) summarize(run *history.Run, ch *history.Changes) summary {
	s := summary{
		Status: running, ID: run.ID, Trigger: run.Trigger, Pattern: run.Pattern, Started: run.Started, Ended: run.Ended,
		Stopped: run.Stopped, Page: r.pagePath(run.ID), Changes: ch,
	}
	if run.Report != nil {
		report := run.Report
		s.Status, s.Seconds, s.Headline, s.Counts = report.Verdict, report.Seconds, report.Headline(), report.Counts
	}
	return s
}

func (r *web) pagePath(id string) string {
	return r.cfg.PathPrefix + "/pages/runs/" + url.PathEscape(id)
}

// result is a finished run with its checks.
type result struct {
	Schema int `json:"schema"`
	summary
	Environment string              `json:"environment,omitempty"`
	Requests    int                 `json:"requests"`
	Facts       map[string]string   `json:"facts"`
	Problems    []string            `json:"problems"`
	Diagnoses   []verdict.Diagnosis `json:"diagnoses"`
	Checks      []*verdict.Check    `json:"checks"`
	Output      string              `json:"output,omitempty"`
	// Joined reports that the run was already in progress.
	Joined bool `json:"joined,omitempty"`
	mobuResult
}

// answer returns the run for programs. It has outputs only on request, because
// they are large.
func (r *web) answer(run *history.Run, ch *history.Changes, withOutput bool) result {
	report := run.Report
	a := result{
		Schema: answerSchema, summary: r.summarize(run, ch), Environment: report.Environment, Requests: report.Requests,
		Facts: report.Facts, Problems: report.Problems, Diagnoses: report.Diagnoses, Checks: []*verdict.Check{},
	}
	if withOutput {
		a.Checks, a.Output = report.Checks, report.Output
		return a
	}
	for _, c := range report.Checks {
		short := *c
		short.Output, short.Subtests = "", nil
		a.Checks = append(a.Checks, &short)
	}
	return a
}

// resultOf returns the answer for a finished run.
func (r *web) resultOf(a *active, o options) result {
	r.mu.Lock()
	run, changes := a.Run, a.changes
	r.mu.Unlock()
	_, k, _, ok := r.history.Get(run.ID)
	answer := r.answer(&run, nil, o.output)
	if ok {
		answer.Changes = &k.Changes
	}
	answer.Joined = o.joined
	if o.mobu {
		answer.mobuResult = mobuAnswer(&run, changes)
	}
	return answer
}

// stateOf returns the state of each check, in the order of their starts.
func stateOf(all []step) []verdict.Change {
	list := []verdict.Change{}
	at := map[string]int{}
	for _, t := range all {
		i, known := at[t.Name]
		if !known {
			i = len(list)
			at[t.Name] = i
			list = append(list, t.Change)
		}
		list[i] = t.Change
	}
	return list
}

// writeDetails answers 422 as mobu's framework does.
func writeDetails(w http.ResponseWriter, details ...gafaelfawr.Detail) {
	daemon.WriteJSON(w, http.StatusUnprocessableEntity, map[string]any{"detail": details})
}
