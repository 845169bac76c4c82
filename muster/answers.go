package muster

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
)

// AnswerStatuses are the statuses that a client may choose for a report. An
// ingress must pass on each as it is.
var AnswerStatuses = []int{200, 201, 303, 400, 401, 403, 409, 410, 422, 500}

// AnswerLength is the least length in bytes of a report whose status was chosen as
// 200: more than the buffers of nginx hold.
const AnswerLength = 200_000

// answerQuery begins the query that chooses a status.
const answerQuery = "answer="

// AnswerPath returns the path of a report with that status.
func AnswerPath(path string, status int) string {
	return path + "?" + answerQuery + strconv.Itoa(status)
}

// ChosenStatus returns the status that a query chooses, and false for any other
// query.
func ChosenStatus(query string) (int, bool) {
	status, err := strconv.Atoi(strings.TrimPrefix(query, answerQuery))
	return status, err == nil && strings.HasPrefix(query, answerQuery) && slices.Contains(AnswerStatuses, status)
}

// AnswerHeaders are headers as applications send them, which a report with a chosen
// status has besides ReportHeaders. They name nothing that exists.
func AnswerHeaders(status int) []gafaelfawr.HeaderLine {
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
