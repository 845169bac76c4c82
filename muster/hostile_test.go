//go:build unix

package muster

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/lsst-sqre/muster/fixtures/lanes"
)

// Whatever Gafaelfawr does, the report says what is wrong. Requests that do not
// need Gafaelfawr are answered meanwhile. The memory stays bounded, no goroutine
// is left, and no other server gets a request.
func TestHostileGafaelfawr(t *testing.T) {
	lanes.Slow(t)
	binary, elsewhere := buildMuster(t), nobodyComes(t)
	proxies := []string{
		"HTTP_PROXY=http://" + elsewhere,
		"HTTPS_PROXY=http://" + elsewhere,
		"ALL_PROXY=http://" + elsewhere,
	}

	run := func(name, scheme, timeout string, casesOf func(h *hostile) map[string]hostileCase) {
		t.Run(name, func(t *testing.T) {
			h := serveHostile(t, scheme == "http")
			s := startProcess(t, binary, append(proxies, "MUSTER_GAFAELFAWR_URL="+h.url(scheme), "MUSTER_TIMEOUT="+timeout)...)
			goroutines, before := s.goroutines(), s.resident()
			for name, c := range casesOf(h) {
				t.Run(name, func(t *testing.T) { h.torment(t, s, c.conduct, c.words) })
			}
			h.assertNothingLeft(t, s, goroutines)
			t.Logf("%.0f MB before, %.0f MB at most, %.0f MB after; asked %d times", before, s.peak(), s.resident(),
				h.asked.Load())
		})
	}
	run("slow", "http", "300ms", func(*hostile) map[string]hostileCase { return unanswered(slowConducts()) })
	run("quick", "http", "20s", func(h *hostile) map[string]hostileCase { return quickConducts(h.url("http"), elsewhere) })
	run("slow TLS", "https", "300ms", func(*hostile) map[string]hostileCase { return unanswered(slowTLS) })
	run("quick TLS", "https", "20s", func(*hostile) map[string]hostileCase { return quickTLS })
}

func unanswered(conducts map[string]conduct) map[string]hostileCase {
	cases := map[string]hostileCase{}
	for name, c := range conducts {
		cases[name] = hostileCase{c, "no answer within 300ms"}
	}
	return cases
}

// Tokens pass through no proxy of the environment. The address is not loopback,
// because net/http uses no proxy for loopback.
func TestNoProxyIsAsked(t *testing.T) {
	t.Parallel()
	elsewhere := nobodyComes(t)
	api := strings.Replace(serveTeller(t, honest()), "127.0.0.1", "0.0.0.0", 1)
	var environ []string
	for _, name := range []string{"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY"} {
		environ = append(environ, name+"=http://"+elsewhere)
	}
	s := startProcess(t, buildMuster(t), append(environ, "MUSTER_GAFAELFAWR_URL="+api)...)
	assert.Equal(t, Pass, s.probe("delegated", delegatedLines()...).Status)
}

// torment sends many requests at once and verifies their answers and those of
// others.
func (h *hostile) torment(t *testing.T, s *process, c conduct, words string) {
	mine := &running{t: t, address: s.address, log: s.log}
	h.conduct.Store(&c)
	const crowd = upstreamRequests
	var all sync.WaitGroup
	for range crowd {
		all.Go(func() {
			conn, err := net.Dial("tcp", s.address)
			if !assert.NoError(t, err) {
				return
			}
			defer conn.Close()
			_, _ = io.WriteString(conn, sent{target: "/muster/probes/delegated", lines: delegatedLines()}.String())
			got, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if !assert.NoError(t, err) {
				return
			}
			defer got.Body.Close()
			body, err := io.ReadAll(got.Body)
			assert.NoError(t, err)
			if assert.Equal(t, http.StatusOK, got.StatusCode, string(body)) {
				assertSaysWhatIsWrong(t, decodeReport(t, string(body)), words)
			}
		})
	}
	assert.Equal(t, Pass, mine.probe("authenticated", userLines()...).Status, "who does not need Gafaelfawr is answered")
	assert.Equal(t, http.StatusOK, mine.get("/healthz").status)
	all.Wait()
	python := mine.get("/muster/delegated/header", delegatedLines()...)
	assert.Equal(t, http.StatusInternalServerError, python.status)
	assert.Contains(t, python.body, `"type":"user-info-answers"`)
	assert.NotContains(t, python.body, secretPart)
	assert.Less(t, len(python.body), 8<<10)
	page := mine.get("/muster/pages/delegated", delegatedLines()...)
	assert.Equal(t, http.StatusOK, page.status)
	assert.Contains(t, page.body, "What is wrong")
	assert.NotContains(t, page.body, secretPart)
	assert.Less(t, s.peak(), memoryLimit, "megabytes at most")
}

func assertSaysWhatIsWrong(t *testing.T, report Report, words string) {
	t.Helper()
	assert.Equal(t, []string{checkUserInfo, checkTokenInfo}, failing(report))
	for _, name := range []string{checkUserInfo, checkTokenInfo} {
		message := outcome(t, report, name).Message
		assert.Contains(t, message, words)
		assert.Regexp(t, `\AGafaelfawr did not say (who the user|what the token) is: [^\n]+\z`, message, "one sentence")
		assert.Less(t, len(message), 1200)
	}
}

// assertNothingLeft allows idle connections whose request was cancelled before it
// was sent.
func (h *hostile) assertNothingLeft(t *testing.T, s *process, goroutines int) {
	t.Helper()
	const idle = upstreamRequests
	eventually(t, func() bool { return h.open.Load() <= idle }, "no connection to Gafaelfawr is left")
	eventually(t, func() bool { return s.goroutines() <= goroutines+2*idle+2 }, "no goroutine is left")
}
