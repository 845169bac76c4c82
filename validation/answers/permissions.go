package answers

import (
	"slices"
	"strconv"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// Permits verifies by the status that a caller is allowed or refused the
// operation. It is a hole if a caller may do what only others may.
func (a *Answer) Permits(caller, operation string, want ...int) bool {
	got, shown := strconv.Itoa(a.Code), a.Excerpt()
	if a.Err != nil {
		got, shown = "no answer", a.Err.Error()
	}
	reason := verdict.Of(verdict.CodePermission, "operation", operation, "caller", caller, "got", got,
		"want", verdict.Statuses(want))
	verify := a.by.Expect
	if a.Code/100 == 2 && (want[0] == 401 || want[0] == 403) {
		verify = a.by.Closed
	}
	return verify(slices.Contains(want, a.Code), a, operation+" by "+caller+": status "+verdict.Statuses(want),
		shown, reason)
}

// ofAPI are effective headers of Gafaelfawr's API.
var ofAPI = []string{"Allow", "Cache-Control", "Link", "Location", gafaelfawr.HeaderWWWAuthenticate}

// WholeOfAPI verifies what an answer of Gafaelfawr's API has besides its status
// (recorded): JSON, and with 401 the challenge and that it is not kept, with anything
// else no challenge. shown says that the caller showed something.
func (a *Answer) WholeOfAPI(shown bool) {
	if a.Code != 204 { // it has no body
		a.TypeIsJSON()
	}
	a.effects(func(name string) bool { return slices.Contains(ofAPI, name) }, "which Gafaelfawr's API does not send")
	if a.Code != 401 {
		a.HeaderAbsent(gafaelfawr.HeaderWWWAuthenticate)
		return
	}
	a.HeaderIs("Cache-Control", "no-cache, no-store")
	want := a.by.WantChallenge("", "")
	if shown {
		want = a.by.WantChallenge(gafaelfawr.ErrorInvalidToken, "Token is not valid")
	}
	a.Challenge(want)
}

// LetsNobodyIn verifies that the answer refuses the caller or redirects
// elsewhere.
func (a *Answer) LetsNobodyIn(expected string) bool {
	if a.Code < 300 && a.flaps([]int{400, 401, 403, 404, 405, 421}) {
		return true
	}
	reason := verdict.Status(a.Code, a.Header.Get("Content-Type"), 401)
	return a.by.Closed(a.Code >= 300, a, expected, a.Excerpt(), reason)
}
