package muster

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
)

// The answers of Python Muster (recorded: muster/..., and what its source does
// where nothing was recorded), with the two differences that python.go names.
func TestPythonRoutes(t *testing.T) {
	t.Parallel()
	s := start(t, Config{GafaelfawrURL: serveTeller(t, honest())})
	bare := honest()
	bare.user = gafaelfawr.UserInfo{Username: "bot-bare"}
	forBare := start(t, Config{GafaelfawrURL: serveTeller(t, bare)})
	type lines = [][2]string
	onlyUser := lines{{"X-Auth-Request-User", user}}
	other := "gt-otherotherotherotherot.s3cr3ts3cr3ts3cr3ts3cZ"
	const wrongHeader = `{"detail":[{"msg":"Header Authorization set but should not be present","type":"unexpected_header","loc":["header","Authorization"]}]}`
	const wrongCookie = `{"detail":[{"msg":"Cookie gafaelfawr set but should not be present","type":"unexpected_cookie","loc":["header","Cookie"]}]}`
	const whole = `{"username":"bot-check-muster","email":"check@example.org","name":"Check Muster","uid":90001,"gid":90002,"groups":[{"name":"g_users","id":90001}]}`
	const noUser = `{"type":"missing","loc":["header","x-auth-request-user"],"msg":"Field required","input":null}`
	const noToken = `{"type":"missing","loc":["header","x-auth-request-token"],"msg":"Field required","input":null}`
	for name, c := range map[string]struct {
		s      *running
		path   string
		lines  lines
		status int
		body   string
	}{
		"anonymous":                     {s, "anonymous", nil, 200, `{"ok":true}`},
		"anonymous, other cookie":       {s, "anonymous", lines{{"Cookie", "a=1; gafaelfawr="}}, 200, `{"ok":true}`},
		"anonymous, empty header":       {s, "anonymous", lines{{"Authorization", ""}}, 200, `{"ok":true}`},
		"anonymous, malformed":          {s, "anonymous", lines{{"Authorization", "Token bogus"}}, 500, wrongHeader},
		"anonymous, cookie":             {s, "anonymous", lines{{"Cookie", "a=1; gafaelfawr=x"}}, 500, wrongCookie},
		"anonymous, cookie unspaced":    {s, "anonymous", lines{{"Cookie", "a=1;gafaelfawr =x"}}, 500, wrongCookie},
		"anonymous, both":               {s, "anonymous", lines{{"Cookie", "gafaelfawr=x"}, {"Authorization", "a"}}, 500, wrongHeader},
		"auth":                          {s, "auth/fail", onlyUser, 200, `{"username":"bot-check-muster"}`},
		"auth, email":                   {s, "auth/redirect", userLines(), 200, `{"username":"bot-check-muster","email":"check@example.org"}`},
		"auth, empty email":             {s, "auth/quota", append(onlyUser[:1:1], [2]string{"X-Auth-Request-Email", ""}), 200, `{"username":"bot-check-muster","email":""}`},
		"auth, cached":                  {s, "auth/cached", onlyUser, 200, `{"username":"bot-check-muster"}`},
		"auth, vinyl":                   {s, "auth/vinyl", onlyUser, 200, `{"username":"bot-check-muster"}`},
		"auth, nobody":                  {s, "auth/fail", nil, 422, `{"detail":[` + noUser + `]}`},
		"auth, header":                  {s, "auth/fail", append(onlyUser[:1:1], [2]string{"Authorization", "Digest x"}), 500, wrongHeader},
		"auth, cookie is not looked at": {s, "auth/fail", append(onlyUser[:1:1], [2]string{"Cookie", "gafaelfawr=x"}), 200, `{"username":"bot-check-muster"}`},
		"auth, unknown mode": {s, "auth/other", onlyUser, 422, `{"detail":[{"type":"literal_error","loc":["path","mode"],` +
			`"msg":"Input should be 'cached', 'fail', 'quota', 'redirect' or 'vinyl'","input":"other","ctx":{"expected":"'cached', 'fail', 'quota', 'redirect' or 'vinyl'"}}]}`},
		"delegated":                        {s, "delegated/header", delegatedLines(), 200, whole},
		"delegated, bare":                  {forBare, "delegated/header", lines{{"X-Auth-Request-User", "bot-bare"}, {"X-Auth-Request-Token", delegatedToken}}, 200, `{"username":"bot-bare","name":null,"uid":null,"gid":null,"groups":[]}`},
		"delegated, nobody":                {s, "delegated/header", nil, 422, `{"detail":[` + noUser + `,` + noToken + `]}`},
		"delegated, no token":              {s, "delegated/authorization", onlyUser, 422, `{"detail":[` + noToken + `]}`},
		"delegated, other user":            {s, "delegated/header", lines{{"X-Auth-Request-User", "someone"}, {"X-Auth-Request-Token", delegatedToken}}, 500, `{"detail":[{"msg":"Gafaelfawr username mismatch: bot-check-muster from user-info endpoint, someone from request headers","type":"gafaelfawr_data"}]}`},
		"delegated, no email":              {s, "delegated/header", lines{{"X-Auth-Request-User", user}, {"X-Auth-Request-Token", delegatedToken}}, 500, `{"detail":[{"msg":"Gafaelfawr email mismatch: check@example.org from user-info endpoint, None from request headers","type":"gafaelfawr_data"}]}`},
		"delegated, header":                {s, "delegated/header", append(delegatedLines(), [2]string{"Authorization", "Bearer " + delegatedToken}), 500, wrongHeader},
		"delegated, damaged":               {s, "delegated/header", append(userLines(), [2]string{"X-Auth-Request-Token", "gt-x"}), 500, `{"detail":[{"msg":"The delegated token is damaged: 4 characters: not a Gafaelfawr token (gt- + 22 characters + . + 22 characters)","type":"muster_failed","loc":["header","X-Auth-Request-Token"]}]}`},
		"delegated authorization":          {s, "delegated/authorization", append(delegatedLines(), [2]string{"Authorization", "Bearer " + delegatedToken}), 200, whole},
		"delegated authorization, missing": {s, "delegated/authorization", delegatedLines(), 500, `{"detail":[{"msg":"Header Authorization not present but should be set","type":"missing_header","loc":["header","Authorization"]}]}`},
		"delegated authorization, another": {s, "delegated/authorization", append(delegatedLines(), [2]string{"Authorization", "Bearer " + other}), 500, `{"detail":[{"msg":"Header Authorization has an incorrect value: Bearer gt-<` + gafaelfawr.Fingerprint(other) + `>","type":"incorrect_header","loc":["header","Authorization"]}]}`},
		"delegated authorization, twice":   {s, "delegated/authorization", append(delegatedLines(), [2]string{"Authorization", "Bearer " + delegatedToken}, [2]string{"Authorization", "Bearer " + other}), 500, `{"detail":[{"msg":"Header Authorization has an incorrect value: ` + gafaelfawr.RedactHeader("Authorization", "Bearer "+delegatedToken+", Bearer "+other) + `","type":"incorrect_header","loc":["header","Authorization"]}]}`},
		"delegated, two users":             {s, "delegated/header", append(delegatedLines(), [2]string{"X-Auth-Request-User", "someone"}), 500, `{"detail":[{"msg":"Gafaelfawr username mismatch: bot-check-muster from user-info endpoint, bot-check-muster, someone from request headers","type":"gafaelfawr_data"}]}`},
		"delegated authorization, foreign": {s, "delegated/authorization", append(delegatedLines(), [2]string{"Authorization", "Digest hunter2"}), 500, `{"detail":[{"msg":"Header Authorization has an incorrect value: Digest <` + gafaelfawr.Fingerprint("hunter2") + `>","type":"incorrect_header","loc":["header","Authorization"]}]}`},
		"delegated, below":                 {s, "delegated/header/x", delegatedLines(), 404, `{"detail":"Not Found"}`},
		"unknown":                          {s, "nowhere", nil, 404, `{"detail":"Not Found"}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := c.s.get("/muster/"+c.path, c.lines...)
			assert.Equal(t, c.status, got.status)
			assert.Equal(t, c.body, got.body)
			got.header.Del("Date")
			got.header.Del("Content-Length")
			assert.Equal(t, http.Header{"Content-Type": {"application/json"}}, got.header, "no header line but those recorded")
			assert.NotContains(t, got.body+c.s.log.String(), secretPart)
		})
	}
}

func TestPythonRoutesAllowGetOnly(t *testing.T) {
	t.Parallel()
	s := start(t, Config{})
	for _, path := range []string{"anonymous", "auth/fail", "auth/other", "delegated/header"} {
		for _, method := range []string{"HEAD", "POST", "PUT", "OPTIONS"} {
			got := s.ask(sent{method: method, target: "/muster/" + path})
			assert.Equal(t, http.StatusMethodNotAllowed, got.status, "%s %s", method, path)
			assert.Equal(t, "GET", got.header.Get("Allow"))
			if method != "HEAD" {
				assert.Equal(t, `{"detail":"Method Not Allowed"}`, got.body)
			}
		}
	}
}

// A token that a client puts where a message could repeat it is not repeated.
func TestPythonRoutesRepeatNoToken(t *testing.T) {
	t.Parallel()
	s := start(t, Config{GafaelfawrURL: serveTeller(t, honest())})
	basic := base64.StdEncoding.EncodeToString([]byte(callerToken + ":"))
	for _, path := range []string{"anonymous", "auth/fail", "auth/" + callerToken, "delegated/header", "delegated/authorization"} {
		for _, lines := range [][][2]string{
			{{"X-Auth-Request-User", callerToken}, {"X-Auth-Request-Token", delegatedToken}, {"X-Auth-Request-Email", callerToken}},
			append(delegatedLines(), [2]string{"Authorization", callerToken + " " + callerToken}),
			append(delegatedLines(), [2]string{"Authorization", "Basic " + basic}),
			append(delegatedLines(), [2]string{"X-Request-ID", callerToken}),
		} {
			got := s.get("/muster/"+path, lines...)
			all := got.body + s.log.String()
			for _, values := range got.header {
				all += strings.Join(values, "")
			}
			assert.NotContains(t, all, secretPart, "%s %v", path, lines)
			assert.NotContains(t, all, basic)
		}
	}
}
