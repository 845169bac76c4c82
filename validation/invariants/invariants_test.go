package invariants

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/client"
	"github.com/lsst-sqre/muster/validation/environment"
	"github.com/lsst-sqre/muster/validation/verdict"
)

const (
	site  = "https://data.example.org"
	token = "gt-aB3dEfGhIjKlMnOpQrStUv.x9Y8z7W6v5U4t3S2r1Q0pA"
)

func watch(t *testing.T) *Watch {
	t.Helper()
	env := &environment.Environment{Name: "test", URL: site}
	require.NoError(t, env.Complete(t.TempDir()))
	return New(env, func(gafaelfawr.Token) string { return "alice" })
}

// exchange returns a GET request for a path and its answer with that status and
// these headers.
func exchange(path string, status int, body string, headers ...string) client.Exchange {
	x := client.Exchange{Request: httptest.NewRequest(http.MethodGet, site+path, nil),
		Answer: &http.Response{StatusCode: status, Header: http.Header{}}, Body: []byte(body)}
	for i := 0; i < len(headers); i += 2 {
		x.Answer.Header.Add(headers[i], headers[i+1])
	}
	return x
}

func TestInvariants(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		x    client.Exchange
		rule string
		hole bool
	}{
		"nothing":              {x: exchange("/", 200, "hello")},
		"token in the body":    {x: exchange("/", 200, token), rule: verdict.InvariantCredential, hole: true},
		"token in a header":    {x: exchange("/", 200, "", "X-Debug", token), rule: verdict.InvariantCredential, hole: true},
		"token as an example":  {x: exchange("/auth/docs", 200, token)},
		"token in the request": {x: exchange("/?token="+token, 200, token)},
		"user": {x: exchange("/", 200, "", "X-Auth-Request-User", "x"),
			rule: verdict.InvariantIdentity, hole: true},
		"error of Gafaelfawr": {x: exchange("/", 403, "", "X-Error-Status", "400"), rule: verdict.InvariantIdentity},
		"error at Gafaelfawr": {x: exchange("/auth/x", 403, "", "X-Error-Status", "400")},
		"session": {x: exchange("/", 200, "", "Set-Cookie", "gafaelfawr=x"),
			rule: verdict.InvariantCookie, hole: true},
		"session of the login": {x: exchange("/login", 302, "", "Set-Cookie", "gafaelfawr=x", "Location", "/")},
		"two challenges": {x: exchange("/", 401, "", "WWW-Authenticate", "Bearer", "WWW-Authenticate", "Basic"),
			rule: verdict.InvariantChallenge},
		"another realm": {x: exchange("/auth/x", 401, "", "WWW-Authenticate", `Bearer realm="other.example.org"`),
			rule: verdict.InvariantRealm},
		"another application's realm": {x: exchange("/x", 401, "", "WWW-Authenticate", `Basic realm="x"`)},
		"plain HTTP": {x: exchange("/", 302, "", "Location", "http://data.example.org/x"),
			rule: verdict.InvariantLocation},
		"a name of the cluster": {x: exchange("/", 302, "", "Location", "http://tap.tap.svc.cluster.local/"),
			rule: verdict.InvariantLocation},
		"nowhere":      {x: exchange("/login", 307, ""), rule: verdict.InvariantWhole},
		"not modified": {x: exchange("/", 304, "")},
		"half an answer": {x: exchange("/auth/x", 200, `{"a": "b`, "Content-Type", "application/json"),
			rule: verdict.InvariantWhole},
		"others' answers": {x: exchange("/x", 200, `{"a": "b`, "Content-Type", "application/json")},
		"login kept": {x: exchange("/login", 307, "", "Cache-Control", "max-age=600", "Location", "https://a.example.org/"),
			rule: verdict.InvariantCacheable},
		"login not kept": {x: exchange("/login", 307, "", "Cache-Control", "max-age=9, no-store", "Location",
			"https://a.example.org/")},
		"page elsewhere kept": {x: exchange("/x", 302, "", "Cache-Control", "public", "Location", "/")},
		"elsewhere":           {x: exchange("/", 302, "", "Location", "http://example.org/")},
	} {
		w := watch(t)
		w.Observe(c.x)
		found := w.Findings()
		if c.rule == "" {
			assert.Empty(t, found, name)
			continue
		}
		require.Len(t, found, 1, name)
		assert.Equal(t, c.rule, found[0].Args["rule"], name)
		assert.Equal(t, c.hole, found[0].Hole, name)
		assert.Equal(t, c.x.Request.URL.Path, found[0].Path, name)
	}
}

