package invariants

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/lsst-sqre/muster/muster"
	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/client"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// kept: the application answers each request anew. Its answer has the edge's id of
// the request, which a cache keeps with the answer.
func (w *Watch) kept(x client.Exchange, _ string) []breach {
	id, target := x.Answer.Header.Get("X-Request-Id"), x.Request.Method+" "+x.Request.URL.RequestURI()
	if id == "" || len(x.Body) == 0 || x.Answer.Header.Get(muster.InstanceHeader) == "" ||
		x.Request.Header.Get("X-Request-ID") != "" {
		return nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	key := id + " " + gafaelfawr.Fingerprint(string(x.Body))
	before, twice := w.made[key]
	w.made[key] = target
	if !twice || before == target {
		return nil
	}
	return []breach{{rule: verdict.InvariantKept, name: "X-Request-Id", expected: "an answer of its own for each request",
		actual: "the whole answer to another path or query, with the id of that request"}}
}

// cacheable: no refusal of Gafaelfawr's, and no redirect to or from the login, may be
// kept: whoever has logged in would be refused on.
func (w *Watch) cacheable(x client.Exchange, path string) []breach {
	control := strings.ToLower(x.Answer.Header.Get("Cache-Control"))
	code := x.Answer.StatusCode
	refused := code == http.StatusUnauthorized || code == http.StatusForbidden || code == http.StatusFound ||
		code == http.StatusTemporaryRedirect
	if !refused || !w.ours(x.Request) || !w.gafaelfawrGuards(path) || !lasts(control) {
		return nil
	}
	return []breach{{rule: verdict.InvariantCacheable, name: "Cache-Control", expected: "no refusal that caches may keep",
		actual: strconv.Itoa(code) + " with Cache-Control: " + gafaelfawr.Excerpt(control, headerLimit)}}
}

// headerLimit bounds the value of a header in a finding, in characters.
const headerLimit = 100

// lasts reports whether a Cache-Control lets somebody keep the answer for a while.
func lasts(control string) bool {
	kept := false
	for directive := range strings.SplitSeq(control, ",") {
		switch name, value, _ := strings.Cut(strings.TrimSpace(directive), "="); name {
		case "no-store", "no-cache":
			return false
		case "public", "immutable":
			kept = true
		case "max-age", "s-maxage":
			kept = kept || value != "0"
		}
	}
	return kept
}
