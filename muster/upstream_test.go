package muster

import (
	"compress/gzip"
	"encoding/pem"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func failIfAsked(t *testing.T, why string) http.HandlerFunc {
	return func(http.ResponseWriter, *http.Request) { t.Error(why) }
}

func says(status int, contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// With a dead, slow or lying Gafaelfawr, the report fails in time and says why:
// on the probe, on its page and on Python Muster's route.
func TestGafaelfawrInTrouble(t *testing.T) {
	t.Parallel()
	hang := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	dribble := func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusOK)
		for r.Context().Err() == nil {
			_, _ = io.WriteString(w, " ")
			_ = http.NewResponseController(w).Flush()
			<-time.After(time.Millisecond) // it is slow on purpose
		}
	}
	bomb := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		_, _ = io.WriteString(z, `{"username":"`+strings.Repeat("x", 8<<20)+`"}`)
		_ = z.Close()
	}
	for name, c := range map[string]struct {
		instead http.HandlerFunc
		words   string
	}{
		"hangs":       {hang, "no answer within 300ms"},
		"dribbles":    {dribble, "no answer within 300ms"},
		"500 in HTML": {says(500, "text/html", "<html>"+delegatedToken+"</html>"), "answered 500 (text/html)"},
		"401": {
			says(401, "application/json", `{"detail":[{"msg":"Token is not valid","type":"invalid_token"}]}`),
			"answered 401: Token is not valid (invalid_token)",
		},
		"echoes": {
			says(400, "application/json", `{"detail":[{"msg":"bad `+delegatedToken+`","type":"t"}]}`), "answered 400: bad gt-<",
		},
		"not JSON":       {says(200, "text/html", "<html>"), "not the JSON expected"},
		"other shape":    {says(200, "application/json", `{"username":{"a":1},"token":[]}`), "not the JSON expected"},
		"list":           {says(200, "application/json", `[]`), "not the JSON expected"},
		"redirect":       {says(302, "text/html", ""), "answered 302"},
		"huge":           {says(200, "application/json", `{"username":"`+strings.Repeat("x", 8<<20)+`"}`), "too large"},
		"compressed":     {bomb, "too large"},
		"hangs up":       {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "EOF"},
		"nothing at all": {nil, "connection refused"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := honest()
			g.instead = c.instead
			url := "http://" + closedPort(t) + "/auth/api/v1"
			if c.instead != nil {
				url = serveTeller(t, g)
			}
			s := start(t, Config{GafaelfawrURL: url, Timeout: patience(c.words)})
			report := s.probe("delegated", delegatedLines()...)
			assert.Equal(t, []string{checkUserInfo, checkTokenInfo}, failing(report))
			assert.Contains(t, outcome(t, report, checkUserInfo).Message, c.words)
			assert.Contains(t, outcome(t, report, checkTokenInfo).Message, c.words)
			for _, check := range append(append([]string(nil), userInfoChecks...), tokenInfoChecks...) {
				assert.Equal(t, Skip, outcome(t, report, check).Outcome)
			}
			page := s.get("/muster/pages/delegated", delegatedLines()...)
			assert.Equal(t, http.StatusOK, page.status)
			assert.Contains(t, page.body, "What is wrong")
			python := s.get("/muster/delegated/header", delegatedLines()...)
			assert.Equal(t, http.StatusInternalServerError, python.status)
			assert.Equal(t, "application/json", python.header.Get("Content-Type"))
			assert.Contains(t, python.body, `"type":"user-info-answers"`)
			assert.NotContains(t, page.body+python.body+s.log.String(), secretPart)
		})
	}
}

// patience is short if the request is meant to time out, and otherwise long,
// because the machine may be busy.
func patience(words string) time.Duration {
	if strings.Contains(words, "no answer within") {
		return 300 * time.Millisecond
	}
	return 20 * time.Second
}

func closedPort(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, l.Close())
	return l.Addr().String()
}

