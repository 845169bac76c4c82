package muster

import (
	"net/http"

	"github.com/lsst-sqre/muster/muster/daemon"
)

// index answers the paths that describe the application.
type index struct {
	cfg  Config
	page func(http.ResponseWriter, *exchange) // lists the probes for a browser
}

// metadata describes the application, as every Phalanx application does at its root.
func (i index) metadata() map[string]string {
	return map[string]string{
		"name":              i.cfg.Name,
		"version":           i.cfg.Version,
		"description":       "Basic testing of Phalanx infrastructure",
		"repository_url":    "https://github.com/lsst-sqre/muster",
		"documentation_url": "https://muster.lsst.io",
	}
}

func (i index) serveMetadata(w http.ResponseWriter, _ *exchange) {
	daemon.WriteJSON(w, http.StatusOK, i.metadata())
}

// serveHealth says that the process answers. It does not ask Gafaelfawr: a
// Muster that is restarted because Gafaelfawr is down could not report that.
func serveHealth(w http.ResponseWriter, _ *exchange) {
	daemon.WriteJSON(w, http.StatusOK, map[string]string{"status": "healthy"})
}

func (i index) serveRedirect(w http.ResponseWriter, x *exchange) {
	w.Header().Set("Location", i.cfg.externalURL(x.Request)+"/")
	w.WriteHeader(http.StatusTemporaryRedirect)
}

// serve answers a browser with the list of probes and a program with the
// JSON of Python Muster (recorded: muster/index). The answer to a request
// without Accept is exactly the recorded one, without Vary.
func (i index) serve(w http.ResponseWriter, x *exchange) {
	if x.Header.Get("Accept") != "" {
		w.Header().Set("Vary", "Accept")
	}
	if daemon.AcceptsHTML(x.Request) {
		i.page(w, x)
		return
	}
	base := i.cfg.externalURL(x.Request)
	daemon.WriteJSON(w, http.StatusOK, map[string]any{
		"metadata":          i.metadata(),
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
