package muster

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
)

// A probe reports a sighting for every method, so that the ingress can be tested
// with all.
func TestProbesAnswerEveryMethod(t *testing.T) {
	t.Parallel()
	s := start(t, Config{})
	for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE", "PROPFIND"} {
		report := s.report(sent{method: method, target: "/muster/probes/authenticated", lines: userLines()})
		assert.Equal(t, Pass, report.Status, method)
		assert.Equal(t, method, report.Sighting.Method)
	}
	head := s.send(sent{method: "HEAD", target: "/muster/probes/authenticated", lines: userLines()})
	assert.Equal(t, http.StatusOK, head.status)
	assert.Empty(t, head.body)
	assert.Equal(t, fmt.Sprint(len(s.get("/muster/probes/authenticated", userLines()...).body)+1),
		head.header.Get("Content-Length"), "HEAD has a letter more than GET")
}

func TestHeadersOfReports(t *testing.T) {
	t.Parallel()
	s := start(t, Config{})
	got := s.get("/muster/probes/anonymous", [2]string{"X-Request-ID", "0123abc"})
	assert.Equal(t, "no-store", got.header.Get("Cache-Control"))
	assert.Equal(t, "nosniff", got.header.Get("X-Content-Type-Options"))
	assert.Equal(t, "0123abc", got.header.Get("X-Request-Id"))
	assert.NotEmpty(t, got.header.Get(InstanceHeader))
	assert.Equal(t, got.header.Get(InstanceHeader), s.get("/muster/pages/anonymous").header.Get(InstanceHeader))
	assert.Empty(t, s.get("/muster/anonymous").header.Get(InstanceHeader), "as Python Muster answers")
}

func TestRequestID(t *testing.T) {
	t.Parallel()
	s := start(t, Config{})
	for _, id := range []string{"", "a b", "<script>", strings.Repeat("a", 129), callerToken} {
		got := s.get("/muster/probes/anonymous", [2]string{"X-Request-ID", id}).header.Get("X-Request-Id")
		assert.Regexp(t, `^[0-9a-f]{32}$`, got, "%q", id)
	}
	got := s.get("/muster/probes/anonymous").header.Get("X-Request-Id")
	assert.Contains(t, s.log.String(), `"request_id":"`+got+`"`)
}

// The server does not normalize paths. Otherwise an open ingress could lead to a
// route behind another one.
func TestPathTricks(t *testing.T) {
	t.Parallel()
	s := start(t, Config{})
	for _, path := range []string{
		"//muster/probes/anonymous", "/muster//probes/anonymous", "/muster/./probes/anonymous",
		"/muster/x/../probes/anonymous", "/muster/probes/anonymous/",
		"/muster/probes/anonymous/..", "/muster/probes%2Fanonymous/x", "/muster/probes/Anonymous", "/muster/probes/",
		"/muster/probes", "/MUSTER/", "/muster/probes/anonymous;x", "/muster/pages/..%2fprobes/anonymous",
		"*",
	} {
		got := s.send(sent{target: path})
		assert.Equal(t, http.StatusNotFound, got.status, path)
		assert.Equal(t, `{"detail":"Not Found"}`, got.body, path)
	}
	assert.Equal(t, http.StatusNotFound, s.send(sent{method: "OPTIONS", target: "*"}).status)
	assert.Equal(t, http.StatusOK, s.get("/muster/probes/anonymous?x=../..").status)
	below := "/muster/probes/anonymous/%3A@%2F;x"
	assert.Equal(t, below, s.report(sent{target: below}).Sighting.Path)
}

func TestMethodsOfOtherRoutes(t *testing.T) {
	t.Parallel()
	s := start(t, Config{})
	for _, path := range []string{
		"/", "/healthz", "/muster", "/muster/", "/muster/openapi.json", "/muster/report.schema.json", "/muster/pages/",
		"/muster/pages/style.css", "/muster/docs",
	} {
		got := s.send(sent{method: "POST", target: path})
		assert.Equal(t, http.StatusMethodNotAllowed, got.status, path)
		assert.Equal(t, "GET, HEAD", got.header.Get("Allow"))
		assert.NotEqual(t, http.StatusMethodNotAllowed, s.send(sent{method: "HEAD", target: path}).status, path)
	}
}

