package muster

import (
	"encoding/base64"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
)

// A healthy request to each probe passes, with exactly these checks.
func TestProbesPass(t *testing.T) {
	t.Parallel()
	g := honest()
	s := start(t, Config{GafaelfawrURL: serveTeller(t, g)})
	notebook := *g
	notebook.token.Type, notebook.token.Service, notebook.token.Scopes = gafaelfawr.TypeNotebook, "", []string{
		"exec:admin",
		"read:image",
	}
	forNotebook := start(t, Config{GafaelfawrURL: serveTeller(t, &notebook)})
	forOther := start(t, Config{GafaelfawrURL: serveTeller(t, honestTo(OtherService))})

	stranger := []string{checkCookie, checkAuthorization, checkNoIdentity}
	caller := []string{checkUser, checkEmail, checkService, checkCookie, checkAuthorization, checkNoToken}
	delegated := []string{
		checkUser,
		checkEmail,
		checkService,
		checkCookie,
		checkAuthorization,
		checkToken,
		checkUserInfo,
		checkUserInfoUser,
		checkUserInfoEmail,
		checkTokenInfo,
		checkTokenUser,
		checkTokenType,
		checkTokenService,
		checkTokenParent,
		checkTokenScopes,
		checkTokenLifetime,
	}
	inAuthorization := append([]string(nil), delegated...)
	inAuthorization[4] = checkTokenInAuth
	for name, c := range map[string]struct {
		s      *running
		lines  [][2]string
		checks []string
	}{
		"anonymous":     {s, nil, stranger},
		"authenticated": {s, userLines(), caller},
		"delegated":     {s, delegatedLines(), delegated},
		"redirect":      {s, userLines(), caller},
		"authorization": {
			forOther, append(delegatedLines(), [2]string{"Authorization", "Bearer " + delegatedToken}), inAuthorization,
		},
		"quota":      {s, userLines(), caller},
		"basic":      {s, userLines(), caller},
		"cookieless": {s, userLines(), caller},
		"username": {
			s, userLines(),
			[]string{checkUser, checkExpectedUser, checkEmail, checkService, checkCookie, checkAuthorization, checkNoToken},
		},
		"services":         {s, append(userLines(), [2]string{"X-Auth-Request-Service", "muster"}), caller},
		"delegated-scopes": {s, delegatedLines(), delegated},
		"notebook":         {forNotebook, delegatedLines(), delegated},
		"options":          {s, userLines(), caller},
		"lifetime":         {s, delegatedLines(), delegated},
		"all-scopes":       {s, userLines(), caller},
		"any-scope":        {s, userLines(), caller},
		"user-domain":      {s, userLines(), caller},
	} {
		t.Run(name, func(t *testing.T) {
			report := c.s.probe(name, c.lines...)
			assert.Equal(t, Pass, report.Status)
			assert.Equal(t, name, report.Probe)
			var names []string
			for _, check := range report.Checks {
				assert.Equal(t, Pass, check.Outcome, "%s: %s", check.Name, check.Message)
				assert.NotEmpty(t, check.Message, check.Name)
				names = append(names, check.Name)
			}
			assert.Equal(t, c.checks, names)
		})
	}
	assert.Len(t, Probes("exec:admin"), 17, "a new probe needs a case here")
}

