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

// pages are the templates and assets of the HTML pages.
type pages struct {
	index, report, docs *template.Template
	style, icon         daemon.Asset
}

func newPages(cfg Config) (*pages, error) {
	p := &pages{
		style: daemon.StyleSheet(cfg.PathPrefix+"/pages/style.css", nil),
		icon:  daemon.Icon(cfg.PathPrefix + "/pages/icon.svg"),
	}
	for name, into := range map[string]**template.Template{"index": &p.index, "report": &p.report, "docs": &p.docs} {
		t, err := daemon.ParseTemplates(templateFiles, nil, "templates/"+name+".html")
		if err != nil {
			return nil, err
		}
		*into = t
	}
	return p, nil
}

func (s *Server) addPageRoutes() {
	at := s.cfg.PathPrefix + "/pages/"
	s.add(route{path: at, label: "pages", methods: readOnly, serve: s.serveIndexPage,
		doc: routeDoc{"The list of all probes, as a page", []answerDoc{pageAnswer("The list of all probes")}}})
	s.add(route{path: at + "style.css", label: "asset", methods: readOnly, serve: serveAsset(s.pages.style),
		doc: routeDoc{"The pages' style sheet", []answerDoc{{http.StatusOK, "text/css; charset=utf-8", "", "CSS"}}}})
	s.add(route{path: at + "icon.svg", label: "asset", methods: readOnly, serve: serveAsset(s.pages.icon),
		doc: routeDoc{"The pages' icon", []answerDoc{{http.StatusOK, "image/svg+xml", "", "SVG"}}}})
	s.add(route{path: s.cfg.PathPrefix + "/docs", label: "docs", methods: readOnly, serve: s.serveDocs,
		doc: routeDoc{"The OpenAPI document, to read", []answerDoc{pageAnswer("All routes")}}})
}

func serveAsset(a daemon.Asset) func(http.ResponseWriter, *exchange) {
	return func(w http.ResponseWriter, x *exchange) { a.ServeHTTP(w, x.Request) }
}

func (s *Server) frame(x *exchange, title, here string) daemon.Frame {
	host := s.cfg.Host
	if host == "" {
		host = x.Host
	}
	home, docs := s.cfg.PathPrefix+"/pages/", s.cfg.PathPrefix+"/docs"
	return daemon.Frame{
		Title: title, Home: home, About: "at " + host,
		Links: []daemon.Link{{Text: "Probes", URL: home, Current: here == "index"}, {Text: "Routes", URL: docs, Current: here == "docs"}},
		Style: s.pages.style.URL, Icon: s.pages.icon.URL,
		Program: s.cfg.Name + " " + s.cfg.Version + ", instance " + s.about.Instance, Made: s.now().UTC(),
	}
}

// PageHeaders are what every page is answered with, besides its type. Whoever
// gets a page through an ingress must get these.
var PageHeaders = daemon.PageHeaders(false)

func render(w http.ResponseWriter, t *template.Template, name string, data any) {
	daemon.WritePage(w, http.StatusOK, false, daemon.Execute(t, name, data))
}

// probeEntry is a probe in the list of all.
type probeEntry struct {
	Probe
	Page, JSON string
	Needs      []string
}

func (s *Server) serveIndexPage(w http.ResponseWriter, x *exchange) {
	data := struct {
		daemon.Frame
		Probes []probeEntry
		Scope  string
	}{Frame: s.frame(x, "What does this deployment let through?", "index"), Scope: s.cfg.Scope}
	for i := range s.probes {
		p := &s.probes[i]
		data.Probes = append(data.Probes, probeEntry{*p, s.cfg.PathPrefix + p.PagePath(), s.cfg.PathPrefix + p.JSONPath(), needs(p)})
	}
	render(w, s.pages.index, "index", data)
}

// needs says in sentences what a visitor of the probe's page needs, from what
// its ingress asks for.
func needs(p *Probe) []string {
	c := p.PageConfig()
	if c.Scopes.Anonymous {
		return []string{"Open to everyone."}
	}
	var list []string
	if len(c.Scopes.All) > 0 {
		list = append(list, "Needs the scope "+strings.Join(c.Scopes.All, " and ")+".")
	}
	if c.Username != "" {
		list = append(list, "Anyone but "+c.Username+" is refused (403).")
	}
	if len(c.OnlyServices) > 0 {
		list = append(list, "Anyone but the service "+strings.Join(c.OnlyServices, " or ")+" is refused (403), people too.")
	}
	switch {
	case c.AuthType == "basic":
		list = append(list, "If you have not logged in, your browser asks for a name and a password: give a token as either.")
	case c.AllowCookies != nil && !*c.AllowCookies:
		list = append(list, "Your browser has only its cookie to show, so it is refused (401). That is right.")
	case c.LoginRedirect:
		list = append(list, "If you have not logged in, that comes first.")
	}
	return list
}

// shownCheck is a check with its words.
type shownCheck struct {
	Check
	explanation
}

func (s *Server) servePage(w http.ResponseWriter, x *exchange, p *Probe) {
	work := s.report(x, p)
	defer work.free()
	report := &work.report
	data := struct {
		daemon.Frame
		Probe                  *Probe
		Report                 *Report
		JSON                   string
		Failed, Skipped, Right []shownCheck
	}{Frame: s.frame(x, p.Title, p.Name), Probe: p, Report: report, JSON: s.cfg.PathPrefix + p.JSONPath()}
	for _, c := range report.Checks {
		shown := shownCheck{c, explanations[c.Name]}
		switch c.Outcome {
		case Fail:
			data.Failed = append(data.Failed, shown)
		case Skip:
			data.Skipped = append(data.Skipped, shown)
		default:
			data.Right = append(data.Right, shown)
		}
	}
	w.Header().Set(InstanceHeader, report.Server.Instance)
	render(w, s.pages.report, "report", data)
}

func (s *Server) serveDocs(w http.ResponseWriter, x *exchange) {
	type line struct{ Path, Summary, Methods, Answers string }
	data := struct {
		daemon.Frame
		OpenAPI, Schema string
		Lines           []line
	}{Frame: s.frame(x, "All routes", "docs"), OpenAPI: s.cfg.PathPrefix + "/openapi.json", Schema: s.cfg.PathPrefix + "/report.schema.json"}
	for _, r := range s.table {
		l := line{Path: r.path, Summary: r.doc.summary, Methods: "any"}
		if r.methods != nil {
			l.Methods = strings.Join(r.methods, ", ")
		}
		var answers []string
		for _, a := range r.doc.answers {
			answers = append(answers, a.describe())
		}
		l.Answers = strings.Join(answers, "; ")
		data.Lines = append(data.Lines, l)
	}
	render(w, s.pages.docs, "docs", data)
}
