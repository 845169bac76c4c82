package muster

import (
	"net/http"
	"net/url"
	"path"
	"strings"

	"github.com/lsst-sqre/muster/muster/daemon"
)

var readOnly = []string{http.MethodGet, http.MethodHead}

var unknownRoute = route{label: "unknown", verbatim: true, serve: func(w http.ResponseWriter, _ *exchange) {
	daemon.WriteDetail(w, http.StatusNotFound, "Not Found")
}}

// newRoutes makes the table of all paths. openapi.json describes them.
func newRoutes(cfg Config, reporter *reporter, pages *pages) map[string]*route {
	routes := map[string]*route{}
	add := func(prefix string, r route) {
		r.path = prefix + r.path
		routes[r.path] = &r
	}
	index := index{cfg, pages.serveIndex}
	add("", route{path: "/", label: "metadata", methods: readOnly, quiet: true, serve: index.serveMetadata})
	add("", route{path: "/healthz", label: "healthz", methods: readOnly, quiet: true, serve: serveHealth})
	for _, r := range append(pythonRoutes(reporter), []route{
		{path: "", label: "prefix", methods: readOnly, verbatim: true, serve: index.serveRedirect},
		{path: "/", label: "index", methods: readOnly, verbatim: true, serve: index.serve},
		{path: "/openapi.json", label: "openapi", methods: readOnly, serve: serveOpenAPI(cfg)},
		{path: "/report.schema.json", label: "schema", methods: readOnly, serve: serveSchema},
		{path: "/docs", label: "docs", methods: readOnly, serve: pages.serveDocs},
		{path: "/pages/", label: "pages", methods: readOnly, serve: pages.serveIndex},
		{path: "/pages/style.css", label: "asset", methods: readOnly, serve: serveAsset(pages.style)},
		{path: "/pages/icon.svg", label: "asset", methods: readOnly, serve: serveAsset(pages.icon)},
	}...) {
		add(cfg.PathPrefix, r)
	}
	for _, p := range reporter.probes {
		add(cfg.PathPrefix, route{path: p.JSONPath(), label: "probe-" + p.Name, callsUpstream: p.Delegates(),
			below: p.Anonymous(),
			serve: func(w http.ResponseWriter, x *exchange) { reporter.serve(w, x, &p) }})
		add(cfg.PathPrefix, route{path: p.PagePath(), label: "page-" + p.Name, callsUpstream: p.Delegates(),
			serve: func(w http.ResponseWriter, x *exchange) { pages.serveProbe(w, x, &p) }})
	}
	return routes
}

// findRoute returns the route of a path, or the one above it that answers for it. What
// dots or slashes hide is not found.
func findRoute(routes map[string]*route, u *url.URL) *route {
	if r := routes[u.Path]; r != nil {
		return r
	}
	written := u.EscapedPath()
	for above := written; path.Clean(written) == written && strings.Contains(above, "/"); {
		above = above[:strings.LastIndexByte(above, '/')]
		if r := routes[above]; r != nil && r.below {
			return r
		}
	}
	return &unknownRoute
}
