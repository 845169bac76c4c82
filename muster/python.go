package muster

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/lsst-sqre/muster/muster/daemon"
	"github.com/lsst-sqre/muster/muster/gafaelfawr"
)

// The routes of Python Muster, as mobu's runner asks them. Bodies are its own
// (recorded: muster/...), with two differences: name, uid, gid and groups are
// written out as null or [] when they are empty, because the runner compares
// for equality with them; and no answer quotes a token.

// Types of Python Muster's errors.
const (
	errUnexpectedHeader = "unexpected_header"
	errUnexpectedCookie = "unexpected_cookie"
	errMissingHeader    = "missing_header"
	errIncorrectHeader  = "incorrect_header"
	errGafaelfawrData   = "gafaelfawr_data"
	errFailed           = "muster_failed"
)

// authModes are the last parts of Python Muster's paths below /auth/. Phalanx
// has no ingress of their own for cached and vinyl.
var authModes = []string{"cached", "fail", "quota", "redirect", "vinyl"}

func (s *Server) addPythonRoutes() {
	prefix := s.cfg.PathPrefix
	failed := answerDoc{http.StatusInternalServerError, "application/json", "Error", "What the request should not or should have had"}
	missing := answerDoc{http.StatusUnprocessableEntity, "application/json", "Error", "A header that Gafaelfawr sets is missing"}
	s.add(route{path: prefix + "/anonymous", label: "python-anonymous", methods: onlyGet, verbatim: true, serve: s.servePythonAnonymous,
		doc: routeDoc{"Python Muster's check of an anonymous ingress", []answerDoc{jsonAnswer("Result", "No credentials arrived"), failed}}})
	for _, mode := range authModes {
		s.add(route{path: prefix + "/auth/" + mode, label: "python-auth-" + mode, methods: onlyGet, verbatim: true, serve: s.servePythonAuth,
			doc: routeDoc{"Python Muster's check of an authenticated ingress: " + mode, []answerDoc{jsonAnswer("AuthInfo", "Who the headers name"), missing, failed}}})
	}
	for _, mode := range []string{"header", "authorization"} {
		useAuthorization := mode == "authorization"
		s.add(route{path: prefix + "/delegated/" + mode, label: "python-delegated-" + mode, methods: onlyGet, verbatim: true, asks: true,
			serve: func(w http.ResponseWriter, x *exchange) { s.servePythonDelegated(w, x, useAuthorization) },
			doc:   routeDoc{"Python Muster's check of a delegated token: " + mode, []answerDoc{jsonAnswer("DelegatedInfo", "Who the token is of"), missing, failed}}})
	}
}

func (s *Server) servePythonAnonymous(w http.ResponseWriter, x *exchange) {
	if refuseAuthorization(w, x) {
		return
	}
	for _, line := range x.Request.Header.Values(gafaelfawr.HeaderCookie) {
		for _, value := range gafaelfawr.SessionCookies(line) {
			if value != "" {
				writeError(w, http.StatusInternalServerError, errUnexpectedCookie,
					"Cookie "+gafaelfawr.CookieName+" set but should not be present", "header", gafaelfawr.HeaderCookie)
				return
			}
		}
	}
	daemon.WriteJSON(w, http.StatusOK, map[string]bool{"ok": true})
}

func (s *Server) servePythonAuth(w http.ResponseWriter, x *exchange) {
	if refuseMissing(w, x, gafaelfawr.HeaderUser) || refuseAuthorization(w, x) {
		return
	}
	info := struct {
		Username string  `json:"username"`
		Email    *string `json:"email,omitempty"`
	}{Username: strings.Join(x.Request.Header.Values(gafaelfawr.HeaderUser), ", ")} // two lines are not one user
	if emails := x.Request.Header.Values(gafaelfawr.HeaderEmail); len(emails) > 0 {
		info.Email = &emails[0]
	}
	daemon.WriteJSON(w, http.StatusOK, info)
}

func (s *Server) servePythonDelegated(w http.ResponseWriter, x *exchange, useAuthorization bool) {
	if refuseMissing(w, x, gafaelfawr.HeaderUser, gafaelfawr.HeaderToken) {
		return
	}
	given := x.Request.Header.Get(gafaelfawr.HeaderToken)
	token, err := gafaelfawr.ParseToken(given)
	if err != nil {
		writeError(w, http.StatusInternalServerError, errFailed, "The delegated token is damaged: "+err.Error(), "header", gafaelfawr.HeaderToken)
		return
	}
	said, err := s.upstream.userInfo(x.Context(), token)
	if err != nil {
		writeError(w, http.StatusInternalServerError, errFailed, "Gafaelfawr did not say who the user is: "+err.Error())
		return
	}
	if disagrees(w, x, "username", said.Username, gafaelfawr.HeaderUser) || disagrees(w, x, "email", said.Email, gafaelfawr.HeaderEmail) {
		return
	}
	if useAuthorization {
		if refuseOtherAuthorization(w, x, "Bearer "+given) {
			return
		}
	} else if refuseAuthorization(w, x) {
		return
	}
	daemon.WriteJSON(w, http.StatusOK, delegatedInfo(said))
}

