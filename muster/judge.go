package muster

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
)

// Names of the checks that the server makes itself. explanations says what
// each means to a person.
const (
	checkOptionsPolicy   = "options-policy"
	checkNoIdentity      = "no-identity-headers"
	checkUser            = "one-user"
	checkExpectedUser    = "expected-user"
	checkEmail           = "at-most-one-email"
	checkService         = "calling-service"
	checkCookie          = "no-session-cookie"
	checkAuthorization   = "no-token-in-authorization"
	checkNoToken         = "no-delegated-token"
	checkToken           = "delegated-token"
	checkTokenInAuth     = "delegated-token-in-authorization"
	checkUserInfo        = "user-info-answers"
	checkUserInfoUser    = "user-info-username"
	checkUserInfoEmail   = "user-info-email"
	checkTokenInfo       = "token-info-answers"
	checkTokenUser       = "token-username"
	checkTokenType       = "token-type"
	checkTokenService    = "token-service"
	checkTokenParent     = "token-parent"
	checkTokenScopes     = "token-scopes"
	checkTokenLifetime   = "token-lifetime"
	checkServer          = "server"
	lifetimeTolerance    = 10 * time.Second
	defaultTokenLifetime = 300 // seconds; what Gafaelfawr asks where an ingress says nothing
)

// verdict collects the checks of one report. All run, none stops another.
type verdict struct{ checks []Check }

// record files a check: failed with what is wrong, passed with what is right.
func (f *verdict) record(name, wrong, right string) {
	if wrong != "" {
		f.checks = append(f.checks, Check{name, Fail, gafaelfawr.Excerpt(wrong, textLimit)})
		return
	}
	f.checks = append(f.checks, Check{name, Pass, gafaelfawr.Excerpt(right, textLimit)})
}

// pass files a check that passed, with words that hold nothing of the request.
func (f *verdict) pass(name, words string) {
	f.checks = append(f.checks, Check{name, Pass, words})
}

func (f *verdict) skip(name, reason string) {
	f.checks = append(f.checks, Check{name, Skip, reason})
}

// status is Fail if any check failed.
func (f *verdict) status() Status {
	for _, c := range f.checks {
		if c.Outcome == Fail {
			return Fail
		}
	}
	return Pass
}

// judge verifies all that the server can see of a visit, and asks Gafaelfawr
// what only it can tell. It fills in the report.
func (s *Server) judge(ctx context.Context, v *visit, report *Report) {
	found := verdict{checks: report.Checks}
	switch {
	case v.request.Method == http.MethodOptions && !v.probe.Anonymous():
		found.options(v)
		found.stranger(v)
	case v.probe.Anonymous():
		found.stranger(v)
	default:
		found.caller(v)
		if v.probe.Delegates() {
			s.delegation(ctx, v, &found, report)
		}
	}
	report.Checks, report.Status = found.checks, found.status()
}

// stranger verifies a request that nobody was authenticated for.
func (f *verdict) stranger(v *visit) {
	f.cookie(v)
	f.authorization(v)
	var arrived []string
	for _, h := range []header{v.user, v.email, v.token, v.service} {
		if h.lines > 0 {
			arrived = append(arrived, h.name)
		}
	}
	wrong := ""
	if arrived != nil {
		wrong = "Nobody was authenticated, yet these identity headers arrived: " + strings.Join(arrived, ", ")
	}
	f.record(checkNoIdentity, wrong, "No identity header arrived")
}

// options verifies that Gafaelfawr's policy let an OPTIONS request through.
func (f *verdict) options(v *visit) {
	switch {
	case v.preflight():
		f.pass(checkOptionsPolicy, "A CORS preflight arrived, which is let through without authentication")
	case v.probe.Config.AllowOptions:
		f.pass(checkOptionsPolicy, "An OPTIONS request arrived without authentication, as this ingress allows")
	default:
		f.record(checkOptionsPolicy, "An OPTIONS request that is no CORS preflight arrived, though this ingress does not set allowOptions", "")
	}
}

// cookie verifies that the session cookie was taken off.
func (f *verdict) cookie(v *visit) {
	if v.cookie.lines == 0 {
		f.pass(checkCookie, "No cookie arrived")
		return
	}
	for _, value := range v.values(gafaelfawr.HeaderCookie) {
		if len(gafaelfawr.SessionCookies(value)) > 0 {
			f.record(checkCookie, "Gafaelfawr's session cookie arrived: "+gafaelfawr.RedactHeader(gafaelfawr.HeaderCookie, value), "")
			return
		}
	}
	f.pass(checkCookie, "Only cookies of others arrived, and they may")
}

