package muster

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
)

// Names of the server's checks. The suite recognizes problems by them: a name
// never changes its meaning. templates/checks.json explains each to people.
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
	defaultTokenLifetime = 300 // seconds; Gafaelfawr's default for an ingress
)

// checklist collects the checks of one report. All run; none stops another.
type checklist []Check

// add records a check: failed with the problem, passed with the message ok if
// there is no problem.
func (l *checklist) add(name, problem, ok string) {
	outcome, message := Pass, ok
	if problem != "" {
		outcome, message = Fail, problem
	}
	*l = append(*l, Check{name, outcome, gafaelfawr.Excerpt(message, textLimit)})
}

func (l *checklist) skip(reason string, names ...string) {
	for _, name := range names {
		*l = append(*l, Check{name, Skip, reason})
	}
}

// status is Fail if any check failed.
func (l checklist) status() Status {
	if slices.ContainsFunc(l, func(c Check) bool { return c.Outcome == Fail }) {
		return Fail
	}
	return Pass
}

// stranger checks a request without authentication.
func (l *checklist) stranger(in *inbound) {
	l.noCookie(in)
	l.noTokenInAuthorization(in)
	var arrived []string
	for _, name := range []string{
		gafaelfawr.HeaderUser, gafaelfawr.HeaderEmail, gafaelfawr.HeaderToken, gafaelfawr.HeaderService} {
		if in.Header.Values(name) != nil {
			arrived = append(arrived, name)
		}
	}
	problem := ""
	if arrived != nil {
		problem = "Nobody was authenticated, yet these identity headers arrived: " + strings.Join(arrived, ", ")
	}
	l.add(checkNoIdentity, problem, "No identity header arrived")
}

// options checks that Gafaelfawr's policy admits this OPTIONS request.
func (l *checklist) options(in *inbound) {
	switch {
	case in.preflight():
		l.add(checkOptionsPolicy, "", "A CORS preflight arrived, which needs no authentication")
	case in.probe.Config.AllowOptions:
		l.add(checkOptionsPolicy, "", "An OPTIONS request arrived without authentication, as this ingress allows")
	default:
		l.add(checkOptionsPolicy,
			"An OPTIONS request that is no CORS preflight arrived, though this ingress does not set allowOptions", "")
	}
}

// noCookie checks that the session cookie was removed.
func (l *checklist) noCookie(in *inbound) {
	isSession := func(line string) bool { return len(gafaelfawr.SessionCookies(line)) > 0 }
	l.removed(checkCookie, gafaelfawr.HeaderCookie, in.cookie, isSession, "Gafaelfawr's session cookie arrived: ")
}

// noTokenInAuthorization checks that the caller's token was removed.
func (l *checklist) noTokenInAuthorization(in *inbound) {
	l.removed(checkAuthorization, gafaelfawr.HeaderAuthorization, in.authorization,
		gafaelfawr.AuthorizationCarriesToken, "A token of Gafaelfawr arrived in Authorization: ")
}

// removed checks that no line of a header is a credential of Gafaelfawr.
func (l *checklist) removed(name, header string, lines []string, isCredential func(string) bool, problem string) {
	at := slices.IndexFunc(lines, isCredential)
	switch {
	case at >= 0:
		l.add(name, problem+gafaelfawr.RedactHeader(header, lines[at]), "")
	case lines == nil:
		l.add(name, "", "No "+header+" header arrived")
	default:
		l.add(name, "", "The "+header+" header that arrived is for another service, and stays")
	}
}

// caller checks a request that Gafaelfawr authenticated.
func (l *checklist) caller(in *inbound) {
	user := first(in.user)
	problem := severalLines(gafaelfawr.HeaderUser, in.user)
	switch {
	case in.user == nil:
		problem = "Reached without authentication: no " + gafaelfawr.HeaderUser +
			" arrived, so the ingress did not ask Gafaelfawr"
	case problem == "" && !gafaelfawr.ValidUsername(user):
		problem = fmt.Sprintf("%q is not a valid user name", user)
	}
	l.add(checkUser, problem, "The caller is "+user)
	if want := in.probe.Config.Username; want != "" {
		l.add(checkExpectedUser, unequal("user", want, user), "The caller is the one user that this ingress admits")
	}
	ok := "Gafaelfawr knows no email address of the caller"
	if in.email != nil {
		ok = "The email address is " + in.email[0]
	}
	l.add(checkEmail, severalLines(gafaelfawr.HeaderEmail, in.email), ok)
	l.callingService(in)
	l.noCookie(in)
	if in.probe.Delegates() && in.probe.Config.Delegate.UseAuthorization {
		l.tokenInAuthorization(in)
	} else {
		l.noTokenInAuthorization(in)
	}
	if in.probe.Delegates() {
		l.token(in)
	} else {
		l.noToken(in)
	}
}

// callingService checks the name of the service that calls for the user. It is
// set if the caller's token was delegated to that service.
func (l *checklist) callingService(in *inbound) {
	name := first(in.service)
	problem, ok := severalLines(gafaelfawr.HeaderService, in.service), "The caller did not come through a service"
	if in.service != nil {
		ok = "The calling service is " + name
	}
	if only := in.probe.Config.OnlyServices; problem == "" && only != nil && !slices.Contains(only, name) {
		problem = fmt.Sprintf("This ingress admits only %s, but the calling service is %q", strings.Join(only, ", "), name)
	}
	l.add(checkService, problem, ok)
}

func (l *checklist) noToken(in *inbound) {
	problem := ""
	if in.token != nil {
		problem = "A token arrived in " + gafaelfawr.HeaderToken + ", though this ingress does not request one"
	}
	l.add(checkNoToken, problem, "No token arrived, as this ingress requests none")
}

func (l *checklist) token(in *inbound) {
	problem := severalLines(gafaelfawr.HeaderToken, in.token)
	if in.token == nil {
		problem = "No " + gafaelfawr.HeaderToken + " arrived, though this ingress requests a delegated token"
	} else if _, err := gafaelfawr.ParseToken(in.token[0]); problem == "" && err != nil {
		problem = "The content of " + gafaelfawr.HeaderToken + " is damaged: " + err.Error()
	}
	l.add(checkToken, problem, "A delegated token arrived, fingerprint "+gafaelfawr.Fingerprint(first(in.token)))
}

func (l *checklist) tokenInAuthorization(in *inbound) {
	problem := severalLines(gafaelfawr.HeaderAuthorization, in.authorization)
	switch got := first(in.authorization); {
	case problem != "":
	case in.authorization == nil:
		problem = "No Authorization header arrived, though this ingress sets useAuthorization"
	case got != "Bearer "+first(in.token):
		problem = "Authorization is not Bearer with the delegated token, but " +
			gafaelfawr.RedactHeader(gafaelfawr.HeaderAuthorization, got)
	}
	l.add(checkTokenInAuth, problem, "Authorization holds the delegated token")
}

// severalLines is the problem with more than one line of a header.
func severalLines(name string, values []string) string {
	if len(values) < 2 {
		return ""
	}
	shown := make([]string, len(values))
	for i, value := range values {
		shown[i] = gafaelfawr.RedactHeader(name, value)
	}
	return fmt.Sprintf("%d lines of %s arrived, and an application may believe any: %q", len(values), name, shown)
}

// unequal is the problem with a value that is not the one wanted.
func unequal(what, want, got string) string {
	if want == got {
		return ""
	}
	return fmt.Sprintf("The %s should be %q and is %q", what, want, got)
}