// delegatedInfo is user-info as Python Muster passes it on, with null and []
// for what is empty.
func delegatedInfo(said gafaelfawr.UserInfo) any {
	var name *string
	if said.Name != "" {
		name = &said.Name
	}
	groups := said.Groups
	if groups == nil {
		groups = []gafaelfawr.Group{}
	}
	return struct {
		Username string             `json:"username"`
		Email    string             `json:"email,omitempty"`
		Name     *string            `json:"name"`
		UID      *int               `json:"uid"`
		GID      *int               `json:"gid"`
		Groups   []gafaelfawr.Group `json:"groups"`
	}{said.Username, said.Email, name, said.UID, said.GID, groups}
}

// refuseAuthorization answers with an error, and returns true, if the request
// has an Authorization header that is not empty.
func refuseAuthorization(w http.ResponseWriter, x *exchange) bool {
	if strings.Join(x.Request.Header.Values(gafaelfawr.HeaderAuthorization), "") == "" {
		return false
	}
	writeError(w, http.StatusInternalServerError, errUnexpectedHeader,
		"Header Authorization set but should not be present", "header", gafaelfawr.HeaderAuthorization)
	return true
}

func refuseOtherAuthorization(w http.ResponseWriter, x *exchange, want string) bool {
	// A second line is one too many, whatever the first is.
	switch got := strings.Join(x.Request.Header.Values(gafaelfawr.HeaderAuthorization), ", "); got {
	case want:
		return false
	case "":
		writeError(w, http.StatusInternalServerError, errMissingHeader,
			"Header Authorization not present but should be set", "header", gafaelfawr.HeaderAuthorization)
	default:
		writeError(w, http.StatusInternalServerError, errIncorrectHeader,
			"Header Authorization has an incorrect value: "+gafaelfawr.RedactHeader(gafaelfawr.HeaderAuthorization, got),
			"header", gafaelfawr.HeaderAuthorization)
	}
	return true
}

func disagrees(w http.ResponseWriter, x *exchange, what, said, header string) bool {
	got := strings.Join(x.Request.Header.Values(header), ", ")
	if said == got {
		return false
	}
	writeError(w, http.StatusInternalServerError, errGafaelfawrData,
		fmt.Sprintf("Gafaelfawr %s mismatch: %s from user-info endpoint, %s from request headers", what, orNone(said), orNone(got)))
	return true
}

// orNone is how Python writes a value that is absent.
func orNone(text string) string {
	if text == "" {
		return "None"
	}
	return text
}

// writeError answers with one entry of an error body.
func writeError(w http.ResponseWriter, status int, kind, message string, loc ...any) {
	body := struct {
		Detail []gafaelfawr.Detail `json:"detail"`
	}{[]gafaelfawr.Detail{{Message: gafaelfawr.Redact(message), Type: kind, Loc: loc}}}
	daemon.WriteJSON(w, status, body)
}

// validationError is one entry of the framework's answer to a bad request.
type validationError struct {
	Type    string            `json:"type"`
	Loc     []string          `json:"loc"`
	Message string            `json:"msg"`
	Input   any               `json:"input"`
	Context map[string]string `json:"ctx,omitempty"`
}

func writeValidation(w http.ResponseWriter, wrong []validationError) {
	daemon.WriteJSON(w, http.StatusUnprocessableEntity, map[string]any{"detail": wrong})
}

// refuseMissing answers with an error, and returns true, if any of the headers
// is absent.
func refuseMissing(w http.ResponseWriter, x *exchange, names ...string) bool {
	var wrong []validationError
	for _, name := range names {
		if len(x.Request.Header.Values(name)) == 0 {
			wrong = append(wrong, missingHeader(name))
		}
	}
	if wrong == nil {
		return false
	}
	writeValidation(w, wrong)
	return true
}

func missingHeader(name string) validationError {
	return validationError{Type: "missing", Loc: []string{"header", strings.ToLower(name)}, Message: "Field required"}
}

func (s *Server) serveUnknownMode(w http.ResponseWriter, x *exchange) {
	mode := strings.TrimPrefix(x.URL.Path, s.cfg.PathPrefix+"/auth/")
	last := len(authModes) - 1
	expected := "'" + strings.Join(authModes[:last], "', '") + "' or '" + authModes[last] + "'"
	wrong := []validationError{{Type: "literal_error", Loc: []string{"path", "mode"}, Message: "Input should be " + expected,
		Input: gafaelfawr.Redact(mode), Context: map[string]string{"expected": expected}}}
	if len(x.Request.Header.Values(gafaelfawr.HeaderUser)) == 0 {
		wrong = append(wrong, missingHeader(gafaelfawr.HeaderUser))
	}
	writeValidation(w, wrong)
}
