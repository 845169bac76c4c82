package muster

import (
	"cmp"
	"embed"
	"html/template"
	"net/http"

	"github.com/lsst-sqre/muster/muster/daemon"
)

//go:embed templates/*.html
var templateFiles embed.FS

//go:embed templates/checks.json
var explanationsFile []byte

// pages has the templates and assets of the HTML pages.
type pages struct {
	templates   *template.Template
	style, icon daemon.Asset
	// explanations has an entry for every check.
	explanations map[string]explanation
}

// explanation describes a check to a reader who has never seen Phalanx: what is
// right when the check passes, why it matters, and where to look when it fails.
type explanation struct{ Title, Means, Remedy string }

func newPages(cfg Config) *pages {
	p := &pages{
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

// PageHeaders are the headers of every page besides its type. They must arrive
// unchanged through an ingress.
var PageHeaders = daemon.PageHeaders(false)

// page is the data of a page: the frame, and what the page shows within it.
type page struct {
	daemon.Frame
	// Prefix is the path below which all routes are.
	Prefix string
	Data   any
}

// render answers with the page that the template of that name makes.
func (s *Server) render(w http.ResponseWriter, x *exchange, name, title string, data any) {
	home, docs := s.cfg.PathPrefix+"/pages/", s.cfg.PathPrefix+"/docs"
	frame := daemon.Frame{
		Title: title, Home: home, About: "at " + cmp.Or(s.cfg.Host, x.Host),
		Links: []daemon.Link{
			{Text: "Probes", URL: home, Current: name == "index"},
			{Text: "Routes", URL: docs, Current: name == "docs"},
		},
		Style: s.pages.style.URL, Icon: s.pages.icon.URL,
		Program: s.cfg.Name + " " + s.cfg.Version + ", instance " + s.about.Instance, Made: s.now().UTC(),
	}
	content := daemon.Execute(s.pages.templates, name, page{frame, s.cfg.PathPrefix, data})
	daemon.WritePage(w, http.StatusOK, false, content)
}

func (s *Server) serveIndexPage(w http.ResponseWriter, x *exchange) {
	s.render(w, x, "index", "What does this deployment let through?", struct {
		Probes []Probe
		Scope  string
	}{s.probes, s.cfg.Scope})
}

func (s *Server) serveDocs(w http.ResponseWriter, x *exchange) {
	s.render(w, x, "docs", "All routes", s.openAPI(x.Request)["paths"])
}

// explainedCheck is a check with its explanation.
type explainedCheck struct {
	Check
	explanation
}

func (s *Server) servePage(w http.ResponseWriter, x *exchange, p *Probe) {
	report := s.probeReport(x, p)
	checks := map[Status][]explainedCheck{}
	for _, c := range report.Checks {
		checks[c.Outcome] = append(checks[c.Outcome], explainedCheck{c, s.pages.explanations[c.Name]})
	}
	s.render(w, x, "report", p.Title, struct {
		Probe                   *Probe
		Report                  *Report
		Failed, Skipped, Passed []explainedCheck
	}{p, report, checks[Fail], checks[Skip], checks[Pass]})
}
