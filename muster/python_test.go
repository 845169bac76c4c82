package muster

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
)

// The bodies that mobu compares (recorded: muster/...), and a failed check in
// place of each that would be wrong.
func TestPythonRoutes(t *testing.T) {
	t.Parallel()
	s := start(t, Config{GafaelfawrURL: serveTeller(t, honest())})
	bare := honest()
	bare.user = gafaelfawr.UserInfo{Username: "bot-bare"}
	forBare := start(t, Config{GafaelfawrURL: serveTeller(t, bare)})
	type lines = [][2]string
	with := func(base lines, name, value string) lines {
		return append(slices.Clip(base), [2]string{name, value})
	}
	onlyUser := lines{{"X-Auth-Request-User", user}}
	bearer := with(delegatedLines(), "Authorization", "Bearer "+delegatedToken)
	const unexpected = `{"detail":[{"msg":"Header Authorization set but should not be ` +
		`present","type":"unexpected_header",` +
		`"loc":["header","Authorization"]}]}`
	const whole = `{"username":"bot-check-muster","email":"check@example.org","name":"Check Muster",` +
		`"uid":90001,"gid":90002,"groups":[{"name":"g_users","id":90001}]}`
	for name, c := range map[string]struct {
		s      *running
		path   string
		lines  lines
		status int
		body   string // of an answer 500: the failed check
	}{
		"anonymous":               {s, "anonymous", nil, 200, `{"ok":true}`},
		"anonymous, other cookie": {s, "anonymous", lines{{"Cookie", "a=1"}}, 200, `{"ok":true}`},
		"anonymous, empty header": {s, "anonymous", lines{{"Authorization", ""}}, 200, `{"ok":true}`},
		"anonymous, malformed":    {s, "anonymous", lines{{"Authorization", "Token bogus"}}, 500, unexpected},
		"anonymous, cookie":       {s, "anonymous", lines{{"Cookie", "a=1; gafaelfawr=x"}}, 500, checkCookie},
		"auth":                    {s, "auth/fail", onlyUser, 200, `{"username":"bot-check-muster"}`},
		"auth, email": {
			s, "auth/redirect", userLines(), 200, `{"username":"bot-check-muster","email":"check@example.org"}`,
		},
		"auth, cached":        {s, "auth/cached", onlyUser, 200, `{"username":"bot-check-muster"}`},
		"auth, vinyl":         {s, "auth/vinyl", onlyUser, 200, `{"username":"bot-check-muster"}`},
		"auth, quota":         {s, "auth/quota", onlyUser, 200, `{"username":"bot-check-muster"}`},
		"auth, nobody":        {s, "auth/fail", nil, 500, checkUser},
		"auth, header":        {s, "auth/fail", with(onlyUser, "Authorization", "Digest x"), 500, unexpected},
		"auth, unknown mode":  {s, "auth/other", onlyUser, 404, `{"detail":"Not Found"}`},
		"delegated":           {s, "delegated/header", delegatedLines(), 200, whole},
		"delegated, nobody":   {s, "delegated/header", nil, 500, checkUser},
		"delegated, no token": {s, "delegated/header", onlyUser, 500, checkToken},
		"delegated, damaged": {
			s, "delegated/header", with(userLines(), "X-Auth-Request-Token", "gt-x"), 500, checkToken,
		},
		"delegated, two users": {
			s, "delegated/header", with(delegatedLines(), "X-Auth-Request-User", "root"), 500, checkUser,
		},
		"delegated, header":      {s, "delegated/header", bearer, 500, unexpected},
		"delegated, below":       {s, "delegated/header/x.css", delegatedLines(), 200, whole},
		"authorization":          {s, "delegated/authorization", bearer, 200, whole},
		"authorization, missing": {s, "delegated/authorization", delegatedLines(), 500, checkTokenInAuth},
		"authorization, other header": {
			s, "delegated/authorization", with(delegatedLines(), "Authorization", "Digest hunter2"), 500, checkTokenInAuth,
		},
		"authorization, twice": {
			s, "delegated/authorization", with(bearer, "Authorization", "Bearer x"), 500, checkTokenInAuth,
		},
		"unknown": {s, "nowhere", nil, 404, `{"detail":"Not Found"}`},
		"delegated, bare": {forBare, "delegated/header",
			lines{{"X-Auth-Request-User", "bot-bare"}, {"X-Auth-Request-Token", delegatedToken}}, 200,
			`{"username":"bot-bare","name":null,"uid":null,"gid":null,"groups":[]}`},
		"delegated, other user": {s, "delegated/header",
			lines{{"X-Auth-Request-User", "someone"}, {"X-Auth-Request-Email", email}, {"X-Auth-Request-Token", delegatedToken}},
			500, checkUserInfoUser},
		"delegated, other email": {s, "delegated/header",
			lines{{"X-Auth-Request-User", user}, {"X-Auth-Request-Token", delegatedToken}}, 500, checkUserInfoEmail},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := c.s.get("/muster/"+c.path, c.lines...)
			assert.Equal(t, c.status, got.status)
			if c.status == 500 && c.body != unexpected {
				assert.Contains(t, got.body, `"type":"`+c.body+`"`)
			} else {
				assert.Equal(t, c.body, got.body)
			}
			got.header.Del("Date")
			got.header.Del("Content-Length")
			assert.Equal(t, http.Header{"Content-Type": {"application/json"}}, got.header, "no header line but those recorded")
			assert.NotContains(t, got.body+c.s.log.String(), secretPart)
		})
	}
}

// Python Muster does not inspect the token, so a problem with its details does
// not matter here.
func TestPythonRoutesIgnoreTheTokenInfo(t *testing.T) {
	t.Parallel()
	g := honest()
	g.token.Service = "other"
	s := start(t, Config{GafaelfawrURL: serveTeller(t, g)})
	assert.Equal(t, http.StatusOK, s.get("/muster/delegated/header", delegatedLines()...).status)
	assert.Equal(t, []string{checkTokenService}, failing(s.probe("delegated", delegatedLines()...)))
}

func TestPythonRoutesAllowGetOnly(t *testing.T) {
	t.Parallel()
	s := start(t, Config{})
	for _, path := range []string{"anonymous", "auth/fail", "delegated/header"} {
		for _, method := range []string{"HEAD", "POST", "PUT", "OPTIONS"} {
			got := s.send(sent{method: method, target: "/muster/" + path})
			assert.Equal(t, http.StatusMethodNotAllowed, got.status, "%s %s", method, path)
			assert.Equal(t, "GET", got.header.Get("Allow"))
			if method != "HEAD" {
				assert.Equal(t, `{"detail":"Method Not Allowed"}`, got.body)
			}
		}
	}
}

// No message repeats a token that a client put into the request.
func TestPythonRoutesRepeatNoToken(t *testing.T) {
	t.Parallel()
	s := start(t, Config{GafaelfawrURL: serveTeller(t, honest())})
	basic := base64.StdEncoding.EncodeToString([]byte(callerToken + ":"))
	for _, path := range []string{
		"anonymous", "auth/fail", "auth/" + callerToken, "delegated/header", "delegated/authorization",
	} {
		for _, lines := range [][][2]string{
			{
				{"X-Auth-Request-User", callerToken}, {"X-Auth-Request-Token", delegatedToken},
				{"X-Auth-Request-Email", callerToken},
			},
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
