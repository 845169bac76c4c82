package invariants

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/lsst-sqre/muster/validation/client"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// lists: a list of one user's tokens, or of what was done with them, has no entry of
// another user (gafaelfawr.handlers.api). One that is cut off is read up to there.
func (w *Watch) lists(x client.Exchange, path string) []breach {
	user := userOfList(x.Request, path)
	if user == "" || x.Answer.StatusCode != http.StatusOK {
		return nil
	}
	list := json.NewDecoder(bytes.NewReader(x.Body))
	if begin, err := list.Token(); err != nil || begin != json.Delim('[') {
		return nil
	}
	for list.More() {
		var entry struct{ Username string }
		if list.Decode(&entry) != nil {
			return nil
		}
		if entry.Username != "" && entry.Username != user {
			return []breach{{rule: verdict.InvariantOthers, name: "username", hole: true,
				expected: "entries of " + user + " alone", actual: "entries of another user"}}
		}
	}
	return nil
}

// userOfList is the user whose tokens or history a request asks for, "" for another one.
func userOfList(r *http.Request, path string) string {
	rest, below := strings.CutPrefix(path, "/auth/api/v1/")
	if name, ofUser := strings.CutPrefix(rest, "users/"); below && ofUser {
		user, _, _ := strings.Cut(name, "/")
		return user
	}
	if rest == "history/token-changes" {
		return r.URL.Query().Get("username")
	}
	return ""
}
