package answers

import (
	"net/http"
	"slices"
	"strings"

	"github.com/lsst-sqre/muster/validation/verdict"
)

// SetsCookie verifies one Set-Cookie line: Path=/, HttpOnly, Secure,
// SameSite=Lax, and no domain above the host.
func (a *Answer) SetsCookie(name string) {
	lines := a.Cookies(name) // a load balancer may set others
	var cookie *http.Cookie
	if len(lines) == 1 {
		cookie, _ = http.ParseSetCookie(lines[0])
	}
	ok := cookie != nil && cookie.Name == name && cookie.Value != "" && cookie.Path == "/" &&
		cookie.HttpOnly && cookie.Secure && cookie.SameSite == http.SameSiteLaxMode &&
		// the second with allowSubdomains
		(cookie.Domain == "" || strings.TrimPrefix(cookie.Domain, ".") == a.by.env.Host())
	a.by.Expect(ok, a, "one Set-Cookie: "+name+"=...; HttpOnly; Path=/; SameSite=lax; Secure",
		describeLines("Set-Cookie", lines),
		verdict.Header("", "Set-Cookie", lines, name))
}

// CookieDomain is the domain of the one cookie of that name, "" for the host alone, and
// whether there is one cookie.
func (a *Answer) CookieDomain(name string) (string, bool) {
	lines := a.Cookies(name)
	if len(lines) != 1 {
		return "", false
	}
	cookie, err := http.ParseSetCookie(lines[0])
	if err != nil {
		return "", false
	}
	return cookie.Domain, true
}

// Cookies returns the lines that set or delete the cookie.
func (a *Answer) Cookies(name string) []string {
	return slices.DeleteFunc(slices.Clone(a.Header.Values("Set-Cookie")), func(line string) bool {
		got, _, _ := strings.Cut(line, "=")
		return strings.TrimSpace(got) != name
	})
}
