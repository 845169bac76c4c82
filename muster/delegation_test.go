package muster

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
)

func at(t time.Time) gafaelfawr.Time { return gafaelfawr.Time{Time: t} }

// Each wrong answer of Gafaelfawr fails exactly one check.
func TestDelegationFails(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		probe string
		lie   func(*teller)
		want  string
		words string
	}{
		"other user": {
			"delegated", func(g *teller) { g.user.Username = "someone" }, checkUserInfoUser,
			`should be "bot-check-muster" and is "someone"`,
		},
		"other email": {"delegated", func(g *teller) { g.user.Email = "x@y" }, checkUserInfoEmail, `is "x@y"`},
		"no email":    {"delegated", func(g *teller) { g.user.Email = "" }, checkUserInfoEmail, `is ""`},
		"other token": {
			"delegated", func(g *teller) { g.token.Key = "other" }, checkTokenInfo, "key in token-info",
		},
		"someone else's token": {"delegated", func(g *teller) { g.token.Username = "someone" }, checkTokenUser, `"someone"`},
		"a user's own token": {
			"delegated", func(g *teller) { g.token.Type = "user" }, checkTokenType, `should be "internal" and is "user"`,
		},
		"internal for notebook": {
			"notebook", func(g *teller) { g.token.Service = "" }, checkTokenType, `should be "notebook" and is "internal"`,
		},
		"other service": {
			"delegated", func(g *teller) { g.token.Service = "tap" }, checkTokenService, `should be "muster" and is "tap"`,
		},
		"no service":     {"delegated", func(g *teller) { g.token.Service = "" }, checkTokenService, `is ""`},
		"no parent":      {"delegated", func(g *teller) { g.token.Parent = "" }, checkTokenParent, "no parent"},
		"its own parent": {"delegated", func(g *teller) { g.token.Parent = g.token.Key }, checkTokenParent, "itself"},
		"scopes": {
			"delegated", func(g *teller) { g.token.Scopes = []string{"exec:admin"} }, checkTokenScopes,
			"not asked for: exec:admin",
		},
		"one scope too many": {
			"delegated-scopes", func(g *teller) { g.token.Scopes = []string{"read:image", "read:tap", "user:token"} },
			checkTokenScopes, "not asked for: user:token",
		},
		"never expires": {
			"delegated", func(g *teller) { g.token.Expires = gafaelfawr.Time{} }, checkTokenLifetime, "never expires",
		},
		"short": {
			"delegated", func(g *teller) { g.token.Expires = at(time.Now().Add(200 * time.Second)) }, checkTokenLifetime,
			"but this ingress requests 300 s",
		},
		"expired": {
			"delegated", func(g *teller) { g.token.Expires = at(time.Now().Add(-time.Hour)) }, checkTokenLifetime, "another -3",
		},
		"shorter than asked": {
			"lifetime", func(g *teller) { g.token.Expires = at(time.Now().Add(1000 * time.Second)) }, checkTokenLifetime,
			"but this ingress requests 3600 s",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := honest()
			c.lie(g)
			s := start(t, Config{GafaelfawrURL: serveTeller(t, g)})
			report := s.probe(c.probe, delegatedLines()...)
			assert.Equal(t, Fail, report.Status)
			assert.Equal(t, []string{c.want}, failing(report))
			assert.Contains(t, outcome(t, report, c.want).Message, c.words)
		})
	}
}

// Answers that only look odd pass.
func TestDelegationPasses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		probe  string
		change func(*teller)
		lines  [][2]string
	}{
		"bare user": {
			"delegated", func(g *teller) { g.user = gafaelfawr.UserInfo{Username: user} },
			[][2]string{{"X-Auth-Request-User", user}, {"X-Auth-Request-Token", delegatedToken}},
		},
		"a second too short": {
			"delegated", func(g *teller) { g.token.Expires = at(time.Now().Add(299 * time.Second)) }, delegatedLines(),
		},
		"fewer scopes": {"delegated-scopes", func(g *teller) { g.token.Scopes = []string{"read:tap"} }, delegatedLines()},
		"null scopes":  {"delegated", func(g *teller) { g.token.Scopes = nil }, delegatedLines()},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := honest()
			c.change(g)
			report := start(t, Config{GafaelfawrURL: serveTeller(t, g)}).probe(c.probe, c.lines...)
			assert.Equal(t, Pass, report.Status, "%v", failing(report))
		})
	}
}

// The report has everything that Gafaelfawr answered.
func TestReportHasTheAnswers(t *testing.T) {
	t.Parallel()
	g := honest()
	g.user.Quota = &gafaelfawr.Quota{API: map[string]int{}, TAP: map[string]gafaelfawr.TAPQuota{"qserv": {Concurrent: 2}},
		Disk: map[string]int64{"/home": 1 << 40}, Notebook: &gafaelfawr.NotebookQuota{CPU: 0.5, Memory: 2, Spawn: true}}
	g.token.Created, g.token.Expires, g.token.LastUsed = at(time.Unix(1800000000, 0).UTC()), at(
		time.Unix(1<<33, 0).UTC(),
	), at(time.Unix(1800000001, 0).UTC())
	report := start(t, Config{GafaelfawrURL: serveTeller(t, g)}).probe("delegated", delegatedLines()...)
	require.NotNil(t, report.UserInfo)
	assert.Equal(t, g.user, *report.UserInfo)
	require.NotNil(t, report.TokenInfo)
	assert.Equal(t, g.token, *report.TokenInfo)
}

// Without a usable token the server sends no request, and the report says so.
func TestNoTokenNoQuestion(t *testing.T) {
	t.Parallel()
	g := honest()
	g.instead = failIfAsked(t, "it must not be asked")
	s := start(t, Config{GafaelfawrURL: serveTeller(t, g)})
	report := s.probe("delegated", append(userLines(), [2]string{"X-Auth-Request-Token", "gt-damaged"})...)
	assert.Equal(t, []string{checkToken}, failing(report))
	for _, name := range append(append([]string{checkUserInfo, checkTokenInfo}, userInfoChecks...), tokenInfoChecks...) {
		assert.Equal(t, Check{name, Skip, "Not asked: there is no delegated token to ask with"}, outcome(t, report, name))
	}
	assert.Nil(t, report.UserInfo)
	assert.Nil(t, report.TokenInfo)
}