// Empty JSON is a wrong answer.
func TestGafaelfawrSaysNothing(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{}`, `null`} {
		g := honest()
		g.instead = says(200, "application/json", body)
		report := start(t, Config{GafaelfawrURL: serveTeller(t, g)}).probe("delegated", delegatedLines()...)
		assert.Equal(
			t,
			[]string{
				checkUserInfoUser,
				checkUserInfoEmail,
				checkTokenInfo,
				checkTokenUser,
				checkTokenType,
				checkTokenService,
				checkTokenParent,
				checkTokenLifetime,
			},
			failing(report),
			body,
		)
	}
}

// Both requests are in flight at once. Here each waits for the other.
func TestQuestionsAreConcurrent(t *testing.T) {
	t.Parallel()
	g, plain := honest(), honest()
	var waiting atomic.Int32
	both := make(chan struct{})
	g.instead = func(w http.ResponseWriter, r *http.Request) {
		if waiting.Add(1) == 2 {
			close(both)
		}
		select {
		case <-both:
			plain.ServeHTTP(w, r)
		case <-r.Context().Done():
		}
	}
	s := start(t, Config{GafaelfawrURL: serveTeller(t, g), Timeout: 20 * time.Second})
	assert.Equal(t, Pass, s.probe("delegated", delegatedLines()...).Status)
}

// repertoire stands in for service discovery.
func repertoire(t *testing.T, answer http.HandlerFunc) (string, *atomic.Int32) {
	asked := new(atomic.Int32)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		assert.Equal(t, "/repertoire/discovery", r.URL.Path)
		assert.Empty(t, r.Header.Get("Authorization"), "discovery needs no token")
		answer(w, r)
	}))
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	return server.URL + "/repertoire", asked
}

func discovered(url string) string {
	return `{"applications":["muster"],"services":{"internal":{"gafaelfawr":{"url":"https://other.example.org",` +
		`"versions":{"v1":{"url":"` + url + `","ivoa_standard_id":null}}},"muster":{"url":"x"}},"ui":{}}}`
}

func TestDiscovery(t *testing.T) {
	t.Parallel()
	api := serveTeller(t, honest())
	base, asked := repertoire(t, says(200, "application/json", discovered(api)))
	s := start(t, Config{RepertoireURL: base + "/"})
	for range 3 {
		assert.Equal(t, Pass, s.probe("delegated", delegatedLines()...).Status)
	}
	assert.EqualValues(t, 1, asked.Load(), "the answer is good for a while")
}

func TestDiscoveryIsAskedAgain(t *testing.T) {
	t.Parallel()
	api := serveTeller(t, honest())
	base, asked := repertoire(t, says(200, "application/json", discovered(api)))
	up, err := newUpstream(Config{RepertoireURL: base}.withDefaults())
	require.NoError(t, err)
	now := time.Now()
	up.now = func() time.Time { return now }
	for _, step := range []struct {
		later time.Duration
		asked int32
	}{{0, 1}, {discoveryLifetime - time.Second, 1}, {2 * time.Second, 2}, {time.Minute, 2}} {
		now = now.Add(step.later)
		_, err := up.gafaelfawr(t.Context())
		require.NoError(t, err)
		assert.Equal(t, step.asked, asked.Load())
	}
}

// A failure gives a failing report with the reason. It is not cached.
func TestDiscoveryInTrouble(t *testing.T) {
	t.Parallel()
	api := serveTeller(t, honest())
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		words  string
	}{
		"404":      {says(404, "application/json", `{"detail":"Not Found"}`), "/repertoire/discovery answered 404"},
		"500":      {says(500, "text/html", `<html>`), "answered 500"},
		"redirect": {says(302, "text/html", ""), "answered 302"},
		"HTML":     {says(200, "text/html", "<html>"), "service discovery: GET"},
		"no gafaelfawr": {
			says(200, "application/json", `{"services":{"internal":{}}}`),
			"names no Gafaelfawr (services.internal.gafaelfawr.versions.v1.url)",
		},
		"no version": {
			says(200, "application/json", `{"services":{"internal":{"gafaelfawr":{"url":"https://x"}}}}`), "names no Gafaelfawr",
		},
		"bad URL": {says(200, "application/json", discovered("ftp://x")), "names no Gafaelfawr"},
		"hangs":   {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, "no answer within 300ms"},
		"huge":    {says(200, "application/json", strings.Repeat(" ", 2<<20)), "too large"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var healed atomic.Bool
			base, _ := repertoire(t, func(w http.ResponseWriter, r *http.Request) {
				if healed.Load() {
					says(200, "application/json", discovered(api))(w, r)
					return
				}
				c.answer(w, r)
			})
			s := start(t, Config{RepertoireURL: base, Timeout: patience(c.words)})
			report := s.probe("delegated", delegatedLines()...)
			assert.Equal(t, []string{checkUserInfo, checkTokenInfo}, failing(report))
			assert.Contains(t, outcome(t, report, checkUserInfo).Message, c.words)
			healed.Store(true)
			eventually(t, func() bool { return s.probe("delegated", delegatedLines()...).Status == Pass },
				"the report passes once discovery answers")
		})
	}
}

// Service discovery can send a token neither to another host nor over plain HTTP.
func TestDiscoveryOfAnotherHost(t *testing.T) {
	t.Parallel()
	api := serveTeller(t, honest())
	byName := strings.Replace(api, "127.0.0.1", "localhost", 1)
	base, _ := repertoire(t, says(200, "application/json", discovered(byName)))
	s := start(t, Config{RepertoireURL: base, Timeout: 20 * time.Second})
	words := outcome(t, s.probe("delegated", delegatedLines()...), checkUserInfo).Message
	assert.Contains(t, words, "names a Gafaelfawr on another host or without TLS, "+byName)
	assert.Contains(t, words, "set MUSTER_GAFAELFAWR_URL")
	s = start(t, Config{RepertoireURL: base, Timeout: 20 * time.Second, Host: "LOCALHOST:8443"})
	assert.Equal(t, Pass, s.probe("delegated", delegatedLines()...).Status, "the deployment's own host is trusted")

	for _, c := range []struct {
		from, to string
		trusted  bool
	}{
		{"https://a.example.org/repertoire", "https://a.example.org/auth/api/v1", true},
		{"https://a.example.org/repertoire", "https://A.example.org:8443/auth/api/v1", true},
		{"https://a.example.org/repertoire", "http://a.example.org/auth/api/v1", false},
		{"http://a.example.org/repertoire", "http://a.example.org/auth/api/v1", true},
		{"http://a.example.org/repertoire", "https://a.example.org/auth/api/v1", true},
		{"https://a.example.org/repertoire", "https://a.example.org.evil.org/auth/api/v1", false},
		{"https://a.example.org/repertoire", "https://b.example.org/auth/api/v1", false},
		{"https://a.example.org/repertoire", "https://a.example.org@evil.org/auth/api/v1", false},
	} {
		assert.Equal(t, c.trusted, (&upstream{cfg: Config{RepertoireURL: c.from}}).trusts(c.to), "%s names %s", c.from, c.to)
	}
}

func TestGafaelfawrIsNotConfigured(t *testing.T) {
	t.Parallel()
	s := start(t, Config{})
	report := s.probe("delegated", delegatedLines()...)
	assert.Contains(t, outcome(t, report, checkUserInfo).Message, "set MUSTER_GAFAELFAWR_URL or REPERTOIRE_BASE_URL")
	assert.Equal(t, Pass, s.probe("authenticated", userLines()...).Status, "other probes need no Gafaelfawr")
}

func TestPrivateAuthority(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(honest())
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	file := filepath.Join(t.TempDir(), "ca.pem")
	require.NoError(t,
		os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600))
	url := server.URL + "/auth/api/v1"
	assert.Equal(t, Pass,
		start(t, Config{GafaelfawrURL: url, CAFile: file}).probe("delegated", delegatedLines()...).Status)
	assert.Contains(t,
		outcome(t, start(t, Config{GafaelfawrURL: url}).probe("delegated", delegatedLines()...), checkUserInfo).Message,
		"certificate")
}
