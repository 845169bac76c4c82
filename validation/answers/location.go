package answers

import (
	"cmp"
	"net/url"
	"strings"

	"github.com/lsst-sqre/muster/validation/verdict"
)

// RedirectsTo verifies that the Location leads to the URL.
func (a *Answer) RedirectsTo(want string) bool {
	got := a.Location()
	return a.by.Expect(leadsTo(got, want), a, "Location: "+want, "Location: "+got,
		verdict.Header("", "Location", a.Header.Values("Location"), want))
}

// leadsTo reports whether a Location is the wanted URL. The default port, the
// case of the host and a slash at the end make no difference.
func leadsTo(location, want string) bool {
	got, err := url.Parse(location)
	wanted, bad := url.Parse(want)
	if err != nil || bad != nil || !strings.EqualFold(got.Scheme, wanted.Scheme) || got.User != nil {
		return false
	}
	port := func(u *url.URL) string {
		return cmp.Or(u.Port(), map[string]string{"https": "443", "http": "80"}[strings.ToLower(u.Scheme)])
	}
	return strings.EqualFold(got.Hostname(), wanted.Hostname()) && port(got) == port(wanted) &&
		strings.TrimSuffix(got.EscapedPath(), "/") == strings.TrimSuffix(wanted.EscapedPath(), "/") &&
		got.RawQuery == wanted.RawQuery
}