// Each defect fails exactly these checks. All checks run.
func TestProbesFail(t *testing.T) {
	t.Parallel()
	s := start(t, Config{GafaelfawrURL: serveTeller(t, honest())})
	other := start(t, Config{GafaelfawrURL: serveTeller(t, honestTo(OtherService))})
	basic := base64.StdEncoding.EncodeToString([]byte(callerToken + ":x-oauth-basic"))
	type lines = [][2]string
	for name, c := range map[string]struct {
		probe string
		lines lines
		want  []string
		words string // in the first message
	}{
		"session cookie": {
			"anonymous", lines{{"Cookie", "gafaelfawr=abc"}}, []string{checkCookie}, "gafaelfawr=<",
		},
		"cookie after a bare semicolon": {
			"anonymous", lines{{"Cookie", "a=1;gafaelfawr=abc"}}, []string{checkCookie}, ";gafaelfawr=<",
		},
		"cookie after a tab": {
			"anonymous", lines{{"Cookie", "a=1;\tgafaelfawr=abc"}}, []string{checkCookie}, "session cookie",
		},
		"cookie with a space": {
			"anonymous", lines{{"Cookie", "gafaelfawr =abc"}}, []string{checkCookie}, "gafaelfawr =<",
		},
		"cookie in the second line": {
			"anonymous", lines{{"Cookie", "a=1"}, {"Cookie", "gafaelfawr=abc"}}, []string{checkCookie}, "session cookie",
		},
		"bearer": {
			"anonymous", lines{{"Authorization", "Bearer " + callerToken}}, []string{checkAuthorization},
			"Bearer gt-<" + gafaelfawr.Fingerprint(callerToken) + ">",
		},
		"bearer with a tab": {
			"anonymous", lines{{"Authorization", "Bearer\t" + callerToken}}, []string{checkAuthorization},
			"token of Gafaelfawr arrived",
		},
		"basic": {
			"anonymous", lines{{"Authorization", "Basic " + basic}}, []string{checkAuthorization}, "Basic <",
		},
		"bearer in the second line": {
			"anonymous", lines{{"Authorization", "Digest x"}, {"Authorization", "Bearer " + callerToken}},
			[]string{checkAuthorization}, "token",
		},
		"forged user": {
			"anonymous", lines{{"X-Auth-Request-User", "root"}}, []string{checkNoIdentity}, "X-Auth-Request-User",
		},
		"forged and empty": {
			"anonymous", lines{{"x-auth-request-email", ""}}, []string{checkNoIdentity}, "X-Auth-Request-Email",
		},
		"all forged": {
			"anonymous",
			lines{
				{"X-Auth-Request-User", "root"}, {"X-Auth-Request-Email", "r@x"}, {"X-Auth-Request-Token", "gt-forged"},
				{"X-Auth-Request-Service", "x"},
			}, []string{checkNoIdentity}, "User, X-Auth-Request-Email, X-Auth-Request-Token, X-Auth-Request-Service",
		},
		"everything at once": {
			"anonymous",
			lines{{"X-Auth-Request-User", "root"}, {"Cookie", "gafaelfawr=a"}, {"Authorization", "Bearer " + callerToken}},
			[]string{checkCookie, checkAuthorization, checkNoIdentity}, "cookie",
		},
		"around the authentication": {"authenticated", nil, []string{checkUser}, "Reached without authentication"},
		"two users": {
			"authenticated", lines{{"X-Auth-Request-User", "root"}, {"X-Auth-Request-User", user}}, []string{checkUser},
			`2 lines of X-Auth-Request-User arrived, and an application may believe any: ["root" "bot-check-muster"]`,
		},
		"bad user": {
			"authenticated", lines{{"X-Auth-Request-User", "Root!"}}, []string{checkUser}, `"Root!" is not a valid user name`,
		},
		"empty user": {
			"authenticated", lines{{"X-Auth-Request-User", ""}}, []string{checkUser}, `"" is not a valid user name`,
		},
		"bootstrap": {
			"authenticated", lines{{"X-Auth-Request-User", gafaelfawr.BootstrapUser}}, []string{checkUser},
			"not a valid user name",
		},
		"two emails": {
			"authenticated", append(userLines(), [2]string{"X-Auth-Request-Email", "x"}), []string{checkEmail}, "2 lines",
		},
		"two services": {
			"authenticated",
			append(userLines(), [2]string{"X-Auth-Request-Service", "x"}, [2]string{"X-Auth-Request-Service", "y"}),
			[]string{checkService}, "2 lines",
		},
		"token unasked": {"authenticated", delegatedLines(), []string{checkNoToken}, "does not request one"},
		"credentials left": {
			"authenticated",
			append(userLines(), [2]string{"Cookie", "gafaelfawr=x"}, [2]string{"Authorization", "bearer " + callerToken}),
			[]string{checkCookie, checkAuthorization}, "cookie",
		},
		"other user": {
			"username", lines{{"X-Auth-Request-User", "someone-else"}}, []string{checkExpectedUser},
			`should be "bot-check-muster" and is "someone-else"`,
		},
		"not a service": {
			"services", userLines(), []string{checkService}, `This ingress admits only muster, but the calling service is ""`,
		},
		"other service": {
			"services", append(userLines(), [2]string{"X-Auth-Request-Service", "tap"}), []string{checkService}, `"tap"`,
		},
		"no token": {"delegated", userLines(), []string{checkToken}, "No X-Auth-Request-Token arrived"},
		"two tokens": {
			"delegated", append(delegatedLines(), [2]string{"X-Auth-Request-Token", callerToken}), []string{checkToken},
			"2 lines of X-Auth-Request-Token",
		},
		"damaged token": {
			"delegated", append(userLines(), [2]string{"X-Auth-Request-Token", "gt-forged"}), []string{checkToken},
			"damaged: 9 characters",
		},
		"authorization missing": {
			"authorization", delegatedLines(), []string{checkTokenInAuth}, "No Authorization header",
		},
		"authorization of the caller": {
			"authorization", append(delegatedLines(), [2]string{"Authorization", "Bearer " + callerToken}),
			[]string{checkTokenInAuth}, "but Bearer gt-<" + gafaelfawr.Fingerprint(callerToken),
		},
		"authorization in another case": {
			"authorization", append(delegatedLines(), [2]string{"Authorization", "bearer " + delegatedToken}),
			[]string{checkTokenInAuth}, "is not Bearer",
		},
		"two authorizations": {
			"authorization",
			append(delegatedLines(), [2]string{"Authorization", "Bearer " + delegatedToken},
				[2]string{"Authorization", "Digest x"}), []string{checkTokenInAuth}, "2 lines of Authorization",
		},
		"token in authorization unasked": {
			"delegated", append(delegatedLines(), [2]string{"Authorization", "Bearer " + delegatedToken}),
			[]string{checkAuthorization}, "token of Gafaelfawr",
		},
	} {
		t.Run(name, func(t *testing.T) {
			asked := s
			if c.probe == "authorization" {
				asked = other
			}
			report := asked.probe(c.probe, c.lines...)
			assert.Equal(t, Fail, report.Status)
			got := failing(report)
			assert.Equal(t, c.want, got)
			assert.Contains(t, outcome(t, report, c.want[0]).Message, c.words)
		})
	}
}

