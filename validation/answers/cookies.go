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

// Cookies returns the lines that set or delete the cookie.
func (a *Answer) Cookies(name string) []string {
	return slices.DeleteFunc(slices.Clone(a.Header.Values("Set-Cookie")), func(line string) bool {
		got, _, _ := strings.Cut(line, "=")
		return strings.TrimSpace(got) != name
	})
}
