package runner

import (
	"net/http"
	"strings"
	"time"

	"github.com/lsst-sqre/muster/muster/daemon"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// handler has all public paths. Pages have paths of their own below /pages,
// because Gafaelfawr must send a person without a session to the login there,
// and answer 401 to a program elsewhere: the two need different ingresses. A
// browser that asks for the JSON of a run is led to its page.
func (r *Runner) handler() http.Handler {
	mux := http.NewServeMux()
	at := r.cfg.PathPrefix
	add := func(method, path string, serve http.HandlerFunc) {
		mux.HandleFunc(method+" "+at+path, serve)
		allow := method
		if method == http.MethodGet {
			allow = "GET, HEAD"
		}
		mux.HandleFunc(at+path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Allow", allow)
			daemon.WriteDetail(w, http.StatusMethodNotAllowed, "Method Not Allowed")
		})
	}
	add(http.MethodPost, "/run", r.serveAsk)
	add(http.MethodGet, "/runs", r.serveRuns)
	add(http.MethodGet, "/runs/{id}", r.serveRun)
	add(http.MethodGet, "/pages/runs", r.servePageOfRuns)
	add(http.MethodGet, "/pages/runs/{id}", r.servePageOfRun)
	add(http.MethodPost, "/pages/run", r.servePageAsk)
	add(http.MethodGet, "/pages/style.css", r.pages.style.ServeHTTP)
	add(http.MethodGet, "/pages/icon.svg", r.pages.icon.ServeHTTP)
	for _, path := range []string{at, at + "/{$}", at + "/pages", at + "/pages/{$}"} {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, q *http.Request) {
			http.Redirect(w, q, at+"/pages/runs", http.StatusSeeOther)
		})
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { daemon.WriteDetail(w, http.StatusNotFound, "Not Found") })
	protection := http.NewCrossOriginProtection() // browsers come with session cookies
	protection.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		daemon.WriteDetail(w, http.StatusForbidden, "This request was made by a page of another site")
	}))
	return r.logged(protection.Handler(mux))
}

// wantsPage tells browsers from programs.
func wantsPage(q *http.Request) bool { return strings.Contains(q.Header.Get("Accept"), "text/html") }

// answerSchema is the version of the answers. It grows when a member changes
// its meaning or goes.
const answerSchema = 2

// running is the status of a run under way.
const running = "running"

// summary is a run in one piece of a list.
type summary struct {
	// Status is pass, fail, incomplete or running.
	Status  string    `json:"status"`
	ID      string    `json:"id"`
	Trigger string    `json:"trigger"`
	Pattern string    `json:"pattern,omitempty"`
	Started time.Time `json:"started"`
	Ended   time.Time `json:"ended,omitzero"`
	Seconds float64   `json:"seconds"`
	// Stopped is why the run was ended on purpose: it says nothing then.
	Stopped  string         `json:"stopped,omitempty"`
	Headline string         `json:"headline,omitempty"`
	Counts   map[string]int `json:"counts,omitempty"`
	// Page is the path of the run's page.
	Page string `json:"page"`
	*Changes
}

func (r *Runner) summarize(run *Run, ch *Changes) summary {
	s := summary{
		Status: running, ID: run.ID, Trigger: run.Trigger, Pattern: run.Pattern, Started: run.Started, Ended: run.Ended,
		Stopped: run.Stopped, Page: r.pagePath(run.ID), Changes: ch,
	}
	if run.Report != nil {
		s.Status, s.Seconds, s.Headline, s.Counts = run.Report.Verdict, run.Report.Seconds, run.Report.Headline(), run.Report.Counts
	}
	return s
}

func (r *Runner) pagePath(id string) string { return r.cfg.PathPrefix + "/pages/runs/" + id }

func (r *Runner) serveRuns(w http.ResponseWriter, q *http.Request) {
	if wantsPage(q) {
		http.Redirect(w, q, r.cfg.PathPrefix+"/pages/runs", http.StatusSeeOther)
		return
	}
	underWay, runs, storeErrors := r.everything()
	answer := struct {
		Schema int       `json:"schema"`
		Runs   []summary `json:"runs"`
		// StoreErrors are what is wrong with the store, a sentence each.
		StoreErrors []string  `json:"store_errors,omitempty"`
		Next        time.Time `json:"next,omitzero"`
	}{Schema: answerSchema, Runs: []summary{}, StoreErrors: storeErrors, Next: r.nextRun()}
	for _, run := range underWay {
		answer.Runs = append(answer.Runs, r.summarize(&run, nil))
	}
	for _, k := range runs {
		answer.Runs = append(answer.Runs, r.summarize(&k.Run, &k.changes))
	}
	daemon.WriteJSON(w, http.StatusOK, answer)
}

func (r *Runner) nextRun() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.next
}

func (r *Runner) serveRun(w http.ResponseWriter, q *http.Request) {
	id := q.PathValue("id")
	if wantsPage(q) {
		http.Redirect(w, q, r.pagePath(id), http.StatusSeeOther)
		return
	}
	o := options{output: q.URL.Query().Get("output") == "true"}
	if a := r.find(id); a != nil && r.serveActive(w, q, a, o) {
		return
	}
	run, k, _, ok := r.history.get(id)
	if !ok {
		daemon.WriteDetail(w, http.StatusNotFound, "Not Found")
		return
	}
	answer := r.answer(&run, &k.changes, o.output)
	if wantsStream(q) {
		followEnded(w, answer)
		return
	}
	daemon.WriteJSON(w, http.StatusOK, answer)
}

// serveActive answers what is known of a run under way. It returns false if the
// run has ended meanwhile.
func (r *Runner) serveActive(w http.ResponseWriter, q *http.Request, a *active, o options) bool {
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

// stateOf is what is known of each check, in the order of their starts.
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

// result is a run that ended, with its checks.
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
	// Joined tells that the run was under way when it was asked for.
	Joined bool `json:"joined,omitempty"`
	mobuResult
}

// answer is the run for programs; outputs are large and only for those who ask.
func (r *Runner) answer(run *Run, ch *Changes, withOutput bool) result {
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
