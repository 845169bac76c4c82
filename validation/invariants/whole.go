package invariants

import (
	"encoding/json"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
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
	if b := ofToken(x, path); b != nil {
		return b
	}
	kind, _, err := mime.ParseMediaType(head.Get("Content-Type"))
	if err != nil || kind != "application/json" || x.Request.Method == http.MethodHead || len(x.Body) == 0 ||
		head.Get("Content-Encoding") != "" {
		return nil
	}
	if !w.gafaelfawrGuards(path) || len(x.Body) >= client.BodyLimit || json.Valid(x.Body) {
		return nil
	}
	return []breach{{rule: verdict.InvariantWhole, name: "body",
		expected: "JSON, as the answer's Content-Type says", actual: "a body that is no JSON, or is cut off"}}
}

// ofToken: Gafaelfawr's API answers about the token that it was asked about, and says where
// one is that it made (gafaelfawr.handlers.api).
func ofToken(x client.Exchange, path string) []breach {
	var about struct{ Token, Username string }
	if json.Unmarshal(x.Body, &about) != nil {
		return nil // what is no JSON, or a list
	}
	const users, tokens = "/auth/api/v1/users/", "/tokens/"
	at := path
	switch x.Answer.StatusCode {
	case http.StatusCreated:
		at = x.Answer.Header.Get("Location")
		token, err := gafaelfawr.ParseToken(about.Token)
		if about.Token = token.Key(); err != nil || !strings.HasPrefix(path, "/auth/api/v1/") {
			return nil
		}
	case http.StatusOK:
		if !strings.HasPrefix(path, users) || !strings.Contains(path, tokens) {
			return nil
		}
	default:
		return nil
	}
	user, key, found := strings.Cut(strings.TrimPrefix(at, users), tokens)
	if found && key == about.Token && (about.Username == "" || user == about.Username) {
		return nil
	}
	return []breach{{rule: verdict.InvariantWhole, name: "token",
		expected: "an answer about the token that is asked for, and a Location for one that is made",
		actual:   "the answer, or its Location, is of another token or of none"}}
}
