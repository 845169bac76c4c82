package answers

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/muster"
	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/client"
	"github.com/lsst-sqre/muster/validation/environment"
	"github.com/lsst-sqre/muster/validation/findings"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// answered returns an answer with that status and these headers. Verifiers do not
// repeat its request.
func answered(t *testing.T, status int, headers ...string) *Answer {
	t.Helper()
	env := &environment.Environment{Name: "test", URL: "https://data.example.org"}
	require.NoError(t, env.Complete(t.TempDir()))
	r := findings.NewRecorder(t.Context(), env)
	a := &Answer{repeated: true, by: New(Options{Recorder: r, Context: t.Context(), Environment: env,
		Fact: func(string, string) {}})}
	a.Code, a.Header = status, http.Header{}
	for i := 0; i < len(headers); i += 2 {
		a.Header.Add(headers[i], headers[i+1])
	}
	return a
}

const challenge = "WWW-Authenticate"

func TestVerifiers(t *testing.T) {
	t.Parallel()
	want := gafaelfawr.NewChallenge("Bearer", "data.example.org", "", "", "")
	unauthorized := func(a *Answer) { a.Unauthorized(want) }
	forbidden := func(a *Answer) { a.Status(403) }
	for name, c := range map[string]struct {
		a      *Answer
		verify func(*Answer)
		code   verdict.Code
		hole   bool
	}{
		"refused":      {a: answered(t, 401, challenge, want.String()), verify: unauthorized},
		"no challenge": {a: answered(t, 401), verify: unauthorized, code: verdict.CodeChallengeMissing},
		"two challenges": {a: answered(t, 401, challenge, "Bearer", challenge, "Basic"),
			verify: unauthorized, code: verdict.CodeChallengeRepeated},
		"malformed": {a: answered(t, 401, challenge, `Bearer realm="`),
			verify: unauthorized, code: verdict.CodeChallengeMalformed},
		"another realm": {a: answered(t, 401, challenge, `Bearer realm="other"`), verify: unauthorized,
			code: verdict.CodeChallengeAttribute},
		"let in":               {a: answered(t, 200), verify: forbidden, code: verdict.CodeStatus, hole: true},
		"an error, not let in": {a: answered(t, 500), verify: forbidden, code: verdict.CodeStatus},
		"the application answered": {a: answered(t, 401, challenge, want.String(), muster.InstanceHeader, "a1"),
			verify: unauthorized, code: verdict.CodeBackendAnswered, hole: true},
		"a header": {a: answered(t, 200, "X-A", "1"), verify: func(a *Answer) { a.HeaderIs("X-A", "1") }},
		"a header twice": {a: answered(t, 200, "X-A", "1", "X-A", "1"),
			verify: func(a *Answer) { a.HeaderIs("X-A", "1") }, code: verdict.CodeHeaderRepeated},
		"a header too many": {a: answered(t, 200, "X-A", "1"),
			verify: func(a *Answer) { a.HeaderAbsent("X-A") }, code: verdict.CodeHeaderUnexpected},
		"no cookie": {a: answered(t, 200), verify: func(a *Answer) { a.SetsCookie("gafaelfawr") },
			code: verdict.CodeHeaderMissing},
		"a cookie for all": {a: answered(t, 200, "Set-Cookie", "gafaelfawr=x; Path=/; Secure; SameSite=Lax"),
			verify: func(a *Answer) { a.SetsCookie("gafaelfawr") }, code: verdict.CodeHeaderValue},
		"a cookie": {a: answered(t, 200, "Set-Cookie", "gafaelfawr=x; HttpOnly; Path=/; Secure; SameSite=Lax"),
			verify: func(a *Answer) { a.SetsCookie("gafaelfawr") }},
		"no report": {a: answered(t, 200), verify: func(a *Answer) { a.Sees("X-A", "1") }, code: verdict.CodeNoReport},
	} {
		c.verify(c.a)
		found := c.a.by.Found().Failures
		if c.code == "" {
			assert.Empty(t, found, name)
			continue
		}
		require.Len(t, found, 1, name)
		assert.Equal(t, c.code, found[0].Code, name)
		assert.Equal(t, c.hole, found[0].Hole, name)
		assert.Same(t, &c.a.Response, found[0].About, name)
	}
}

// MustStatus ends a check whose status is wrong, and no other.
func TestMustStatus(t *testing.T) {
	t.Parallel()
	for status, ended := range map[int]bool{200: false, 500: true} {
		a, goesOn := answered(t, status), false
		_ = a.by.Try(func() {
			a.MustStatus(200)
			goesOn = true
		})
		assert.Equal(t, !ended, goesOn)
		assert.Equal(t, ended, len(a.by.Found().Failures) == 1)
	}
}

