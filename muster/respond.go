package muster

import (
	"net/http"
	"strconv"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
)

// writeJSON answers with value, compact. A value that cannot be encoded is a
// mistake in this package and panics.
func writeJSON(w http.ResponseWriter, status int, value any) {
	writeBody(w, status, "application/json", guard(appendAny(nil, value)))
}

func writeBody(w http.ResponseWriter, status int, contentType string, body []byte) {
	values := []string{contentType, strconv.Itoa(len(body))}
	h := w.Header()
	h["Content-Type"], h["Content-Length"] = values[:1:1], values[1:]
	w.WriteHeader(status)
	_, _ = w.Write(body) // the client went away; the access line has the bytes
}

// writeDetail answers with an error whose detail is plain text, as Python
// Muster's framework words its own (recorded: a path that is not found).
func writeDetail(w http.ResponseWriter, status int, detail string) {
	writeJSON(w, status, map[string]string{"detail": detail})
}

// writeError answers with one entry of an error body.
func writeError(w http.ResponseWriter, status int, kind, message string, loc ...any) {
	body := struct {
		Detail []gafaelfawr.Detail `json:"detail"`
	}{[]gafaelfawr.Detail{{Message: gafaelfawr.Redact(message), Type: kind, Loc: loc}}}
	writeJSON(w, status, body)
}
