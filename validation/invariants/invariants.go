// Package invariants verifies properties that every answer of a run must have.
package invariants

import (
	"cmp"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/lsst-sqre/muster/muster/chosen"
	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/client"
	"github.com/lsst-sqre/muster/validation/environment"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// Watch verifies the invariants of every answer. It keeps each breach once,
// with the first answer and the number of answers.
type Watch struct {
	env *environment.Environment
	// owner returns the user of a token, or "" for one that this run did not make.
	owner    func(gafaelfawr.Token) string
	mu       sync.Mutex
	breaches []*breach
	// strict and lax are the paths of the first answers with and without
	// Strict-Transport-Security. policy is that of the first answer, and other the path of
	// one with another.
	strict, lax, policy, other string
	// made are the requests of the application's answers, by the edge's id of the
	// request and the answer.
	made map[string]string
	// right reports that some challenge had the deployment's realm.
	right atomic.Bool
}

// New watches the answers of the environment's deployment. owner returns the user of a
// token, or "" if it is unknown.
func New(env *environment.Environment, owner func(gafaelfawr.Token) string) *Watch {
	return &Watch{env: env, owner: owner, made: map[string]string{}}
}

// breach is an invariant that an answer does not satisfy.
type breach struct {
	// rule is one of the Invariant constants; name is the header concerned.
	rule, name string
	// hole says that the answer let something out.
	hole             bool
	expected, actual string
	path             string
	answers          int
}

// Observe verifies an answer.
func (w *Watch) Observe(x client.Exchange) {
	x.Request = canonical(x.Request)
	path, ours := x.Request.URL.Path, w.ours(x.Request)
	for _, verify := range []func(client.Exchange, string) []breach{
		w.credentials, w.identity, w.cookies, w.challenges, w.location, w.sightings, w.whole, w.kept, w.cacheable,
		w.lists, w.hardened,
	} {
		for _, b := range verify(x, path) {
			b.path = path
			w.add(b)
		}
	}
	if ours && hasStrictTransport(x.Answer) && x.Request.URL.Scheme == "https" {
		w.strictTransport(x.Answer.Header.Get("Strict-Transport-Security"), path)
	}
}

// canonical is the request with the names of its headers as net/http looks for them: some
// are sent in small letters.
func canonical(r *http.Request) *http.Request {
	header := http.Header{}
	for name, lines := range r.Header {
		name = http.CanonicalHeaderKey(name)
		header[name] = append(header[name], lines...)
	}
	other := *r
	other.Header = header
	return &other
}

// hasStrictTransport reports whether the controller sets
// Strict-Transport-Security on an answer if hsts is on. It does not set it when
// it refuses before it has found a location. It does not set it on answers of
// named locations, such as redirects to the login (seen) and its own error
// pages, which have no challenge.
func hasStrictTransport(answer *http.Response) bool {
	refused := answer.StatusCode == http.StatusUnauthorized && answer.Header.Get(gafaelfawr.HeaderWWWAuthenticate) != ""
	return refused || answer.StatusCode == http.StatusOK
}

// ours reports whether the request went to the deployment's own host.
func (w *Watch) ours(r *http.Request) bool {
	return r.URL.Hostname() == w.env.Host() && (r.Host == "" || r.Host == r.URL.Host || r.Host == w.env.HostHeader())
}

func (w *Watch) add(b breach) {
	w.mu.Lock()
	defer w.mu.Unlock()
	at := slices.IndexFunc(w.breaches, func(known *breach) bool { return known.rule == b.rule && known.name == b.name })
	if at < 0 {
		w.breaches = append(w.breaches, &b)
		at = len(w.breaches) - 1
	}
	w.breaches[at].answers++
}

// documented reports whether a path is a document whose tokens are examples.
func documented(path string) bool {
	return strings.HasSuffix(path, "/openapi.json") || strings.HasSuffix(path, "/docs") ||
		strings.HasSuffix(path, "/redoc")
}

// credentials: no answer repeats a token or another credential of the request.
// Only an answer that makes a token shows it, in its body: logs have its Location.
func (w *Watch) credentials(x client.Exchange, path string) []breach {
	made := x.Request.Method == http.MethodPost && x.Answer.StatusCode == http.StatusCreated &&
		strings.HasSuffix(path, "/tokens")
	secrets := sentSecrets(x.Request)
	inURL := string(gafaelfawr.Guard([]byte(x.Request.URL.RawQuery))) != x.Request.URL.RawQuery
	repeats := func(text string) bool {
		token := string(gafaelfawr.Guard([]byte(text))) != text
		sent := slices.ContainsFunc(secrets, func(s string) bool { return strings.Contains(text, s) })
		return sent || token && !inURL && !documented(path)
	}
	var all []breach
	for name, lines := range x.Answer.Header {
		if name == "Set-Cookie" && (path == "/login" || path == "/logout") {
			continue // another check verifies that the session is another
		}
		if repeats(strings.Join(lines, "\n")) {
			all = append(all, breach{rule: verdict.InvariantCredential, name: name, hole: true,
				expected: "no credential in an answer", actual: "the header " + name + " has one"})
		}
	}
	if !made && repeats(string(x.Body)) {
		all = append(all, breach{rule: verdict.InvariantCredential, name: "body", hole: true,
			expected: "no credential in an answer", actual: "the body has one"})
	}
	return all
}

// shortestSecret is the length from which no answer repeats a value by chance.
const shortestSecret = 24

// sentSecrets returns the credentials of a request: what follows the scheme of
// an Authorization, and the session cookie.
func sentSecrets(r *http.Request) []string {
	var all []string
	for _, line := range r.Header.Values(gafaelfawr.HeaderAuthorization) {
		if fields := strings.Fields(line); len(fields) > 1 && len(fields[1]) >= shortestSecret {
			all = append(all, fields[1])
		}
	}
	for _, c := range r.Cookies() {
		if c.Name == gafaelfawr.CookieName && len(c.Value) >= shortestSecret {
			all = append(all, c.Value)
		}
	}
	return all
}

// identity: no answer has the headers with which Gafaelfawr answers nginx.
// Gafaelfawr's own API sends X-Error-Status and X-Error-Body as a by-product
// (recorded).
func (w *Watch) identity(x client.Exchange, path string) []breach {
	if strings.HasPrefix(path, "/ingress/") {
		return nil // another check verifies whether that is reachable
	}
	var all []breach
	for name := range x.Answer.Header {
		lower := strings.ToLower(name)
		inner := strings.HasPrefix(lower, "x-auth-request-") || lower == "authorization" || lower == "cookie" ||
			strings.HasPrefix(lower, "x-error-") && !gafaelfawrs(path)
		if inner {
			all = append(all, breach{rule: verdict.InvariantIdentity, name: name, hole: !strings.HasPrefix(lower, "x-error-"),
				expected: "no header of the answer that Gafaelfawr gives nginx", actual: "the header " + name})
		}
	}
	return all
}

// gafaelfawrs reports whether Gafaelfawr itself answers a path.
func gafaelfawrs(path string) bool {
	return path == "/login" || path == "/logout" || path == "/auth" || strings.HasPrefix(path, "/auth/")
}

// cookies: only login and logout set or delete the session cookie.
func (w *Watch) cookies(x client.Exchange, path string) []breach {
	if path == "/login" || path == "/logout" || path == "/auth/api/v1/login" {
		return nil
	}
	for _, c := range x.Answer.Cookies() {
		if c.Name == gafaelfawr.CookieName {
			return []breach{{rule: verdict.InvariantCookie, name: "Set-Cookie", hole: true,
				expected: "no session cookie but of login and logout", actual: "Set-Cookie: " + gafaelfawr.CookieName}}
		}
	}
	return nil
}

// challenges: at most one, and with the deployment's realm.
func (w *Watch) challenges(x client.Exchange, path string) []breach {
	lines := x.Answer.Header.Values(gafaelfawr.HeaderWWWAuthenticate)
	if len(lines) > 1 {
		return []breach{{rule: verdict.InvariantChallenge, name: gafaelfawr.HeaderWWWAuthenticate,
			expected: "one challenge at most", actual: strconv.Itoa(len(lines)) + " lines of WWW-Authenticate"}}
	}
	_, ofApplication := chosen.Status(x.Request.URL.RawQuery)
	if len(lines) == 0 || ofApplication || !w.ours(x.Request) || !w.gafaelfawrGuards(path) {
		return nil
	}
	got, err := gafaelfawr.ParseChallenge(lines[0])
	realm := got.Get("realm")
	if realm == w.env.Host() {
		w.right.Store(true)
	}
	if err == nil && realm != w.env.Host() {
		return []breach{{rule: verdict.InvariantRealm, name: gafaelfawr.HeaderWWWAuthenticate,
			expected: "the realm " + w.env.Host(), actual: "the realm " + realm}}
	}
	return nil
}

// gafaelfawrGuards reports whether a challenge at the path comes from
// Gafaelfawr and not from another application.
func (w *Watch) gafaelfawrGuards(path string) bool {
	musters := w.env.Muster.Deployed != environment.NoMuster && strings.HasPrefix(path, w.env.Muster.Path+"/")
	return gafaelfawrs(path) || musters ||
		slices.ContainsFunc(w.env.Protected, func(t environment.Target) bool { return t.Path == path })
}

// location: over TLS, no redirect leads to plain HTTP on the deployment's host
// or to an address that only the cluster knows.
func (w *Watch) location(x client.Exchange, _ string) []breach {
	text := x.Answer.Header.Get("Location")
	target, err := url.Parse(text)
	if text == "" || err != nil || x.Request.URL.Scheme != "https" || !w.ours(x.Request) {
		return nil
	}
	plain := target.Scheme == "http" && target.Hostname() == w.env.Host()
	if !plain && !Internal(target.Hostname()) {
		return nil
	}
	return []breach{{rule: verdict.InvariantLocation, name: "Location",
		expected: "no Location with plain HTTP or an address of the cluster", actual: "Location: " + text}}
}

// Internal reports whether only the cluster knows the host.
func Internal(host string) bool {
	address := net.ParseIP(host)
	return strings.HasSuffix(host, ".svc") || strings.HasSuffix(host, ".cluster.local") ||
		address != nil && (address.IsPrivate() || address.IsLoopback()) ||
		address == nil && host != "" && !strings.Contains(host, ".") && host != "localhost"
}

// strictTransport: all answers have it, or none has it. Those of Muster and Gafaelfawr
// have the same, because a browser takes the last: max-age=0 ends it for all.
func (w *Watch) strictTransport(policy, path string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case policy == "":
		w.lax = cmp.Or(w.lax, path)
	case w.strict == "":
		w.strict, w.policy = path, policy
	case policy != w.policy && w.gafaelfawrGuards(path) && w.gafaelfawrGuards(w.strict):
		w.other = cmp.Or(w.other, path)
	case w.gafaelfawrGuards(path):
		w.strict, w.policy = path, policy
	}
}