// A foreign cookie stays; it is no leak.
func TestForeignCredentialsPass(t *testing.T) {
	t.Parallel()
	s := start(t, Config{GafaelfawrURL: "http://127.0.0.1:1"})
	for _, line := range [][2]string{
		{"Authorization", "Digest abc"}, {"Authorization", "Bearer foreign"}, {"Authorization", "word"},
		{"Authorization", "Basic dXNlcjpwYXNzd29yZA=="},
		{"Cookie", "a=1; b=2"}, {"Cookie", "GAFAELFAWR=x"}, {"Cookie", "gafaelfawr2=x"},
		{"X-Auth-Request-Groups", "wheel"}, {"X-Auth-Request-Uid", "0"},
	} {
		report := s.probe("anonymous", line)
		assert.Equal(t, Pass, report.Status, "%v: %v", line, report.Checks)
	}
}

func TestOptions(t *testing.T) {
	t.Parallel()
	s := start(t, Config{GafaelfawrURL: "http://127.0.0.1:1"})
	preflight := [][2]string{{"Origin", "https://minikube.lsst.codes"}, {"Access-Control-Request-Method", "POST"}}
	for name, c := range map[string]struct {
		probe string
		lines [][2]string
		want  []string
	}{
		"where allowed":              {"options", nil, nil},
		"preflight":                  {"authenticated", preflight, nil},
		"preflight at a delegation":  {"delegated", preflight, nil},
		"anonymous":                  {"anonymous", nil, nil},
		"not a preflight":            {"authenticated", nil, []string{checkOptionsPolicy}},
		"half a preflight":           {"authenticated", preflight[:1], []string{checkOptionsPolicy}},
		"with an identity":           {"options", userLines(), []string{checkNoIdentity}},
		"preflight with an identity": {"authenticated", append(userLines(), preflight...), []string{checkNoIdentity}},
		"with a token": {
			"options", [][2]string{{"Authorization", "Bearer " + callerToken}}, []string{checkAuthorization},
		},
	} {
		t.Run(name, func(t *testing.T) {
			report := s.report(sent{method: "OPTIONS", target: "/muster/probes/" + c.probe, lines: c.lines})
			assert.Equal(t, c.want, failing(report))
			assert.Equal(t, "OPTIONS", report.Sighting.Method)
		})
	}
}

func TestIdentity(t *testing.T) {
	t.Parallel()
	s := start(t, Config{GafaelfawrURL: serveTeller(t, honest())})
	assert.Nil(t, s.probe("anonymous").Identity)
	assert.Equal(t, &Identity{User: user, Email: email}, s.probe("authenticated", userLines()...).Identity)
	report := s.probe("delegated", append(delegatedLines(), [2]string{"X-Auth-Request-Service", "tap"})...)
	assert.Equal(t, &Identity{User: user, Email: email, Service: "tap", Token: gafaelfawr.Fingerprint(delegatedToken)},
		report.Identity)
	assert.Equal(t, []string{"gt-<" + gafaelfawr.Fingerprint(delegatedToken) + ">"},
		report.Sighting.Values("X-Auth-Request-Token"))
}
