package answers

import (
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/lsst-sqre/muster/muster"
	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/environment"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// Unauthorized verifies that a caller without a valid token was refused: 401,
// or the redirect to the login on a route that has one. Both have the challenge
// (recorded), and neither reached the application.
func (a *Answer) Unauthorized(want gafaelfawr.Challenge) {
	redirects := a.Request.Target.LoginRedirect
	if !a.Status(map[bool]int{true: 302, false: 401}[redirects]) {
		a.NotFromBackend()
		return
	}
	if redirects {
		login := "https://" + a.by.env.Host() + "/login"
		got := a.Location()
		target, err := url.Parse(got)
		back := err == nil && target.Query().Get("rd") == a.by.env.URL+a.Request.Target.Path
		a.by.Expect(back && strings.HasPrefix(got, login+"?"), a, "Location: "+login+"?rd= and this page",
			"Location: "+got,
			verdict.Header("", "Location", []string{got}, login))
	}
	a.Challenge(want)
	a.adds("Cache-Control", "Location")
	a.NotFromBackend()
}

// Forbidden verifies that the caller got 403 with the challenge, uncacheable,
// and that the application was not reached.
func (a *Answer) Forbidden(want gafaelfawr.Challenge) {
	if a.Status(403) {
		a.Challenge(want)
		a.NotCached()
		a.adds("Cache-Control")
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
// with its words in challenge and body, uncacheable, and that the application
// was not reached.
func (a *Answer) Malformed(want gafaelfawr.Challenge, message string) {
	if a.Status(400) {
		a.Challenge(want)
		a.ErrorBody(gafaelfawr.ErrorInvalidRequest, message)
		a.NotCached()
		a.adds("Cache-Control")
	}
	a.NotFromBackend()
}

// NotFromBackend verifies that the request did not reach Muster, whose answers
// name it in a header.
func (a *Answer) NotFromBackend() bool {
	instance := a.Header.Get(muster.InstanceHeader)
	report, _ := a.report()
	return instance == "" && report == nil && !a.complains() || a.by.Closed(false, a,
		"an answer of the ingress, without asking the application",
		"the application answered: "+a.Excerpt(), verdict.Of(verdict.CodeBackendAnswered, "status", strconv.Itoa(a.Code)))
}

// complains reports whether Muster answered a program that expects Python Muster: it was reached
// without what it needs. nginx makes a page of its own of such a status of Gafaelfawr's.
func (a *Answer) complains() bool {
	var body struct {
		Detail []gafaelfawr.Detail `json:"detail"`
	}
	return (a.Code == 500 || a.Code == 422) && a.by.env.Muster.Deployed != environment.NoMuster &&
		strings.HasPrefix(a.Request.Target.Path, a.by.env.Muster.Path+"/") &&
		json.Unmarshal(a.Body, &body) == nil && len(body.Detail) > 0
}

// adds verifies that a refusal has no header with an effect but its challenge and these.
func (a *Answer) adds(own ...string) {
	a.effects(func(name string) bool { return name == gafaelfawr.HeaderWWWAuthenticate || slices.Contains(own, name) },
		"which Gafaelfawr does not send with a refusal")
}
