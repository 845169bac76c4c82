package muster

import (
	"context"
	"fmt"
	"net/http"
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
func (v *verdict) record(name, wrong, right string) {
	if wrong != "" {
		v.checks = append(v.checks, Check{name, Fail, gafaelfawr.Redact(wrong)})
		return
	}
	v.checks = append(v.checks, Check{name, Pass, gafaelfawr.Redact(right)})
}

func (v *verdict) skip(name, reason string) {
	v.checks = append(v.checks, Check{name, Skip, reason})
}

// status is Fail if any check failed.
func (v *verdict) status() Status {
	for _, c := range v.checks {
		if c.Outcome == Fail {
			return Fail
		}
	}
	return Pass
}

// judge verifies all that the server can see of a visit, and asks Gafaelfawr
// what only it can tell. It fills in the report.
func (s *Server) judge(ctx context.Context, v visit, report *Report) {
	var found verdict
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
func (f *verdict) stranger(v visit) {
	f.credentials(v)
	var arrived []string
	for _, name := range gafaelfawr.IdentityHeaders {
		if len(v.values(name)) > 0 {
			arrived = append(arrived, name)
		}
	}
	wrong := ""
	if arrived != nil {
		wrong = "Nobody was authenticated, yet these identity headers arrived: " + strings.Join(arrived, ", ")
	}
	f.record(checkNoIdentity, wrong, "No identity header arrived")
}

// options verifies that Gafaelfawr's policy let an OPTIONS request through.
func (f *verdict) options(v visit) {
	switch {
	case v.preflight():
		f.record(checkOptionsPolicy, "", "A CORS preflight arrived, which is let through without authentication")
	case v.probe.Config.AllowOptions:
		f.record(checkOptionsPolicy, "", "An OPTIONS request arrived without authentication, as this ingress allows")
	default:
		f.record(checkOptionsPolicy, "An OPTIONS request that is no CORS preflight arrived, though this ingress does not set allowOptions", "")
	}
}

// credentials verifies that the caller's own were taken off the request.
func (f *verdict) credentials(v visit) {
	f.cookie(v)
	wrong, right := "", "No Authorization header arrived"
	for _, value := range v.values(gafaelfawr.HeaderAuthorization) {
		if gafaelfawr.AuthorizationCarriesToken(value) {
			wrong = "A token of Gafaelfawr arrived in Authorization: " + gafaelfawr.RedactHeader(gafaelfawr.HeaderAuthorization, value)
			break
		}
		right = "The Authorization header that arrived holds no token of Gafaelfawr: it is another's, and stays"
	}
	f.record(checkAuthorization, wrong, right)
}

func (f *verdict) cookie(v visit) {
	wrong, right := "", "No cookie arrived"
	for _, value := range v.values(gafaelfawr.HeaderCookie) {
		if len(gafaelfawr.SessionCookies(value)) > 0 {
			wrong = "Gafaelfawr's session cookie arrived: " + gafaelfawr.RedactHeader(gafaelfawr.HeaderCookie, value)
			break
		}
		right = "Only cookies of others arrived"
	}
	f.record(checkCookie, wrong, right)
}

// caller verifies a request that Gafaelfawr authenticated.
func (f *verdict) caller(v visit) {
	users := v.values(gafaelfawr.HeaderUser)
	switch {
	case len(users) == 0:
		f.record(checkUser, "Reached without authentication: no "+gafaelfawr.HeaderUser+" arrived, so the ingress did not ask Gafaelfawr", "")
	case len(users) > 1:
		f.record(checkUser, fmt.Sprintf("%d lines of %s arrived, and an application may believe either: %q", len(users), gafaelfawr.HeaderUser, users), "")
	case !gafaelfawr.ValidUsername(users[0]):
		f.record(checkUser, fmt.Sprintf("%q is no user name that Gafaelfawr allows", users[0]), "")
	default:
		f.record(checkUser, "", "The caller is "+users[0])
	}
	if want := v.probe.Config.Username; want != "" {
		f.record(checkExpectedUser, unequal("user", want, v.value(gafaelfawr.HeaderUser)), "It is the one user that may come here")
	}
	emails := v.values(gafaelfawr.HeaderEmail)
	f.record(checkEmail, several(gafaelfawr.HeaderEmail, emails), either(len(emails) == 0, "Gafaelfawr knows no email address of the caller", "The email address is "+v.value(gafaelfawr.HeaderEmail)))
	f.service(v)
	f.cookieAndToken(v)
}

// service verifies the name of the service that calls for the user: it is set
// if the caller came with a token that was delegated to that service.
func (f *verdict) service(v visit) {
	services := v.values(gafaelfawr.HeaderService)
	wrong := several(gafaelfawr.HeaderService, services)
	if only := v.probe.Config.OnlyServices; wrong == "" && only != nil && !contains(only, v.value(gafaelfawr.HeaderService)) {
		wrong = fmt.Sprintf("Only %s may come here, but the calling service is %q", strings.Join(only, ", "), v.value(gafaelfawr.HeaderService))
	}
	f.record(checkService, wrong, either(len(services) == 0, "The caller comes for itself, not through a service", "The calling service is "+v.value(gafaelfawr.HeaderService)))
}

func (f *verdict) cookieAndToken(v visit) {
	tokens := v.values(gafaelfawr.HeaderToken)
	if !v.probe.Delegates() {
		f.credentials(v)
		f.record(checkNoToken, either(len(tokens) > 0, "A token arrived in "+gafaelfawr.HeaderToken+", though this ingress asks for none", ""), "No token arrived, as none was asked for")
		return
	}
	if delegate := v.probe.Config.Delegate; !delegate.UseAuthorization {
		f.credentials(v)
	} else {
		f.cookie(v)
		f.tokenInAuthorization(v)
	}
	var wrong string
	switch {
	case len(tokens) == 0:
		wrong = "No " + gafaelfawr.HeaderToken + " arrived, though this ingress asks for a delegated token"
	case len(tokens) > 1:
		wrong = several(gafaelfawr.HeaderToken, tokens)
	default:
		if _, err := gafaelfawr.ParseToken(tokens[0]); err != nil {
			wrong = "What arrived in " + gafaelfawr.HeaderToken + " is no token: " + err.Error()
		}
	}
	f.record(checkToken, wrong, "A delegated token arrived, fingerprint "+gafaelfawr.Fingerprint(v.value(gafaelfawr.HeaderToken)))
}

func (f *verdict) tokenInAuthorization(v visit) {
	values := v.values(gafaelfawr.HeaderAuthorization)
	wrong := ""
	switch {
	case len(values) == 0:
		wrong = "No Authorization header arrived, though this ingress sets useAuthorization"
	case len(values) > 1:
		wrong = several(gafaelfawr.HeaderAuthorization, values)
	case values[0] != "Bearer "+v.value(gafaelfawr.HeaderToken):
		wrong = "Authorization is not Bearer with the delegated token, but " + gafaelfawr.RedactHeader(gafaelfawr.HeaderAuthorization, values[0])
	}
	f.record(checkTokenInAuth, wrong, "Authorization holds the delegated token")
}

// several says what is wrong with more than one line of a header.
func several(name string, values []string) string {
	if len(values) < 2 {
		return ""
	}
	shown := make([]string, len(values))
	for i, value := range values {
		shown[i] = gafaelfawr.RedactHeader(name, value)
	}
	return fmt.Sprintf("%d lines of %s arrived, and an application may believe any: %q", len(values), name, shown)
}

// unequal says what is wrong with got, nothing if it is want.
func unequal(what, want, got string) string {
	if want == got {
		return ""
	}
	return fmt.Sprintf("The %s should be %q and is %q", what, want, got)
}

func either(yes bool, a, b string) string {
	if yes {
		return a
	}
	return b
}

func contains(list []string, text string) bool {
	for _, item := range list {
		if item == text {
			return true
		}
	}
	return false
}
