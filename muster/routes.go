package muster

import (
	"net/http"

	"github.com/lsst-sqre/muster/muster/daemon"
)

// route is one path of the server.
type route struct {
	// path is below the prefix. Paths are compared byte by byte: a path that an
	// ingress took for another one (//, .., encoded slashes) is not found here.
	path string
	// label names the route in metrics and logs.
	label string
	// methods allowed; nil: all.
	methods []string
	serve   func(http.ResponseWriter, *exchange)
	// quiet routes are logged at level DEBUG because the cluster asks them often.
	quiet bool
	// callsUpstream: the route may ask Gafaelfawr.
	callsUpstream bool
	// verbatim routes answer exactly like Python Muster, header lines included.
	verbatim bool
}

var (
	onlyGet  = []string{http.MethodGet}
	readOnly = []string{http.MethodGet, http.MethodHead}

	unknownRoute = route{label: "unknown", verbatim: true, serve: func(w http.ResponseWriter, _ *exchange) {
		daemon.WriteDetail(w, http.StatusNotFound, "Not Found")
	}}
)

// addRoutes makes the table of all paths. openapi.json describes them.
func (s *Server) addRoutes() {
	s.routes = map[string]*route{}
	s.add("", route{path: "/", label: "metadata", methods: readOnly, quiet: true, serve: s.serveMetadata})
	s.add("", route{path: "/healthz", label: "healthz", methods: readOnly, quiet: true, serve: serveHealth})
	for _, r := range []route{
		{path: "", label: "prefix", methods: readOnly, verbatim: true, serve: s.serveRedirect},
		{path: "/", label: "index", methods: readOnly, verbatim: true, serve: s.serveIndex},
		{path: "/openapi.json", label: "openapi", methods: readOnly, serve: s.serveOpenAPI},
		{path: "/report.schema.json", label: "schema", methods: readOnly, serve: serveSchema},
		{path: "/docs", label: "docs", methods: readOnly, serve: s.serveDocs},
		{path: "/pages/", label: "pages", methods: readOnly, serve: s.serveIndexPage},
		{path: "/pages/style.css", label: "asset", methods: readOnly, serve: serveAsset(s.pages.style)},
		{path: "/pages/icon.svg", label: "asset", methods: readOnly, serve: serveAsset(s.pages.icon)},
	} {
		s.add(s.cfg.PathPrefix, r)
	}
	for i := range s.probes {
		p := &s.probes[i]
		s.add(s.cfg.PathPrefix, route{path: p.JSONPath(), label: "probe-" + p.Name, callsUpstream: p.Delegates(),
			serve: func(w http.ResponseWriter, x *exchange) { s.serveProbe(w, x, p) }})
		s.add(s.cfg.PathPrefix, route{path: p.PagePath(), label: "page-" + p.Name, callsUpstream: p.Delegates(),
			serve: func(w http.ResponseWriter, x *exchange) { s.servePage(w, x, p) }})
	}
	s.addPythonRoutes()
}

func (s *Server) add(prefix string, r route) {
	r.path = prefix + r.path
	s.routes[r.path] = &r
}

// probeReport builds, counts and logs the report, and names the instance in the
// answer.
func (s *Server) probeReport(x *exchange, p *Probe) *Report {
	report := s.report(x, p)
	x.report = report.Status
	s.metrics.count(report)
	x.Header().Set(InstanceHeader, report.Server.Instance)
	return report
}

func (s *Server) serveProbe(w http.ResponseWriter, x *exchange, p *Probe) {
	report := s.probeReport(x, p)
	for _, line := range ReportHeaders {
		w.Header().Set(line.Name(), line.Value())
	}
	daemon.WriteJSON(w, http.StatusOK, report)
}