func TestBreachIsToldOnce(t *testing.T) {
	t.Parallel()
	w := watch(t)
	for _, path := range []string{"/first", "/second"} {
		w.Observe(exchange(path, 200, token))
	}
	found := w.Findings()
	require.Len(t, found, 1)
	assert.Equal(t, "/first: the body has one (2 answers of this run)", found[0].Actual)
}

func TestStrictTransportInAllAnswersOrNone(t *testing.T) {
	t.Parallel()
	w := watch(t)
	w.Observe(exchange("/with", 200, "", "Strict-Transport-Security", "max-age=1"))
	assert.Empty(t, w.Findings())
	w.Observe(exchange("/without", 404, ""))
	assert.Empty(t, w.Findings(), "the controller sets it on no 404 of its own")
	w.Observe(exchange("/without", 200, ""))
	found := w.Findings()
	require.Len(t, found, 1)
	assert.Equal(t, verdict.InvariantHSTS, found[0].Args["rule"])
	assert.Equal(t, "/without", found[0].Path)
}

// A browser takes the last policy that it gets.
func TestStrictTransportIsTheSame(t *testing.T) {
	t.Parallel()
	w := watch(t)
	w.Observe(exchange("/of/an/application", 200, "", "Strict-Transport-Security", "max-age=5"))
	w.Observe(exchange("/muster/x", 200, "", "Strict-Transport-Security", "max-age=1"))
	w.Observe(exchange("/muster/y", 200, "", "Strict-Transport-Security", "max-age=1"))
	require.Empty(t, w.Findings())
	w.Observe(exchange("/auth/x", 200, "", "Strict-Transport-Security", "max-age=0"))
	found := w.Findings()
	require.Len(t, found, 1)
	assert.Equal(t, verdict.InvariantHSTS, found[0].Args["rule"])
	assert.Equal(t, "/auth/x", found[0].Path)
}

// An answer of the application that comes to another request, too, was kept.
func TestAnswersOfOtherRequests(t *testing.T) {
	t.Parallel()
	w := watch(t)
	made := func(path, id string) client.Exchange {
		return exchange(path, 200, "{}", "X-Request-Id", id, "X-Muster-Instance", "ab")
	}
	for _, x := range []client.Exchange{made("/p", "1"), made("/p", "1"), made("/p?a", "2"), exchange("/q", 200, "{}")} {
		w.Observe(x)
	}
	assert.Empty(t, w.Findings())
	w.Observe(made("/p?b", "2"))
	found := w.Findings()
	require.Len(t, found, 1)
	assert.Equal(t, verdict.InvariantKept, found[0].Args["rule"])
}

// A realm that only some challenges have is another finding than one that all have.
func TestSomeChallengesHaveAnotherRealm(t *testing.T) {
	t.Parallel()
	w := watch(t)
	w.Observe(exchange("/auth/x", 401, "", "WWW-Authenticate", `Bearer realm="other.example.org"`))
	w.Observe(exchange("/auth/x", 401, "", "WWW-Authenticate", `Bearer realm="data.example.org"`))
	found := w.Findings()
	require.Len(t, found, 1)
	assert.Equal(t, verdict.InvariantRealms, found[0].Args["rule"])
}