// authorization verifies that the caller's token was taken off.
func (f *verdict) authorization(v *visit) {
	if v.authorization.lines == 0 {
		f.pass(checkAuthorization, "No Authorization header arrived")
		return
	}
	for _, value := range v.values(gafaelfawr.HeaderAuthorization) {
		if gafaelfawr.AuthorizationCarriesToken(value) {
			f.record(checkAuthorization, "A token of Gafaelfawr arrived in Authorization: "+gafaelfawr.RedactHeader(gafaelfawr.HeaderAuthorization, value), "")
			return
		}
	}
	f.pass(checkAuthorization, "The Authorization header that arrived holds no token of Gafaelfawr: it is for someone else, and stays")
}

// caller verifies a request that Gafaelfawr authenticated.
func (f *verdict) caller(v *visit) {
	switch user := v.user.first; {
	case v.user.lines == 0:
		f.record(checkUser, "Reached without authentication: no "+gafaelfawr.HeaderUser+" arrived, so the ingress did not ask Gafaelfawr", "")
	case v.user.lines > 1:
		f.record(checkUser, v.several(v.user), "")
	case !gafaelfawr.ValidUsername(user):
		f.record(checkUser, fmt.Sprintf("%q is no user name that Gafaelfawr allows", user), "")
	default:
		f.record(checkUser, "", "The caller is "+user)
	}
	if want := v.probe.Config.Username; want != "" {
		f.record(checkExpectedUser, unequal("user", want, v.user.first), "It is the one user that may come here")
	}
	if v.email.lines == 0 {
		f.pass(checkEmail, "Gafaelfawr knows no email address of the caller")
	} else {
		f.record(checkEmail, v.several(v.email), "The email address is "+v.email.first)
	}
	f.service(v)
	f.cookie(v)
	if v.probe.Delegates() && v.probe.Config.Delegate.UseAuthorization {
		f.tokenInAuthorization(v)
	} else {
		f.authorization(v)
	}
	f.token(v)
}

// service verifies the name of the service that calls for the user: it is set
// if the caller came with a token that was delegated to that service.
func (f *verdict) service(v *visit) {
	wrong, right := v.several(v.service), "The caller comes for itself, not through a service"
	if v.service.lines > 0 {
		right = "The calling service is " + v.service.first
	}
	if only := v.probe.Config.OnlyServices; wrong == "" && only != nil && !slices.Contains(only, v.service.first) {
		wrong = fmt.Sprintf("Only %s may come here, but the calling service is %q", strings.Join(only, ", "), v.service.first)
	}
	f.record(checkService, wrong, right)
}

// token verifies that a delegated token arrived if, and only if, the ingress
// asks for one.
func (f *verdict) token(v *visit) {
	if !v.probe.Delegates() {
		if v.token.lines > 0 {
			f.record(checkNoToken, "A token arrived in "+gafaelfawr.HeaderToken+", though this ingress asks for none", "")
		} else {
			f.pass(checkNoToken, "No token arrived, as none was asked for")
		}
		return
	}
	_, err := gafaelfawr.ParseToken(v.token.first)
	switch {
	case v.token.lines == 0:
		f.record(checkToken, "No "+gafaelfawr.HeaderToken+" arrived, though this ingress asks for a delegated token", "")
	case v.token.lines > 1:
		f.record(checkToken, v.several(v.token), "")
	case err != nil:
		f.record(checkToken, "What arrived in "+gafaelfawr.HeaderToken+" is damaged: "+err.Error(), "")
	default:
		f.record(checkToken, "", "A delegated token arrived, fingerprint "+gafaelfawr.Fingerprint(v.token.first))
	}
}

func (f *verdict) tokenInAuthorization(v *visit) {
	wrong := v.several(v.authorization)
	switch got := v.authorization.first; {
	case wrong != "":
	case v.authorization.lines == 0:
		wrong = "No Authorization header arrived, though this ingress sets useAuthorization"
	case got != "Bearer "+v.token.first:
		wrong = "Authorization is not Bearer with the delegated token, but " + gafaelfawr.RedactHeader(gafaelfawr.HeaderAuthorization, got)
	}
	f.record(checkTokenInAuth, wrong, "Authorization holds the delegated token")
}

// several says what is wrong with more than one line of a header.
func (v *visit) several(h header) string {
	if h.lines < 2 {
		return ""
	}
	shown := v.values(h.name)
	for i, value := range shown {
		shown[i] = gafaelfawr.RedactHeader(h.name, value)
	}
	return fmt.Sprintf("%d lines of %s arrived, and an application may believe any: %q", h.lines, h.name, shown)
}

// unequal says what is wrong with got, nothing if it is want.
func unequal(what, want, got string) string {
	if want == got {
		return ""
	}
	return fmt.Sprintf("The %s should be %q and is %q", what, want, got)
}
