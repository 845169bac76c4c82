package runner

import (
	"bytes"
	"embed"
	"errors"
	"html/template"
	"io"
	"net/http"
	"regexp"
	"time"

	"github.com/lsst-sqre/muster/muster"
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
		style: daemon.NewAsset(cfg.PathPrefix+"/pages/style.css", "text/css; charset=utf-8", append(muster.Asset("style.css"), own...)),
		icon:  daemon.NewAsset(cfg.PathPrefix+"/pages/icon.svg", "image/svg+xml", muster.Asset("icon.svg")),
	}
	p.templates, err = template.New("").Funcs(template.FuncMap{
		"seconds": verdict.Duration,
		"word":    func(class string) string { return words[class] },
	}).ParseFS(templateFiles, "templates/*.html")
	return p, err
}

// words of outcomes and states, for people.
var words = map[string]string{
	verdict.Pass: "Passed", verdict.Fail: "Failed", verdict.Incomplete: "Incomplete", running: "Running", stopped: "Stopped",
	verdict.OutcomeAdvice: "Advice", verdict.OutcomeSkip: "Does not apply", verdict.OutcomeBlocked: "Could not run", verdict.OutcomeError: "No result",
}

// stopped is the class of a run that was ended on purpose.
const stopped = "stopped"

func serveAsset(a daemon.Asset) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { a.Write(w) }
}

// frame is what every page shows around its content.
type frame struct {
	Title, Host, Version, Runs, Style, Icon string
	// Refresh is after how many seconds the page is loaded again, empty for never.
	Refresh string
	AtRuns  bool
	Made    time.Time
}

func (r *Runner) frame(q *http.Request, title string) frame {
	host := r.cfg.Host
	if host == "" {
		host = q.Host
	}
	return frame{
		Title: title, Host: host, Version: r.cfg.Version, Runs: r.cfg.PathPrefix + "/pages/runs",
		Style: r.pages.style.URL, Icon: r.pages.icon.URL, Made: r.now().UTC(),
	}
}

func pageHeaders(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Content-Type", daemon.PageType)
	for _, line := range daemon.PageHeaders(true) {
		h.Set(line.Name(), line.Value())
	}
}

// text is a template carried out. One that fails is a mistake in this package
// and panics.
func (p *pages) text(name string, data any) string {
	var page bytes.Buffer
	if err := p.templates.ExecuteTemplate(&page, name, data); err != nil {
		panic(err)
	}
	return string(gafaelfawr.Guard(page.Bytes()))
}

func (r *Runner) render(w http.ResponseWriter, status int, name string, data any) {
	page := r.pages.text(name, data)
	pageHeaders(w)
	w.WriteHeader(status)
	_, _ = io.WriteString(w, page) // the access line has the bytes
}

// message is a page that says one thing.
func (r *Runner) message(w http.ResponseWriter, q *http.Request, status int, title, text, back, backText string) {
	r.render(w, status, "message", struct {
		frame
		Text, Back, BackText string
	}{r.frame(q, title), gafaelfawr.Redact(text), back, backText})
}

// servePageAsk starts a run for somebody who pressed the button, or joins the
// one under way, and leads to its page.
func (r *Runner) servePageAsk(w http.ResponseWriter, q *http.Request) {
	q.Body = http.MaxBytesReader(w, q.Body, bodyLimit)
	back := r.cfg.PathPrefix + "/pages/runs"
	pattern := q.PostFormValue("run")
	if _, err := regexp.Compile(pattern); err != nil || len(pattern) > maxPattern {
		r.message(w, q, http.StatusUnprocessableEntity, "No run was started", "What names the checks is not a regular expression such as TestQuota or ^TestLogin.", back, "All runs")
		return
	}
	a, _, err := r.begin(asked{trigger: OnRequest, pattern: pattern, forGood: true})
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
