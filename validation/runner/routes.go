package runner

import (
	"net/http"

	"github.com/lsst-sqre/muster/muster/daemon"
)

// handler has all public paths. Pages are below /pages, because they need
// another ingress: Gafaelfawr must send a person without a session to the login
// there, and answer 401 to a program elsewhere. A browser that requests the
// JSON of a run is redirected to its page.
func (r *web) handler() http.Handler {
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
	add(http.MethodGet, "/pages/api", r.servePageOfAPI)
	add(http.MethodGet, "/openapi.json", r.serveOpenAPI)
	add(http.MethodGet, "/answers.schema.json", serveSchema)
	add(http.MethodGet, "/pages/style.css", r.pages.style.ServeHTTP)
	add(http.MethodGet, "/pages/icon.svg", r.pages.icon.ServeHTTP)
	for _, path := range []string{at, at + "/{$}", at + "/pages", at + "/pages/{$}"} {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, q *http.Request) {
			http.Redirect(w, q, at+"/pages/runs", http.StatusSeeOther)
		})
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		daemon.WriteDetail(w, http.StatusNotFound, "Not Found")
	})
	protection := http.NewCrossOriginProtection() // browsers come with session cookies
	protection.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		daemon.WriteDetail(w, http.StatusForbidden, "This request was made by a page of another site")
	}))
	return r.logged(protection.Handler(mux))
}