// A panic in a check keeps the sighting and fails the report.
func TestPanicInACheck(t *testing.T) {
	t.Parallel()
	s := start(t, Config{})
	s.server.reporter.upstream = nil
	report := s.probe("delegated", delegatedLines()...)
	assert.Equal(t, Fail, report.Status)
	assert.Equal(t, []string{checkServer}, failing(report))
	assert.Contains(t, outcome(t, report, checkServer).Message, "see its log for the request id ")
	assert.Equal(t, []string{user}, report.Sighting.Values("X-Auth-Request-User"))
	assert.Contains(t, s.log.String(), `"message":"panic in a check"`)
	assert.NotContains(t, s.log.String(), secretPart)
	python := s.get("/muster/delegated/header", delegatedLines()...)
	assert.Equal(t, http.StatusInternalServerError, python.status)
	assert.Contains(t, python.body, `"type":"server"`)
}

func TestPanicInAHandler(t *testing.T) {
	t.Parallel()
	s := start(t, Config{})
	s.server.routes["/healthz"].serve = func(http.ResponseWriter, *exchange) { panic("with " + callerToken) }
	got := s.get("/healthz")
	assert.Equal(t, http.StatusInternalServerError, got.status)
	assert.Contains(t, got.body, `{"detail":"Internal error of Muster; see its log for the request id `)
	assert.Equal(t, "application/json", got.header.Get("Content-Type"))
	assert.Contains(t, s.log.String(), `"message":"panic in a handler"`)
	assert.NotContains(t, s.log.String(), secretPart)
}

// An answer that has begun is aborted and not completed with another body.
func TestPanicInTheMiddle(t *testing.T) {
	t.Parallel()
	s := start(t, Config{})
	s.server.routes["/healthz"].serve = func(w http.ResponseWriter, _ *exchange) {
		w.Header().Set("Content-Length", "1000")
		_, _ = io.WriteString(w, "half")
		panic("in the middle")
	}
	conn, in := s.dial()
	_, err := io.WriteString(conn, sent{target: "/healthz"}.String())
	require.NoError(t, err)
	got, err := io.ReadAll(in)
	require.NoError(t, err, "the connection ends")
	assert.NotContains(t, string(got), "Internal error")
	assert.Equal(t, http.StatusOK, s.get("/").status, "the server lives on")
}

// While too many requests wait for Gafaelfawr, requests that do not need it are
// answered.
func TestTooManyWaitForGafaelfawr(t *testing.T) {
	t.Parallel()
	s := start(t, Config{GafaelfawrURL: serveTeller(t, honest()), Timeout: 200 * time.Millisecond})
	require.True(t, s.server.upstreamSem.TryAcquire(upstreamRequests))
	for _, path := range []string{
		"/muster/probes/delegated", "/muster/pages/delegated", "/muster/delegated/header", "/muster/delegated/authorization",
	} {
		got := s.get(path, delegatedLines()...)
		assert.Equal(t, http.StatusServiceUnavailable, got.status)
		assert.Equal(t, "1", got.header.Get("Retry-After"))
		assert.Equal(t, `{"detail":"Too many requests wait for Gafaelfawr; try again in a second"}`, got.body)
	}
	assert.Equal(t, http.StatusOK, s.get("/healthz").status)
	assert.Equal(t, Pass, s.probe("authenticated", userLines()...).Status)
	s.server.upstreamSem.Release(upstreamRequests)
	assert.NotEqual(t, http.StatusServiceUnavailable, s.get("/muster/probes/delegated", delegatedLines()...).status)
	assert.True(t, s.server.upstreamSem.TryAcquire(upstreamRequests), "all are released")
}

// Kubernetes' health checks do not fill the log.
func TestQuietRoutes(t *testing.T) {
	t.Parallel()
	s := start(t, Config{})
	for path, level := range map[string]string{"/healthz": "DEBUG", "/": "DEBUG", "/muster/probes/anonymous": "INFO"} {
		s.get(path, [2]string{"X-Request-ID", "id-of" + strings.ReplaceAll(path, "/", "-")})
		line := `"severity":"` + level + `","message":"request","request_id":"id-of` + strings.ReplaceAll(path, "/",
			"-") + `"`
		eventually(t, func() bool { return strings.Contains(s.log.String(), line) }, path+" is logged at "+level)
	}
}

