package muster

import (
	"embed"
	"html/template"
	"net/http"
	"strings"

	"github.com/lsst-sqre/muster/muster/daemon"
)

//go:embed templates
var templateFiles embed.FS

// pages has the templates and assets of the HTML pages.
type pages struct {
	templates   *template.Template
	style, icon daemon.Asset
	// explanations has an entry for every check.
	explanations map[string]explanation
}

// explanation describes a check to a reader who has never seen Phalanx.
type explanation struct {
	// Title is what is right when the check passes.
	Title string
	// Means says why it matters.
	Means string
	// Remedy says where to look when the check fails.
	Remedy string
}

func newPages(cfg Config) (*pages, error) {
	templates, err := daemon.ParseTemplates(templateFiles, nil, "templates/*.html")
	if err != nil {
		return nil, err
	}
	p := &pages{
		templates: templates,
		style:     daemon.StyleSheet(cfg.PathPrefix+"/pages/style.css", nil),
		icon:      daemon.Icon(cfg.PathPrefix + "/pages/icon.svg"),
	}
	file, err := templateFiles.ReadFile("templates/checks.json")
	if err != nil {
		return nil, err
	}
	mustDecode(file, &p.explanations)
	return p, nil
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
	host := s.cfg.Host
	if host == "" {
		host = x.Host
	}
	home, docs := s.cfg.PathPrefix+"/pages/", s.cfg.PathPrefix+"/docs"
	frame := daemon.Frame{
		Title: title, Home: home, About: "at " + host,
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
	s.render(w, x, "docs", "All routes", s.openAPI(x.Request).Paths)
}

// Needs says in sentences what a visitor of the probe's page needs. It derives
// them from the configuration of the ingress.
func (p Probe) Needs() []string {
	c := p.PageConfig()
	if c.Scopes.Anonymous {
		return []string{"Open to everyone."}
	}
	var list []string
	if len(c.Scopes.All) > 0 {
		list = append(list, "Needs the scope "+strings.Join(c.Scopes.All, " and ")+".")
	}
	if c.Username != "" {
		list = append(list, "Every other user than "+c.Username+" is refused (403).")
	}
	if len(c.OnlyServices) > 0 {
		list = append(list, "Only the service "+strings.Join(c.OnlyServices, " or ")+" is admitted; people are refused (403).")
	}
	switch {
	case c.AuthType == "basic":
		list = append(list, "Without a session, your browser asks for a name and a password: enter a token as either.")
	case c.AllowCookies != nil && !*c.AllowCookies:
		list = append(list, "Your browser only has a cookie, so it is refused (401). That is right.")
	case c.LoginRedirect:
		list = append(list, "Without a session, you are sent to the login first.")
	}
	return list
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
