package suite

import (
	"net/http"
	"strings"

	"github.com/lsst-sqre/muster/validation/verdict"
)

// SetsCookie verifies one Set-Cookie line of that name: Path=/, HttpOnly, Secure,
// SameSite=Lax, and no domain above the host.
func (a *Answer) SetsCookie(name string) {
	lines := a.Header.Values("Set-Cookie")
	var cookie *http.Cookie
	if len(lines) == 1 {
		cookie, _ = http.ParseSetCookie(lines[0])
	}
	ok := cookie != nil && cookie.Name == name && cookie.Value != "" && cookie.Path == "/" &&
		cookie.HttpOnly && cookie.Secure && cookie.SameSite == http.SameSiteLaxMode &&
		// the second with allowSubdomains
		(cookie.Domain == "" || strings.TrimPrefix(cookie.Domain, ".") == a.check.run.env.Host())
	a.check.Expect(ok, a, "one Set-Cookie: "+name+"=...; HttpOnly; Path=/; SameSite=lax; Secure",
		describeLines("Set-Cookie", lines),
		verdict.Header("", "Set-Cookie", lines, name))
}
