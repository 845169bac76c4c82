package muster

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/muster/daemon"
	"github.com/lsst-sqre/muster/muster/gafaelfawr"
)

// oddLines are header lines that are unsorted, repeated and in several spellings.
var oddLines = [][2]string{
	{"zz-last", "1"}, {"X-Repeated", "b"}, {"aCCept", "*/*"}, {"x-repeated", "a"}, {"X-REPEATED", ""},
	{"User-agent", "rec"}, {"X_underscore", "u"}, {"X-Repeated", "c, d"},
}

func TestSightingHasEveryLine(t *testing.T) {
	t.Parallel()
	s := start(t, Config{})
	report := s.report(sent{target: "/muster/probes/anonymous?a=%2f&b", lines: oddLines})
	assert.Equal(t, []gafaelfawr.HeaderLine{
		{"Accept", "*/*"}, {"Host", "minikube.lsst.codes"}, {"User-Agent", "rec"}, {"X-Repeated", "b"}, {"X-Repeated", "a"},
		{"X-Repeated", ""}, {"X-Repeated", "c, d"}, {"X_underscore", "u"}, {"Zz-Last", "1"},
	}, report.Sighting.Headers)
	assert.Equal(t, "/muster/probes/anonymous?a=%2f&b", report.Sighting.Path)
	assert.Equal(t, "GET", report.Sighting.Method)
	assert.Equal(t, "HTTP/1.1", report.Sighting.Protocol)
	assert.Equal(t, "127.0.0.1", report.Sighting.Client)
	assert.Equal(t, []string{"b", "a", "", "c, d"}, report.Sighting.Values("x-repeated"))
	assert.Equal(t, report.Server.Instance, report.Sighting.Instance)
}

func TestSightingOfHTTP10(t *testing.T) {
	t.Parallel()
	s := start(t, Config{})
	conn, in := s.dial()
	_, err := io.WriteString(conn, "GET /muster/probes/anonymous HTTP/1.0\r\nB: 1\r\nA:\t 2 \r\n\r\n")
	require.NoError(t, err)
	report := decodeReport(t, readOne(t, in, "GET").body)
	assert.Equal(t, "HTTP/1.0", report.Sighting.Protocol)
	assert.Equal(t, []gafaelfawr.HeaderLine{{"A", "2"}, {"B", "1"}}, report.Sighting.Headers)
}

// Bodies are read and forgotten: the next request on the connection has its own
// lines.
func TestBodies(t *testing.T) {
	t.Parallel()
	s := start(t, Config{})
	conn, in := s.dial()
	tricky := "GET /muster/probes/anonymous?n=99 HTTP/1.1\r\nX-N: 99\r\n\r\n" // a body that looks like a request
	for i, body := range []string{"x", tricky, "\r\n\r\n", strings.Repeat("x", bodyLimit), ""} {
		lines := [][2]string{{"X-N", fmt.Sprint(i)}, {"Content-Length", fmt.Sprint(len(body))}}
		target := fmt.Sprintf("/muster/probes/anonymous?n=%d", i)
		_, err := io.WriteString(conn, sent{method: "POST", target: target, lines: lines, body: body}.String())
		require.NoError(t, err)
		got := readOne(t, in, "POST")
		assert.False(t, got.close, "body %d", i)
		sighting := decodeReport(t, got.body).Sighting
		assert.Equal(t, []string{fmt.Sprint(i)}, sighting.Values("X-N"))
		assert.Equal(t, []string{fmt.Sprint(len(body))}, sighting.Values("Content-Length"))
		assert.Equal(t, target, sighting.Path)
		if body == "" {
			assert.Nil(t, sighting.Body)
			continue
		}
		assert.Equal(t, &Body{int64(len(body)), gafaelfawr.Fingerprint(body)}, sighting.Body)
	}
}

func TestChunkedBody(t *testing.T) {
	t.Parallel()
	s := start(t, Config{})
	got := s.report(sent{method: "POST", target: "/muster/probes/anonymous",
		lines: [][2]string{{"Transfer-Encoding", "chunked"}}, body: "5\r\nhello\r\n0\r\n\r\n"})
	assert.Equal(t, []string{"chunked"}, got.Sighting.Values("Transfer-Encoding"))
}

// The biggest head that ingress-nginx lets through arrives whole.
func TestBigHead(t *testing.T) {
	t.Parallel()
	s := start(t, Config{})
	want := []gafaelfawr.HeaderLine{{"Host", "minikube.lsst.codes"}}
	var lines [][2]string
	for i := range 4 {
		lines = append(lines, [2]string{fmt.Sprintf("X-Big-%d", i), strings.Repeat("v", 64<<10)})
		want = append(want, lines[i])
	}
	assert.Equal(t, want, s.report(sent{target: "/muster/probes/anonymous", lines: lines}).Sighting.Headers)
	many := make([][2]string, 1000)
	for i := range many {
		many[i] = [2]string{"X-Many", fmt.Sprint(i)}
	}
	got := s.report(sent{target: "/muster/probes/anonymous", lines: many}).Sighting.Values("X-Many")
	assert.True(t, slices.IsSortedFunc(got, func(a, b string) int { return len(a) - len(b) }), "in order")
	assert.Len(t, got, len(many))
}

// Requests that are too big in any respect are refused, and others are answered.
func TestTooBig(t *testing.T) {
	t.Parallel()
	s := start(t, Config{})
	chunk := fmt.Sprintf("%x\r\n%s\r\n", 100_000, strings.Repeat("x", 100_000))
	chunked := [][2]string{{"Transfer-Encoding", "chunked"}}
	for name, c := range map[string]struct {
		request sent
		status  int
	}{
		"head":   {sent{lines: [][2]string{{"X-Big", strings.Repeat("v", 2*daemon.HeadLimit)}}}, 431},
		"target": {sent{target: "/" + strings.Repeat("t", 2*daemon.HeadLimit)}, 431},
		"body": {sent{method: "POST", lines: [][2]string{{"Content-Length", "1073741824"}},
			body: strings.Repeat("b", 2*bodyLimit)}, 413},
		"chunked body": {sent{method: "POST", lines: chunked, body: strings.Repeat(chunk, 80)}, 413},
		"damaged body": {sent{method: "POST", lines: chunked, body: "z\r\n"}, 400},
		"trailer": {sent{method: "POST", lines: chunked,
			body: "0\r\nX-T: " + strings.Repeat("t", 1<<20)}, 400},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if c.request.target == "" {
				c.request.target = "/muster/probes/anonymous"
			}
			conn, in := s.dial()
			go func() { _, _ = io.WriteString(conn, c.request.String()) }() // it is refused before it is sent
			got, err := http.ReadResponse(in, nil)                          // what follows the head can be lost
			require.NoError(t, err)
			_ = got.Body.Close()
			assert.Equal(t, c.status, got.StatusCode)
			assert.True(t, got.Close)
			assert.Equal(t, Pass, s.probe("anonymous").Status)
		})
	}
}

func TestConnectIsRefused(t *testing.T) {
	t.Parallel()
	got := start(t, Config{}).send(sent{method: "CONNECT", target: "/muster/probes/anonymous"})
	assert.Equal(t, http.StatusMethodNotAllowed, got.status, "a proxy would take 200 for a tunnel")
	assert.True(t, got.close)
}
