package daemon

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"net"
	"net/http"
	"strconv"
	"strings"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
)

// inRequestID has the characters of an id that is safe to repeat.
const inRequestID = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"

// RequestID returns the ingress's id of the request, so that its log and ours
// can be joined. If there is none, or an unsafe one, it returns a new id.
func RequestID(r *http.Request) string {
	id := r.Header.Get("X-Request-Id")
	if id != "" && len(id) <= 128 && strings.Trim(id, inRequestID) == "" && !gafaelfawr.LooksLikeToken(id) {
		return id
	}
	return RandomHex(16)
}

// RandomHex returns random bytes in hex.
func RandomHex(bytes int) string {
	raw := make([]byte, bytes)
	_, _ = rand.Read(raw) // crypto/rand.Read never fails since Go 1.24
	return hex.EncodeToString(raw)
}

// AcceptsHTML reports whether the client names HTML, as browsers do. A wildcard is
// not enough because programs send it.
func AcceptsHTML(r *http.Request) bool {
	return strings.Contains(strings.ToLower(strings.Join(r.Header.Values("Accept"), ",")), "text/html")
}

// PeerAddress returns the address of the connection's other end, without the port.
func PeerAddress(r *http.Request) string {
	if host, _, err := net.SplitHostPort(r.RemoteAddr); err == nil {
		return host
	}
	return r.RemoteAddr
}

// appendJSON appends the value as compact JSON. It does not escape for HTML,
// because fingerprints stand in angle brackets and people read them. A value that
// cannot be encoded is a mistake in the program and panics.
func appendJSON(b []byte, value any) []byte {
	out := bytes.NewBuffer(b)
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		panic(err)
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n"))
}

// JSON returns the value as JSON, without tokens.
func JSON(value any) []byte { return gafaelfawr.Guard(appendJSON(nil, value)) }

// WriteJSON answers with JSON.
func WriteJSON(w http.ResponseWriter, status int, value any) {
	WriteBody(w, status, "application/json", JSON(value))
}

// WriteDetail answers with an error in the form of Python Muster and mobu: a
// detail in plain text (the recordings have one for a missing path).
func WriteDetail(w http.ResponseWriter, status int, detail string) {
	WriteJSON(w, status, map[string]string{"detail": gafaelfawr.Redact(detail)})
}

// WriteBody answers with a body, and sets its type and length.
func WriteBody(w http.ResponseWriter, status int, contentType string, body []byte) {
	values := []string{contentType, strconv.Itoa(len(body))}
	h := w.Header()
	h["Content-Type"], h["Content-Length"] = values[:1:1], values[1:]
	w.WriteHeader(status)
	_, _ = w.Write(body) // the client went away; the access line has the bytes
}
