package muster

import (
	"cmp"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"github.com/lsst-sqre/muster/muster/daemon"
)

// metadata describes the application, in the members that every Phalanx
// application has at its root.
type metadata struct {
	Name          string `json:"name"`
	Version       string `json:"version"`
	Description   string `json:"description"`
	Repository    string `json:"repository_url"`
	Documentation string `json:"documentation_url"`
}

// index is the JSON index of Python Muster (recorded: muster/index).
type index struct {
	Metadata      metadata `json:"metadata"`
	Anonymous     string   `json:"anonymous_url"`
	Cached        string   `json:"auth_cached_url"`
	Vinyl         string   `json:"auth_vinyl_url"`
	Required      string   `json:"auth_required_url"`
	Redirect      string   `json:"auth_redirect_url"`
	Quota         string   `json:"auth_quota_url"`
	Delegated     string   `json:"delegated_url"`
	Authorization string   `json:"authorization_url"`
}

func (s *Server) metadata() metadata {
	return metadata{
		Name:          s.cfg.Name,
		Version:       s.cfg.Version,
		Description:   "Basic testing of Phalanx infrastructure",
		Repository:    "https://github.com/lsst-sqre/muster",
		Documentation: "https://muster.lsst.io",
	}
}

func (s *Server) serveMetadata(w http.ResponseWriter, _ *exchange) {
	daemon.WriteJSON(w, http.StatusOK, s.metadata())
}

// serveHealth says that the process answers. It asks nobody: a Muster that is
// restarted because Gafaelfawr is down could not report that.
func (s *Server) serveHealth(w http.ResponseWriter, _ *exchange) {
	daemon.WriteJSON(w, http.StatusOK, map[string]string{"status": "healthy"})
}

func (s *Server) serveRedirect(w http.ResponseWriter, x *exchange) {
	w.Header().Set("Location", s.externalURL(x.Request)+"/")
	w.WriteHeader(http.StatusTemporaryRedirect)
}

// serveIndex answers a browser with the list of probes and a program with
// Python Muster's JSON. A request without Accept gets exactly the recorded
// answer; to any other the choice is told to caches.
func (s *Server) serveIndex(w http.ResponseWriter, x *exchange) {
	if x.Request.Header.Get("Accept") != "" {
		w.Header().Set("Vary", "Accept")
	}
	if acceptsHTML(x.Request) {
		s.serveIndexPage(w, x)
		return
	}
	base := s.externalURL(x.Request)
	daemon.WriteJSON(w, http.StatusOK, index{
		Metadata:      s.metadata(),
		Anonymous:     base + "/anonymous",
		Cached:        base + "/auth/cached",
		Vinyl:         base + "/auth/vinyl",
		Required:      base + "/auth/fail",
		Redirect:      base + "/auth/redirect",
		Quota:         base + "/auth/quota",
		Delegated:     base + "/delegated/header",
		Authorization: base + "/delegated/authorization",
	})
}

// acceptsHTML reports whether the client names HTML, as browsers do, and does
// not refuse it with the weight zero. A wildcard is not enough: programs send it.
func acceptsHTML(r *http.Request) bool {
	for item := range strings.SplitSeq(strings.Join(r.Header.Values("Accept"), ","), ",") {
		media, parameters, err := mime.ParseMediaType(item)
		if err != nil || media != "text/html" {
			continue
		}
		weight, err := strconv.ParseFloat(cmp.Or(parameters["q"], "1"), 64)
		return err == nil && weight > 0
	}
	return false
}

// externalURL is the path prefix as a client outside knows it. Like Python
// Muster it believes X-Forwarded-Proto only where a proxy says whom it speaks
// for.
func (s *Server) externalURL(r *http.Request) string {
	scheme := "http"
	if proto := r.Header.Get("X-Forwarded-Proto"); proto == "https" && r.Header.Get("X-Forwarded-For") != "" {
		scheme = proto
	}
	host := s.cfg.Host
	if host == "" {
		host = r.Host
	}
	return scheme + "://" + host + s.cfg.PathPrefix
}
