package muster

import (
	"cmp"
	"embed"
	"html/template"
	"net/http"
	"time"

	"github.com/lsst-sqre/muster/muster/daemon"
)

//go:embed templates/*.html
var templateFiles embed.FS

//go:embed templates/checks.json
var explanationsFile []byte

// pages answers with HTML.
type pages struct {
	cfg         Config
	reporter    *reporter
	templates   *template.Template
	style, icon daemon.Asset
	// explanations has an entry for every check.
	explanations map[string]explanation
}

// explanation describes a check to a reader who has never seen Phalanx: what is
// right when the check passes, why it matters, and where to look when it fails.
type explanation struct{ Title, Means, Remedy string }

func newPages(cfg Config, reporter *reporter) *pages {
	p := &pages{
		cfg: cfg, reporter: reporter,
		templates: template.Must(daemon.ParseTemplates(templateFiles, nil, "templates/*.html")),
		style:     daemon.StyleSheet(cfg.PathPrefix+"/pages/style.css", nil),
		icon:      daemon.Icon(cfg.PathPrefix + "/pages/icon.svg"),
	}
	mustDecode(explanationsFile, &p.explanations)
	return p
}

func serveAsset(a daemon.Asset) func(http.ResponseWriter, *exchange) {
	return func(w http.ResponseWriter, x *exchange) { a.ServeHTTP(w, x.Request) }
}

// PageHeaders of every page besides its type must arrive unchanged through an ingress.
var PageHeaders = daemon.PageHeaders(false)

// page is the data of a page: the frame, and what the page shows within it.
type page struct {
	daemon.Frame
	Prefix string // of all paths
	Data   any
}

// render answers with the page that the template of that name makes.
func (p *pages) render(w http.ResponseWriter, x *exchange, name, title string, data any) {
	home, docs := p.cfg.PathPrefix+"/pages/", p.cfg.PathPrefix+"/docs"
	frame := daemon.Frame{
		Title: title, Home: home, About: "at " + cmp.Or(p.cfg.Host, x.Host),
		Links: []daemon.Link{
			{Text: "Probes", URL: home, Current: name == "index"},
			{Text: "Routes", URL: docs, Current: name == "docs"},
		},
		Style: p.style.URL, Icon: p.icon.URL,
		Program: p.cfg.Name + " " + p.cfg.Version + ", instance " + p.reporter.about.Instance, Made: time.Now().UTC(),
	}
	content := daemon.Execute(p.templates, name, page{frame, p.cfg.PathPrefix, data})
	daemon.WritePage(w, http.StatusOK, false, content)
}

func (p *pages) serveIndex(w http.ResponseWriter, x *exchange) {
	p.render(w, x, "index", "What does this deployment let through?", struct {
		Probes []Probe
		Scope  string
	}{p.reporter.probes, p.cfg.Scope})
}

func (p *pages) serveDocs(w http.ResponseWriter, x *exchange) {
	p.render(w, x, "docs", "All routes", openAPI(p.cfg, x.Request)["paths"])
}

// explainedCheck is a check with its explanation.
type explainedCheck struct {
	Check
	explanation
}

func (p *pages) serveProbe(w http.ResponseWriter, x *exchange, probe *Probe) {
	report := p.reporter.probeReport(x, probe)
	checks := map[Status][]explainedCheck{}
	for _, c := range report.Checks {
		checks[c.Outcome] = append(checks[c.Outcome], explainedCheck{c, p.explanations[c.Name]})
	}
	p.render(w, x, "report", probe.Title, struct {
		Probe                   *Probe
		Report                  *Report
		Failed, Skipped, Passed []explainedCheck
	}{probe, report, checks[Fail], checks[Skip], checks[Pass]})
}
