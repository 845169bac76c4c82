package muster

import (
	"cmp"
	"net/http"
	"strings"

	"github.com/lsst-sqre/muster/muster/daemon"
)

// metadata describes the application, as every Phalanx application does at its
// root.
func (s *Server) metadata() map[string]string {
	return map[string]string{
		"name":              s.cfg.Name,
		"version":           s.cfg.Version,
		"description":       "Basic testing of Phalanx infrastructure",
		"repository_url":    "https://github.com/lsst-sqre/muster",
		"documentation_url": "https://muster.lsst.io",
	}
}

func (s *Server) serveMetadata(w http.ResponseWriter, _ *exchange) {
	daemon.WriteJSON(w, http.StatusOK, s.metadata())
}

// serveHealth says that the process answers. It does not ask Gafaelfawr: a
// Muster that is restarted because Gafaelfawr is down could not report that.
func serveHealth(w http.ResponseWriter, _ *exchange) {
	daemon.WriteJSON(w, http.StatusOK, map[string]string{"status": "healthy"})
}

func (s *Server) serveRedirect(w http.ResponseWriter, x *exchange) {
	w.Header().Set("Location", s.externalURL(x.Request)+"/")
	w.WriteHeader(http.StatusTemporaryRedirect)
}

// serveIndex answers a browser with the list of probes and a program with the
// JSON of Python Muster (recorded: muster/index). The answer to a request
// without Accept is exactly the recorded one, without Vary.
func (s *Server) serveIndex(w http.ResponseWriter, x *exchange) {
	if x.Request.Header.Get("Accept") != "" {
		w.Header().Set("Vary", "Accept")
	}
	if acceptsHTML(x.Request) {
		s.serveIndexPage(w, x)
		return
	}
	base := s.externalURL(x.Request)
	daemon.WriteJSON(w, http.StatusOK, map[string]any{
		"metadata":          s.metadata(),
		"anonymous_url":     base + "/anonymous",
		"auth_cached_url":   base + "/auth/cached",
		"auth_vinyl_url":    base + "/auth/vinyl",
		"auth_required_url": base + "/auth/fail",
		"auth_redirect_url": base + "/auth/redirect",
		"auth_quota_url":    base + "/auth/quota",
		"delegated_url":     base + "/delegated/header",
		"authorization_url": base + "/delegated/authorization",
	})
}

// acceptsHTML reports whether the client names HTML, as browsers do. A wildcard
// is not enough because programs send it.
func acceptsHTML(r *http.Request) bool {
	return strings.Contains(strings.ToLower(strings.Join(r.Header.Values("Accept"), ",")), "text/html")
}

// externalURL is the path prefix as a client outside sees it. Like Python
// Muster it believes X-Forwarded-Proto only beside X-Forwarded-For.
func (s *Server) externalURL(r *http.Request) string {
	scheme := "http"
	if r.Header.Get("X-Forwarded-Proto") == "https" && r.Header.Get("X-Forwarded-For") != "" {
		scheme = "https"
	}
	return scheme + "://" + cmp.Or(s.cfg.Host, r.Host) + s.cfg.PathPrefix
}