// Secrets that a client puts anywhere into a request reach no output.
func TestNoSecretComesOut(t *testing.T) {
	t.Parallel()
	g := honest()
	g.user.Name, g.user.Groups = "I am "+callerToken, []gafaelfawr.Group{{Name: callerToken, ID: 1}}
	g.token.Scopes, g.token.Parent = []string{callerToken}, callerToken
	s := start(t, Config{GafaelfawrURL: serveTeller(t, g)})
	lines := [][2]string{
		{
			"X-Auth-Request-User",
			callerToken,
		},
		{"X-Auth-Request-Email", callerToken},
		{"X-Auth-Request-Service", callerToken},
		{"X-Auth-Request-Token", delegatedToken},
		{
			"Authorization",
			callerToken + " x",
		},
		{"Authorization", "Bearer\t" + callerToken},
		{"Cookie", callerToken + "=" + callerToken + ";gafaelfawr=" + callerToken},
		{
			"X-Request-ID",
			callerToken,
		},
		{"User-Agent", callerToken},
		{"Referer", "https://x/?t=" + callerToken},
		{callerToken, "x"},
		{"X-Other", "a" + callerToken + callerToken},
		{"Proxy-Authorization", "Basic " + secretPart},
		{"X-My-Token", secretPart},
		{"Accept", "text/html"},
	}
	for path := range s.server.routes {
		for _, method := range []string{"GET", callerToken, "OPTIONS"} {
			got := s.send(sent{method: method, target: path + "?token=" + callerToken, lines: lines})
			all := got.body
			for name, values := range got.header {
				all += name + strings.Join(values, "")
			}
			assert.NotContains(t, all, secretPart, "%s %s", method, path)
		}
	}
	s.send(sent{target: "/" + callerToken + "?" + callerToken, lines: lines})
	assert.NotContains(t, s.log.String(), secretPart)
	assert.Contains(t, s.log.String(), gafaelfawr.Fingerprint(callerToken), "the log has been looked at")
}

func TestAccessLine(t *testing.T) {
	t.Parallel()
	s := start(t, Config{})
	s.get("/muster/probes/authenticated?secret=x", append(userLines(), [2]string{"X-Request-ID", "abc"})...)
	eventually(t, func() bool { return strings.Contains(s.log.String(), `"request_id":"abc"`) },
		"the access line is written")
	assert.Regexp(
		t,
		`\{"time":"[^"]+","severity":"INFO","message":"request","request_id":"abc","method":"GET",`+
			`"path":"/muster/probes/authenticated","status":200,"bytes":\d+,"duration_us":\d+,"client":"127.0.0.1",`+
			`"user":"bot-check-muster","report":"pass"\}`,
		s.log.String(),
	)
	assert.NotContains(t, s.log.String(), "secret=x")
}

// A long request does not fill the log, and the log does not cut it in the middle
// of a secret.
func TestLongTextIsCutInTheLog(t *testing.T) {
	t.Parallel()
	s := start(t, Config{})
	long := "/" + strings.Repeat("a", 1000) + callerToken + strings.Repeat("é", 20_000)
	assert.Equal(t, http.StatusNotFound, s.get(long).status)
	s.send(
		sent{
			method: strings.Repeat("M", 20_000),
			target: "/" + secretPart,
			lines:  [][2]string{{"X-Auth-Request-User", strings.Repeat("u", 20_000)}},
		},
	)
	eventually(t, func() bool { return strings.Count(s.log.String(), `"message":"request"`) == 2 }, "both are logged")
	lines := strings.Split(s.log.String(), "\n")
	assert.Less(t, len(lines[0]), 2_000)
	assert.Less(t, len(lines[1]), 4_000)
	assert.Contains(t, lines[0], "aaa")
	assert.NotContains(t, lines[0], "s3cr3t")
	assert.Contains(t, lines[1], "MMM…")
}

// A text that is long only because of its secret is short in the log.
func TestLongSecretInTheLog(t *testing.T) {
	t.Parallel()
	s := start(t, Config{})
	var path strings.Builder
	for _, c := range []byte(strings.Repeat("x", 1200) + callerToken) {
		fmt.Fprintf(&path, "%%25%02x", c)
	}
	assert.Equal(t, http.StatusNotFound, s.get("/muster/"+path.String()).status)
	eventually(t, func() bool {
		return strings.Contains(s.log.String(), `"path":"/muster/gt-<`+gafaelfawr.Fingerprint(callerToken)+`>"`)
	}, "it is logged")
}
