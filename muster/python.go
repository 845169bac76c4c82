package muster

import (
	"net/http"
	"slices"
	"strings"

	"github.com/lsst-sqre/muster/muster/daemon"
	"github.com/lsst-sqre/muster/muster/gafaelfawr"
)

// The routes of Python Muster, which mobu's runner requests. It compares the
// bodies for equality: empty name, uid, gid and groups are null or []. Each
// route makes the checks of a probe.
var pythonPaths = []struct{ path, probe string }{
	{"/anonymous", "anonymous"},
	{"/auth/cached", "authenticated"},
	{"/auth/fail", "authenticated"},
	{"/auth/quota", "authenticated"},
	{"/auth/redirect", "authenticated"},
	{"/auth/vinyl", "authenticated"},
	{"/delegated/header", "delegated"},
	{"/delegated/authorization", "authorization"},
}

func pythonRoutes(reporter *reporter) []route {
	routes := make([]route, len(pythonPaths))
	for i, r := range pythonPaths {
		p := findProbe(reporter.probes, r.probe)
		routes[i] = route{
			path: r.path, label: "python" + strings.ReplaceAll(r.path, "/", "-"),
			methods: []string{http.MethodGet}, verbatim: true, callsUpstream: p.Delegates(),
			below: r.path == "/delegated/header",
			serve: func(w http.ResponseWriter, x *exchange) { servePython(w, x, reporter, p) },
		}
	}
	return routes
}

// servePython answers 500 with the first failed check, or with the body that
// mobu compares.
func servePython(w http.ResponseWriter, x *exchange, reporter *reporter, p *Probe) {
	if p.Name != "authorization" && strings.Join(x.Header.Values(gafaelfawr.HeaderAuthorization), "") != "" {
		writeFailure(w, gafaelfawr.Detail{Type: "unexpected_header", Loc: []any{"header", gafaelfawr.HeaderAuthorization},
			Message: "Header Authorization set but should not be present"}) // as recorded
		return
	}
	report := reporter.report(x, p)
	for _, c := range report.Checks {
		// Python Muster does not ask what the token is.
		if c.Outcome == Fail && c.Name != checkTokenInfo && !slices.Contains(tokenInfoChecks, c.Name) {
			writeFailure(w, gafaelfawr.Detail{Type: c.Name, Message: c.Message})
			return
		}
	}
	switch {
	case p.Anonymous():
		daemon.WriteJSON(w, http.StatusOK, map[string]bool{"ok": true})
	case p.Delegates():
		daemon.WriteJSON(w, http.StatusOK, delegatedInfo(report.UserInfo))
	default:
		daemon.WriteJSON(w, http.StatusOK, struct {
			Username string `json:"username"`
			Email    string `json:"email,omitempty"`
		}{report.Identity.User, report.Identity.Email})
	}
}

func delegatedInfo(user *gafaelfawr.UserInfo) any {
	info := struct {
		Username string             `json:"username"`
		Email    string             `json:"email,omitempty"`
		Name     *string            `json:"name"`
		UID      *int               `json:"uid"`
		GID      *int               `json:"gid"`
		Groups   []gafaelfawr.Group `json:"groups"`
	}{user.Username, user.Email, nil, user.UID, user.GID, user.Groups}
	if user.Name != "" {
		info.Name = &user.Name
	}
	if info.Groups == nil {
		info.Groups = []gafaelfawr.Group{}
	}
	return info
}

func writeFailure(w http.ResponseWriter, detail gafaelfawr.Detail) {
	daemon.WriteJSON(w, http.StatusInternalServerError, map[string][]gafaelfawr.Detail{"detail": {detail}})
}
