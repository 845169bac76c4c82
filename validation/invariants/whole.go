package invariants

import (
	"encoding/json"
	"mime"
	"net/http"
	"strconv"

	"github.com/lsst-sqre/muster/validation/client"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// whole: an answer has all that its status and its type promise. A redirect says where
// to, and JSON of Muster or Gafaelfawr is JSON to its end.
func (w *Watch) whole(x client.Exchange, path string) []breach {
	code, head := x.Answer.StatusCode, x.Answer.Header
	moved := code == http.StatusMovedPermanently || code == http.StatusFound || code == http.StatusSeeOther ||
		code == http.StatusTemporaryRedirect || code == http.StatusPermanentRedirect
	if moved && head.Get("Location") == "" {
		return []breach{{rule: verdict.InvariantWhole, name: "Location",
			expected: "a Location in every redirect", actual: "status " + strconv.Itoa(code) + " with no Location"}}
	}
	kind, _, err := mime.ParseMediaType(head.Get("Content-Type"))
	if err != nil || kind != "application/json" || x.Request.Method == http.MethodHead || len(x.Body) == 0 {
		return nil
	}
	if !w.gafaelfawrGuards(path) || len(x.Body) >= client.BodyLimit || json.Valid(x.Body) {
		return nil
	}
	return []breach{{rule: verdict.InvariantWhole, name: "body",
		expected: "JSON, as the answer's Content-Type says", actual: "a body that is no JSON, or is cut off"}}
}