// Findings returns one finding for each broken invariant. The order does not
// depend on which check came first.
func (w *Watch) Findings() []verdict.Finding {
	var all []verdict.Finding
	for _, b := range w.found() {
		all = append(all, b.finding())
	}
	return all
}

func (b *breach) finding() verdict.Finding {
	return verdict.Finding{Expected: b.expected, Actual: b.text(), Hole: b.hole, Path: b.path,
		Reason: verdict.Of(verdict.CodeInvariant, "rule", b.rule, "path", b.path,
			"name", b.name, "answers", strconv.Itoa(b.answers))}
}

func (b *breach) text() string {
	if b.answers == 0 {
		return b.actual
	}
	return fmt.Sprintf("%s: %s (%d answers of this run)", b.path, b.actual, b.answers)
}

func (w *Watch) found() []*breach {
	w.mu.Lock()
	defer w.mu.Unlock()
	var all []*breach
	for _, b := range w.breaches {
		b := *b
		if b.rule == verdict.InvariantRealm && w.right.Load() {
			b.rule = verdict.InvariantRealms
		}
		all = append(all, &b)
	}
	if w.strict != "" && w.lax != "" {
		all = append(all, &breach{rule: verdict.InvariantHSTS, name: "Strict-Transport-Security", path: w.lax,
			expected: "Strict-Transport-Security in all answers or in none",
			actual:   "it is in answers of " + w.strict + ", and not in those of " + w.lax})
	}
	if w.other != "" {
		all = append(all, &breach{rule: verdict.InvariantHSTS, name: "Strict-Transport-Security", path: w.other,
			expected: "the same Strict-Transport-Security in all answers",
			actual:   w.other + ": another Strict-Transport-Security than in answers of " + w.strict})
	}
	slices.SortFunc(all, func(a, b *breach) int { return strings.Compare(a.rule+a.name, b.rule+b.name) })
	return all
}