// If some of many answers differ, there is one finding for each kind.
func TestAllHaveStatus(t *testing.T) {
	t.Parallel()
	first := answered(t, 200)
	all := []*Answer{first}
	for _, status := range []int{200, 401, 401, 503} {
		all = append(all, &Answer{Response: client.Response{Code: status}, by: first.by})
	}
	assert.True(t, first.by.AllHaveStatus(all[:2], 200))
	assert.False(t, first.by.AllHaveStatus(all, 200))
	found := first.by.Found().Failures
	require.Len(t, found, 2)
	assert.Equal(t, verdict.CodeMixed, found[0].Code)
	assert.Equal(t, "not alike: 1 of 5 status 503 (), 2 of 5 status 200 (), 2 of 5 status 401 ()", found[0].Actual)
	assert.Equal(t, "401", found[0].Args["got"])
	assert.Equal(t, "503", found[1].Args["got"])
}

// The date of an answer is the edge's, whose clock may be wrong.
func TestDateIsTheEdges(t *testing.T) {
	t.Parallel()
	assert.Equal(t, 1994, answered(t, 200, "Date", "Sun, 06 Nov 1994 08:49:37 GMT").Date().Year())
	assert.Less(t, 2025, answered(t, 200, "Date", "today").Date().Year())
}

// Exactly the declared members of the known user are compared.
func TestKnownUserIsComparedByMember(t *testing.T) {
	t.Parallel()
	want := environment.KnownUser{Username: "a", Name: "A", Email: "a@example.org", UID: 1, GID: 2, Groups: []string{"g"}}
	a := answered(t, 200)
	a.by.SameKnownUser(want, gafaelfawr.UserInfo{Username: "b", Name: "B", Email: "b@example.org"})
	assert.Len(t, a.by.Found().Failures, 6)
	a = answered(t, 200)
	a.by.SameKnownUser(environment.KnownUser{Username: "a"}, gafaelfawr.UserInfo{Username: "a", Name: "B"})
	assert.Empty(t, a.by.Found().Failures)
}

// A report with more checks or headers than Muster makes is refused.
func TestReportIsBounded(t *testing.T) {
	t.Parallel()
	report := func(checks, headers int) *Answer {
		a := answered(t, 200, "Content-Type", "application/json")
		body, err := json.Marshal(muster.Report{Schema: 1, Checks: make([]muster.Check, checks),
			Sighting: muster.Sighting{Headers: make([]gafaelfawr.HeaderLine, headers)}})
		require.NoError(t, err)
		a.Body = body
		return a
	}
	_, err := report(maxReported, maxReported).report()
	require.NoError(t, err)
	_, err = report(maxReported+1, 1).report()
	require.ErrorContains(t, err, "which no Muster makes")
	_, err = report(1, maxReported+1).report()
	require.ErrorContains(t, err, "which no Muster makes")
}

// Muster's own report passes, fails with its checks, or is missing.
func TestReportPasses(t *testing.T) {
	t.Parallel()
	report := func(r muster.Report) *Answer {
		a := answered(t, 200, "Content-Type", "application/json")
		a.by.env.Muster.Deployed = environment.GoMuster
		r.Schema = muster.SchemaVersion
		body, err := json.Marshal(r)
		require.NoError(t, err)
		a.Body = body
		return a
	}
	passes := report(muster.Report{Status: muster.Pass})
	assert.True(t, passes.ReportPasses())
	assert.Empty(t, passes.by.Found().Failures)

	fails := report(muster.Report{Status: muster.Fail, Checks: []muster.Check{
		{Name: "one-user", Outcome: muster.Fail, Message: "two users"}, {Name: "scheme", Outcome: muster.Pass},
	}})
	assert.False(t, fails.ReportPasses())
	found := fails.by.Found().Failures
	require.NotEmpty(t, found)
	assert.Equal(t, verdict.Of(verdict.CodeProbeCheck, "name", "one-user"), found[0].Reason)

	refused := answered(t, 403)
	refused.by.env.Muster.Deployed = environment.GoMuster
	assert.False(t, refused.ReportPasses())
	assert.Equal(t, verdict.CodeStatus, refused.by.Found().Failures[0].Code)
}

func TestHeaderAbsentSaysSo(t *testing.T) {
	t.Parallel()
	a := answered(t, 200, "X-A", "1")
	assert.True(t, a.HeaderAbsent("X-B", "X-C"))
	assert.False(t, a.HeaderAbsent("X-A", "X-B"))
}

// Once answers of a check have proven steady, none is asked for again: the sender has no
// client here.
func TestSteadyAnswersAreNotRepeated(t *testing.T) {
	t.Parallel()
	a := answered(t, 500)
	a.repeated = false
	a.by.steady.Store(steadyLimit)
	assert.False(t, a.flaps([]int{200}))
	assert.False(t, a.repeated)
}
