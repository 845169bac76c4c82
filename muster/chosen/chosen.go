// Package chosen makes answers whose status a client chooses, with headers as applications
// send them. An ingress must pass on each as it is.
package chosen

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/lsst-sqre/muster/muster/daemon"
	"github.com/lsst-sqre/muster/muster/gafaelfawr"
)

// Statuses are those that a client may choose.
var Statuses = []int{200, 201, 303, 400, 401, 403, 409, 410, 422, 500}

// length in bytes of the answer of status 200: more than the buffers of nginx hold.
const length = 200_000

// begin of the query that chooses a status.
const begin = "answer="

// Path returns the path of an answer with that status.
func Path(path string, status int) string { return path + "?" + begin + strconv.Itoa(status) }

// Status returns the status that a query chooses, and false for any other query.
func Status(query string) (int, bool) {
	status, err := strconv.Atoi(strings.TrimPrefix(query, begin))
	return status, err == nil && strings.HasPrefix(query, begin) && slices.Contains(Statuses, status)
}

// Body returns the body of an answer, which is JSON.
func Body(status int) []byte {
	body := fmt.Appendf(nil, "{\"answer\": %d}\n", status)
	if status == http.StatusOK {
		body = append(body, bytes.Repeat([]byte(" "), length-len(body))...)
	}
	return body
}

// Write sends the answer that a query chooses, and reports whether it chooses one. Headers
// that are set already are sent besides.
func Write(w http.ResponseWriter, query string) bool {
	status, ok := Status(query)
	if !ok {
		return false
	}
	for _, line := range Headers(status) {
		w.Header().Add(line.Name(), line.Value())
	}
	daemon.WriteBody(w, status, "application/json", Body(status))
	return true
}

// Headers are those of an answer. They name nothing that exists.
func Headers(status int) []gafaelfawr.HeaderLine {
	lines := []gafaelfawr.HeaderLine{
		{"ETag", `"muster"`}, {"Last-Modified", "Thu, 01 Jan 2026 00:00:00 GMT"},
		{"Content-Disposition", `inline; filename="muster answer.json"`}, {"Content-Language", "en"},
		{"Link", `</muster-answer>; rel="next"`}, {"X-Muster-Answer", "a, b"},
		{"Set-Cookie", "muster-answer=a.b; Path=/muster-answer; Max-Age=1; HttpOnly; Secure; SameSite=Strict"},
		{"Set-Cookie", "muster-answer-2=c; Path=/muster-answer; Max-Age=1"},
	}
	switch status {
	case http.StatusCreated, http.StatusSeeOther:
		lines = append(lines, gafaelfawr.HeaderLine{"Location", "/muster-answer?a=1&b=%2F"})
	case http.StatusUnauthorized:
		lines = append(lines, gafaelfawr.HeaderLine{"WWW-Authenticate", `Digest realm="muster"`})
	}
	return lines
}
