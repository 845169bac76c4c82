package invariants

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/lsst-sqre/muster/muster"
	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/client"
	"github.com/lsst-sqre/muster/validation/environment"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// sightings: wherever Muster answers with a report, the request reached it as it was sent.
func (w *Watch) sightings(x client.Exchange, path string) []breach {
	if w.env.Muster.Deployed != environment.GoMuster || !strings.HasPrefix(path, w.env.Muster.Path+"/") {
		return nil
	}
	var report muster.Report
	if json.Unmarshal(x.Body, &report) != nil || report.Schema != muster.SchemaVersion || report.Sighting.Method == "" {
		return nil
	}
	if b := w.caller(report, x.Request); b != nil {
		return b
	}
	got, sent := report.Sighting, x.Request
	if got.Method != sent.Method {
		return changed("method", sent.Method, got.Method)
	}
	if target := sent.URL.RequestURI(); got.Path != target && !secret(target) {
		return changed("target", target, got.Path)
	}
	if length := sent.ContentLength; length > 0 && (got.Body == nil || got.Body.Length != length) {
		return changed("body", strconv.FormatInt(length, 10)+" bytes", "another length")
	}
	for name, lines := range sent.Header {
		want := strings.Join(lines, ", ")
		if arrived := linesOf(got, name); passesThrough(name) && !secret(want) && arrived != want {
			return changed(name, want, arrived)
		}
	}
	return nil
}

// caller: whom Muster takes for the caller is the one whose token was sent, and nobody
// without a credential.
func (w *Watch) caller(report muster.Report, sent *http.Request) []breach {
	authorization := sent.Header.Values(gafaelfawr.HeaderAuthorization)
	owner, others := "", len(sent.Cookies()) > 0 || sent.URL.RawQuery != ""
	if len(authorization) == 1 && !others {
		text, bearer := strings.CutPrefix(authorization[0], "Bearer ")
		token, err := gafaelfawr.ParseToken(text)
		if owner = w.owner(token); !bearer || err != nil || owner == "" {
			return nil
		}
	} else if len(authorization) > 0 || others {
		return nil // another check knows what counts
	}
	for _, got := range callers(report) {
		if got != owner {
			return []breach{{rule: verdict.InvariantCaller, name: "caller", hole: true,
				expected: "the user of the token that was sent: " + cmp.Or(owner, "none, for no token was sent"),
				actual:   "the application was told of " + got}}
		}
	}
	return nil
}

// callers are the users of whom a report tells.
func callers(report muster.Report) []string {
	var all []string
	if report.Identity != nil {
		all = append(all, report.Identity.User)
	}
	if report.UserInfo != nil {
		all = append(all, report.UserInfo.Username)
	}
	if report.TokenInfo != nil {
		all = append(all, report.TokenInfo.Username)
	}
	return slices.DeleteFunc(all, func(name string) bool { return name == "" })
}

// secret reports whether a text has a token, which a report does not show.
func secret(text string) bool { return string(gafaelfawr.Guard([]byte(text))) != text }

func changed(what, sent, arrived string) []breach {
	return []breach{{rule: verdict.InvariantRequest, name: what,
		expected: "a request that reaches the application as it was sent: " + what + " " + sent,
		actual:   "the application got " + what + " " + arrived}}
}

func linesOf(s muster.Sighting, name string) string {
	var all []string
	for _, l := range s.Headers {
		if strings.EqualFold(l.Name(), name) {
			all = append(all, l.Value())
		}
	}
	return strings.Join(all, ", ")
}

// ofTheWay are headers that the way to the application may change: credentials and
// identities are Gafaelfawr's, the others are of a connection, of its proxies, or refused
// by ingress-nginx.
var ofTheWay = []string{
	"Accept-Encoding", "Authorization", "Connection", "Content-Length", "Cookie", "Expect", "Forwarded", "Host",
	"Keep-Alive", "Proxy", "Proxy-Authorization", "Te", "Trailer", "Transfer-Encoding", "Upgrade", "Via", "X-Real-Ip",
	"X-Request-Id", "X-Scheme",
}

// passesThrough reports whether a header of a request must arrive as it was sent.
func passesThrough(name string) bool {
	name = http.CanonicalHeaderKey(name)
	for _, prefix := range []string{"X-Auth-Request-", "X-Forwarded-", "X-Original-"} {
		if strings.HasPrefix(name, prefix) {
			return false
		}
	}
	return !slices.Contains(ofTheWay, name) && !strings.Contains(name, "_")
}
