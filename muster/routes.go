package muster

import (
	"net/http"
	"regexp"
	"strings"

	"github.com/lsst-sqre/muster/muster/daemon"
	"github.com/lsst-sqre/muster/muster/gafaelfawr"
)

// routeDoc is what the OpenAPI document says of a route.
type routeDoc struct {
	summary string
	// answers in the order of their status.
	answers []answerDoc
}

// answerDoc is one possible answer: a status, its content type ("" for none)
// and, for JSON, the name of the schema in the OpenAPI document.
type answerDoc struct {
	status       int
	contentType  string
	schema, text string
}

var (
	onlyGet  = []string{http.MethodGet}
	readOnly = []string{http.MethodGet, http.MethodHead}
)

// addRoutes makes the table of all paths.
func (s *Server) addRoutes() {
	s.routes = map[string]*route{}
	prefix := s.cfg.PathPrefix
	s.add(route{path: "/", label: "metadata", methods: readOnly, serve: s.serveMetadata, quiet: true,
		doc: routeDoc{"What runs here; inside the cluster only", []answerDoc{jsonAnswer("Metadata", "The application's metadata")}}})
	s.add(route{path: "/healthz", label: "healthz", methods: readOnly, serve: s.serveHealth, quiet: true,
		doc: routeDoc{"Whether the process answers; inside the cluster only", []answerDoc{jsonAnswer("Health", "It does")}}})
	s.add(route{path: prefix, label: "prefix", methods: readOnly, serve: s.serveRedirect, verbatim: true,
		doc: routeDoc{"Leads to the index", []answerDoc{{http.StatusTemporaryRedirect, "", "", "The same path with a slash at its end"}}}})
	s.add(route{path: prefix + "/", label: "index", methods: readOnly, serve: s.serveIndex, verbatim: true,
		doc: routeDoc{"Index: JSON for programs, a page for browsers", []answerDoc{jsonAnswer("Index", "The routes that Python Muster has"), pageAnswer("The list of all probes")}}})
	s.add(route{path: prefix + "/openapi.json", label: "openapi", methods: readOnly, serve: s.serveOpenAPI,
		doc: routeDoc{"This document", []answerDoc{jsonAnswer("OpenAPI", "An OpenAPI 3.1 document")}}})
	s.add(route{path: prefix + "/report.schema.json", label: "schema", methods: readOnly, serve: serveSchema,
		doc: routeDoc{"The JSON Schema of the reports", []answerDoc{{http.StatusOK, "application/schema+json", "", "A JSON Schema, draft 2020-12"}}}})
	s.addPythonRoutes()
	s.addProbeRoutes()
	s.addPageRoutes()
}

func (s *Server) add(r route) {
	r.count = s.metrics.route(r.label)
	s.routes[r.path] = &r
	s.table = append(s.table, &r)
}

func jsonAnswer(schema, text string) answerDoc {
	return answerDoc{http.StatusOK, "application/json", schema, text}
}

func pageAnswer(text string) answerDoc {
	return answerDoc{http.StatusOK, "text/html; charset=utf-8", "", text}
}

func (s *Server) addProbeRoutes() {
	for i := range s.probes {
		p := &s.probes[i]
		s.add(route{path: s.cfg.PathPrefix + p.JSONPath(), label: "probe-" + p.Name, asks: p.Delegates(),
			serve: func(w http.ResponseWriter, x *exchange) { s.serveProbe(w, x, p) },
			doc:   routeDoc{p.Title + ". " + p.Explains, []answerDoc{jsonAnswer("Report", "The report, whether it passes or fails")}}})
		s.add(route{path: s.cfg.PathPrefix + p.PagePath(), label: "page-" + p.Name, asks: p.Delegates(),
			serve: func(w http.ResponseWriter, x *exchange) { s.servePage(w, x, p) },
			doc:   routeDoc{p.Title + ", as a page. " + p.Explains, []answerDoc{pageAnswer("The report as a page, whether it passes or fails")}}})
	}
}

// serveProbe answers with the report, with status 200 whether it passes or
// fails: the answer is about the ingress, and an ingress may replace the body
// of an error.
func (s *Server) serveProbe(w http.ResponseWriter, x *exchange, p *Probe) {
	work := s.report(x, p)
	h := w.Header()
	h["Cache-Control"] = noStore
	h["X-Content-Type-Options"] = noSniff
	h.Set(InstanceHeader, work.report.Server.Instance)
	work.out = appendReport(work.out[:0], &work.report)
	daemon.WriteBody(w, http.StatusOK, "application/json", gafaelfawr.Guard(work.out))
	work.free()
}

// Header values that many answers share.
var (
	noStore = []string{"no-store"}
	noSniff = []string{"nosniff"}
)

// unknownMode is a path below /auth/ that Python Muster takes for a bad value.
var unknownMode = regexp.MustCompile(`\A/auth/[^/]+\z`)

const unknownLabel = "unknown"

// unknown is the route of a path that nobody has.
func (s *Server) unknown(path string) *route {
	if below, ok := strings.CutPrefix(path, s.cfg.PathPrefix); ok && unknownMode.MatchString(below) {
		return &route{label: unknownLabel, count: s.metrics.unknown, methods: onlyGet, serve: s.serveUnknownMode, verbatim: true}
	}
	return &route{label: unknownLabel, count: s.metrics.unknown, verbatim: true, serve: func(w http.ResponseWriter, _ *exchange) {
		daemon.WriteDetail(w, http.StatusNotFound, "Not Found")
	}}
}
