package suite

import (
	"mime"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/lsst-sqre/muster/muster"
	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// Forbidden verifies that the caller is refused with 403 and that challenge,
// not to be cached, and without asking the application.
func (a *Answer) Forbidden(want gafaelfawr.Challenge) {
	if a.Status(403) {
		a.Challenge(want)
		a.NotCached()
	}
	a.NotFromBackend()
}

// ForbiddenPlainly is Forbidden without a challenge, for OPTIONS: no credential
// would help.
func (a *Answer) ForbiddenPlainly() {
	if a.Status(403) {
		a.HeaderAbsent(gafaelfawr.HeaderWWWAuthenticate)
		a.NotCached()
	}
	a.NotFromBackend()
}

// Malformed verifies that an Authorization that Gafaelfawr cannot read gets 400
// with its words in challenge and body, not to be cached, and without asking
// the application.
func (a *Answer) Malformed(want gafaelfawr.Challenge, message string) {
	if a.Status(400) {
		a.Challenge(want)
		a.ErrorBody(gafaelfawr.ErrorInvalidRequest, message)
		a.NotCached()
	}
	a.NotFromBackend()
}

// NotCached verifies what the error mapping adds to all its answers, so that
// nobody keeps them.
func (a *Answer) NotCached() bool { return a.HeaderIs("Cache-Control", "no-cache, must-revalidate") }

// Location is the one line of that header; none or several are a failure.
func (a *Answer) Location() string {
	lines := a.Header.Values("Location")
	if !a.check.Expect(len(lines) == 1, a, "one line Location", describeLines("Location", lines), verdict.Header("", "Location", lines, "one line")) {
		return ""
	}
	return lines[0]
}

// SetsCookie verifies that the answer sets that cookie, in one line, for the
// whole host and none above it, and so that neither scripts nor plain HTTP nor other sites' forms
// get it.
func (a *Answer) SetsCookie(name string) {
	lines := a.Header.Values("Set-Cookie")
	var cookie *http.Cookie
	if len(lines) == 1 {
		cookie, _ = http.ParseSetCookie(lines[0])
	}
	ok := cookie != nil && cookie.Name == name && cookie.Value != "" && cookie.Path == "/" && cookie.HttpOnly && cookie.Secure && cookie.SameSite == http.SameSiteLaxMode &&
		(cookie.Domain == "" || strings.TrimPrefix(cookie.Domain, ".") == a.check.run.env.Host()) // the second with allowSubdomains
	a.check.Expect(ok, a, "one Set-Cookie: "+name+"=...; HttpOnly; Path=/; SameSite=lax; Secure", describeLines("Set-Cookie", lines),
		verdict.Header("", "Set-Cookie", lines, name))
}

// isJSON reports whether the answer says in one line that it is JSON.
func (a *Answer) isJSON() bool {
	lines := a.Header.Values("Content-Type")
	if len(lines) != 1 {
		return false
	}
	kind, _, err := mime.ParseMediaType(lines[0])
	return err == nil && kind == "application/json"
}

// TypeIsJSON verifies that the answer says in one line that it is JSON.
func (a *Answer) TypeIsJSON() bool {
	got := a.Header.Values("Content-Type")
	return a.check.Expect(a.isJSON(), a, "Content-Type: application/json", describeLines("Content-Type", got),
		verdict.Header("", "Content-Type", got, "application/json"))
}

var instanceName = regexp.MustCompile(`^[0-9a-f]+$`)

// Unchanged verifies that what Muster answered has the headers that it gave.
// Lines that are there twice with one meaning do no harm: a proxy may add one
// of its own.
func (a *Answer) Unchanged() {
	var want []gafaelfawr.HeaderLine
	kind := "application/json"
	report, err := a.report()
	switch {
	case strings.Contains(a.Request.Target.Path, "/pages/"):
		kind, want = "text/html; charset=utf-8", muster.PageHeaders
	case err == nil:
		want = muster.ReportHeaders
		a.HeaderIs(muster.InstanceHeader, report.Server.Instance)
	}
	a.HeaderIs("Content-Type", kind)
	for _, line := range want {
		got := a.Header.Values(line.Name())
		same := len(got) > 0 && !slices.ContainsFunc(got, func(value string) bool { return value != line.Value() })
		// Browsers ignore this one where it is there twice.
		once := line.Name() != "Cross-Origin-Opener-Policy" || len(got) == 1
		a.check.Expect(same && once, a, line.Name()+": "+line.Value(), describeLines(line.Name(), got),
			verdict.Header("", line.Name(), got, line.Value()))
	}
	if want != nil {
		got := a.Header.Values(muster.InstanceHeader)
		a.check.Expect(len(got) == 1 && instanceName.MatchString(got[0]), a, "one line "+muster.InstanceHeader, describeLines(muster.InstanceHeader, got),
			verdict.Header("", muster.InstanceHeader, got, "one line"))
	}
}

// SeesEdge verifies what the edge tells the application of the request: host,
// port, protocol and the client's address, a line each.
func (a *Answer) SeesEdge() {
	c, env := a.check, a.check.run.env
	host := env.HostHeader()
	for name, want := range map[string]string{"Host": host, "X-Forwarded-Host": host, "X-Forwarded-Proto": "https"} {
		a.Sees(name, want)
	}
	s := a.Sighting()
	port := s.Values("X-Forwarded-Port")
	c.Expect(len(port) == 1 && slices.Contains([]string{"443", env.Port()}, port[0]), a, "at the application: X-Forwarded-Port: 443",
		"at the application: "+describeLines("X-Forwarded-Port", port), verdict.Header(verdict.Application, "X-Forwarded-Port", port, "443"))
	chain := s.Values("X-Forwarded-For")
	c.Expect(len(ForwardedFor(chain)) > 0, a, "at the application: one line X-Forwarded-For of IP addresses",
		"at the application: "+describeLines("X-Forwarded-For", chain), verdict.Header(verdict.Application, "X-Forwarded-For", chain, "IP addresses"))
}

// ForwardedFor are the addresses of an X-Forwarded-For, none where it is not one
// line of addresses.
func ForwardedFor(lines []string) []string {
	if len(lines) != 1 {
		return nil
	}
	all := strings.Split(lines[0], ",")
	for i := range all {
		if all[i] = strings.TrimSpace(all[i]); net.ParseIP(all[i]) == nil {
			return nil
		}
	}
	return all
}

// GuardedProbes are the names of the probes that ask for authentication.
func (c *Check) GuardedProbes() []string {
	var names []string
	for _, p := range muster.Probes(c.run.env.Scope) {
		if !p.Anonymous() {
			names = append(names, p.Name)
		}
	}
	return names
}

// IdentityFor is an identity that the probe lets in, once a check where its
// requests are counted. There is none for services.
func (c *Check) IdentityFor(probe string) *Identity {
	scopes := []string{c.run.env.Scope}
	switch probe {
	case "username":
		return c.Token(Spec{Name: "right", User: muster.BotUser, Scopes: scopes})
	case "lifetime":
		return c.Token(Spec{Name: "long", Scopes: scopes, Lifetime: (muster.LongLifetime + 600) * time.Second})
	case "quota":
		return c.OwnToken(Spec{Name: "counted", User: c.FreshUser(strings.ToLower(strings.TrimPrefix(c.t.Name(), "Test"))), Scopes: scopes})
	}
	return c.Scoped()
}

// LastAddress is the last address of an X-Forwarded-For, the one that the
// outermost trusted proxy saw; "" unless there is one line that ends in one.
func LastAddress(lines []string) string {
	if len(lines) != 1 {
		return ""
	}
	last := strings.TrimSpace(lines[0][strings.LastIndex(lines[0], ",")+1:])
	if net.ParseIP(last) == nil {
		return ""
	}
	return last
}
