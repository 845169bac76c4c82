package runner

import (
	"embed"
	"errors"
	"html/template"
	"net/http"

	"github.com/lsst-sqre/muster/muster/daemon"
	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/verdict"
)

//go:embed templates
var templateFiles embed.FS

// pages are the templates and assets of the HTML pages.
type pages struct {
	templates   *template.Template
	style, icon daemon.Asset
}

func newPages(cfg Config) (*pages, error) {
	own, err := templateFiles.ReadFile("templates/runner.css")
	if err != nil {
		return nil, err
	}
	p := &pages{
		style: daemon.StyleSheet(cfg.PathPrefix+"/pages/style.css", own),
		icon:  daemon.Icon(cfg.PathPrefix + "/pages/icon.svg"),
	}
	p.templates, err = daemon.ParseTemplates(templateFiles, template.FuncMap{
		"seconds": verdict.Duration,
		"word":    func(class string) string { return words[class] },
	}, "templates/*.html")
	return p, err
}

// words of outcomes and states, for people.
var words = map[string]string{
	verdict.Pass: "Passed", verdict.Fail: "Failed", verdict.Incomplete: "Incomplete", running: "Running", stopped: "Stopped",
	verdict.OutcomeAdvice: "Advice", verdict.OutcomeSkip: "Does not apply", verdict.OutcomeBlocked: "Could not run", verdict.OutcomeError: "No result",
}

// stopped is the class of a run that was ended on purpose.
const stopped = "stopped"

func (r *Runner) frame(q *http.Request, title string) daemon.Frame {
	host := r.cfg.Host
	if host == "" {
		host = q.Host
	}
	runs := r.cfg.PathPrefix + "/pages/runs"
	return daemon.Frame{
		Title: title, Home: runs, About: "validation of " + host,
		Links: []daemon.Link{{Text: "Runs", URL: runs, Current: q.URL.Path == runs}},
		Style: r.pages.style.URL, Icon: r.pages.icon.URL,
		Program: "Muster " + r.cfg.Version + ". Times are UTC", Made: r.now().UTC(),
	}
}

func (p *pages) text(name string, data any) string {
	return string(daemon.Execute(p.templates, name, data))
}

func (r *Runner) render(w http.ResponseWriter, status int, name string, data any) {
	daemon.WritePage(w, status, true, daemon.Execute(r.pages.templates, name, data))
}

// message is a page that says one thing.
func (r *Runner) message(w http.ResponseWriter, q *http.Request, status int, title, text, back, backText string) {
	r.render(w, status, "message", struct {
		daemon.Frame
		Text, Back, BackText string
	}{r.frame(q, title), gafaelfawr.Redact(text), back, backText})
}

// servePageAsk starts a run for somebody who pressed the button, or joins the
// one under way, and leads to its page.
func (r *Runner) servePageAsk(w http.ResponseWriter, q *http.Request) {
	q.Body = http.MaxBytesReader(w, q.Body, bodyLimit)
	back := r.cfg.PathPrefix + "/pages/runs"
	pattern := q.PostFormValue("run")
	if err := checkPattern(pattern); err != nil {
		r.message(w, q, http.StatusUnprocessableEntity, "No run was started",
			"The pattern cannot pick checks: "+err.Error()+". Use a regular expression such as TestQuota or ^TestLogin.", back, "All runs")
		return
	}
	a, _, err := r.begin(runRequest{trigger: OnRequest, pattern: pattern, detached: true})
	if err != nil {
		if busy, ok := errors.AsType[*busyError](err); ok {
			r.message(w, q, http.StatusConflict, "No run was started", "Another run is under way, for other checks.", r.pagePath(busy.run.ID), "Watch that run")
			return
		}
		r.message(w, q, http.StatusServiceUnavailable, "No run was started", err.Error(), back, "All runs")
		return
	}
	r.leave(a)
	http.Redirect(w, q, r.pagePath(a.ID), http.StatusSeeOther)
}
