package muster

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/muster/daemon"
	"github.com/lsst-sqre/muster/muster/gafaelfawr"
)

// oddLines is in no order that a map would keep, repeats, and is spelled oddly.
var oddLines = [][2]string{
	{"zz-last", "1"}, {"X-Repeated", "a"}, {"aCCept", "*/*"}, {"x-repeated", "b"}, {"X-REPEATED", ""}, {"User-agent", "rec"}, {"X_underscore", "u"}, {"X-Repeated", "c, d"},
}

func withHost(lines [][2]string) []gafaelfawr.HeaderLine {
	all := []gafaelfawr.HeaderLine{{"Host", "minikube.lsst.codes"}}
	for _, l := range lines {
		all = append(all, l)
	}
	return all
}

func TestSightingKeepsOrderAndSpelling(t *testing.T) {
	t.Parallel()
	s := start(t, Config{})
	report := s.report(sent{target: "/muster/probes/anonymous?a=%2f&b", lines: oddLines})
	assert.Equal(t, withHost(oddLines), report.Sighting.Headers)
	assert.Equal(t, "/muster/probes/anonymous?a=%2f&b", report.Sighting.Path)
	assert.Equal(t, "GET", report.Sighting.Method)
	assert.Equal(t, "HTTP/1.1", report.Sighting.Protocol)
	assert.Equal(t, "127.0.0.1", report.Sighting.Client)
	assert.Equal(t, []string{"a", "b", "", "c, d"}, report.Sighting.Values("x-repeated"))
	assert.Equal(t, report.Server.Instance, report.Sighting.Instance)
}

func TestSightingTrimsValuesOnly(t *testing.T) {
	t.Parallel()
	s := start(t, Config{})
	conn, in := s.dial()
	_, err := io.WriteString(conn, "GET /muster/probes/anonymous HTTP/1.1\nHost:minikube.lsst.codes\r\nX-A:\t 1 \t\nX-B: 2  3\r\nX-C:\r\n\r\n")
	require.NoError(t, err)
	report := decodeReport(t, readOne(t, in, "GET").body)
	assert.Equal(t, []gafaelfawr.HeaderLine{{"Host", "minikube.lsst.codes"}, {"X-A", "1"}, {"X-B", "2  3"}, {"X-C", ""}}, report.Sighting.Headers)
}

func TestSightingOfHTTP10(t *testing.T) {
	t.Parallel()
	s := start(t, Config{})
	conn, in := s.dial()
	_, err := io.WriteString(conn, "GET /muster/probes/anonymous HTTP/1.0\r\nb: 1\r\nA: 2\r\n\r\n")
	require.NoError(t, err)
	report := decodeReport(t, readOne(t, in, "GET").body)
	assert.Equal(t, "HTTP/1.0", report.Sighting.Protocol)
	assert.Equal(t, []gafaelfawr.HeaderLine{{"b", "1"}, {"A", "2"}}, report.Sighting.Headers)
}

// numbered is a request that can be told from all others by its lines.
func numbered(i int, method, body string) string {
	lines := [][2]string{{"X-N", fmt.Sprint(i)}, {fmt.Sprintf("x-%d", i), "v"}, {"A-Last", "1"}}
	if body != "" {
		lines = append(lines, [2]string{"Content-Length", fmt.Sprint(len(body))})
	}
	return sent{method: method, target: fmt.Sprintf("/muster/probes/anonymous?n=%d", i), lines: lines, body: body}.String()
}

func assertNumbered(t *testing.T, i int, got answer) {
	t.Helper()
	report := decodeReport(t, got.body)
	assert.Equal(t, []string{fmt.Sprint(i)}, report.Sighting.Values("X-N"))
	require.GreaterOrEqual(t, len(report.Sighting.Headers), 4)
	assert.Equal(t, gafaelfawr.HeaderLine{fmt.Sprintf("x-%d", i), "v"}, report.Sighting.Headers[2])
	assert.Equal(t, fmt.Sprintf("/muster/probes/anonymous?n=%d", i), report.Sighting.Path)
}

func TestKeepAlive(t *testing.T) {
	t.Parallel()
	s := start(t, Config{})
	conn, in := s.dial()
	for i := range 20 {
		// Other routes must not leave their heads to the next probe.
		for _, path := range []string{"/healthz", "/muster/anonymous", "/nowhere"} {
			_, err := io.WriteString(conn, sent{target: path, lines: [][2]string{{"X-N", "other"}}}.String())
			require.NoError(t, err)
			readOne(t, in, "GET")
		}
		_, err := io.WriteString(conn, numbered(i, "GET", ""))
		require.NoError(t, err)
		got := readOne(t, in, "GET")
		assert.False(t, got.close)
		assertNumbered(t, i, got)
	}
}

func TestBodies(t *testing.T) {
	t.Parallel()
	s := start(t, Config{})
	conn, in := s.dial()
	tricky := "GET /muster/probes/anonymous?n=99 HTTP/1.1\r\nX-N: 99\r\n\r\n" // a body that looks like a request
	for i, body := range []string{"x", tricky, "\r\n\r\n", "\n\n", strings.Repeat("\r\n\r\n", 5000), strings.Repeat("x", bodyLimit), ""} {
		_, err := io.WriteString(conn, numbered(i, "POST", body)+"\r\n") // a stray line end behind the body, as RFC 9112 forgives
		require.NoError(t, err)
		got := readOne(t, in, "POST")
		assert.False(t, got.close, "body %d", i)
		assertNumbered(t, i, got)
	}
}

func TestBodyAboveTheLimit(t *testing.T) {
	t.Parallel()
	s := start(t, Config{})
	conn, in := s.dial()
	_, err := io.WriteString(conn, numbered(1, "POST", strings.Repeat("x", bodyLimit+1)))
	require.NoError(t, err)
	got := readOne(t, in, "POST")
	assert.Equal(t, http.StatusRequestEntityTooLarge, got.status)
	assert.Contains(t, got.body, `{"detail":"The body has more than 4194304 bytes`)
	assert.True(t, got.close)
}

// Where a chunked body ends only its reader knows: the connection ends, too.
func TestChunkedBody(t *testing.T) {
	t.Parallel()
	s := start(t, Config{})
	conn, in := s.dial()
	request := sent{method: "POST", target: "/muster/probes/anonymous", lines: [][2]string{{"b", "1"}, {"A", "2"}, {"Transfer-Encoding", "chunked"}}}
	request.body = "5\r\nhello\r\n0\r\n\r\n" + numbered(2, "GET", "")
	_, err := io.WriteString(conn, request.String())
	require.NoError(t, err)
	got := readOne(t, in, "POST")
	assert.Equal(t, withHost(request.lines), decodeReport(t, got.body).Sighting.Headers)
	assert.True(t, got.close)
	_, err = http.ReadResponse(in, nil)
	assert.ErrorIs(t, err, io.ErrUnexpectedEOF, "the next request must not be answered without its lines")
}

func TestPipelining(t *testing.T) {
	t.Parallel()
	s := start(t, Config{})
	conn, in := s.dial()
	var all strings.Builder
	for i := range 50 {
		body := ""
		if i%3 == 1 {
			body = strings.Repeat("y", i*7)
		}
		all.WriteString(numbered(i, map[bool]string{true: "POST", false: "GET"}[body != ""], body))
	}
	_, err := io.WriteString(conn, all.String())
	require.NoError(t, err)
	for i := range 50 {
		assertNumbered(t, i, readOne(t, in, "GET"))
	}
}

// However the bytes are cut, the head is the same.
func TestSegments(t *testing.T) {
	t.Parallel()
	s := start(t, Config{})
	for _, size := range []int{1, 2, 3, 7, 64, 1000} {
		conn, in := s.dial()
		text := numbered(1, "POST", "hello\r\n\r\n") + numbered(2, "GET", "")
		for piece := range slices.Chunk([]byte(text), size) {
			_, err := conn.Write(piece)
			require.NoError(t, err)
		}
		assertNumbered(t, 1, readOne(t, in, "POST"))
		assertNumbered(t, 2, readOne(t, in, "GET"))
	}
}

// The same for every place where bytes can be cut in two, and for every size of
// piece: a socket gathers what is sent quickly, so here the pieces are certain.
func TestPieces(t *testing.T) {
	t.Parallel()
	stream := []byte(numbered(1, "POST", "hello\r\n\r\n") + "\r\n" + numbered(2, "GET", "") + "GET /3 HTTP/1.1\nHost: a\nX-N: 3\n\n" + numbered(4, "GET", ""))
	var cuts [][][]byte
	for at := range stream {
		cuts = append(cuts, [][]byte{stream[:at], stream[at:]})
	}
	for size := 1; size < 80; size++ {
		cuts = append(cuts, slices.Collect(slices.Chunk(stream, size)))
	}
	for _, pieces := range cuts {
		c := recording(&fed{pieces: slices.DeleteFunc(pieces, func(p []byte) bool { return len(p) == 0 })})
		in := bufio.NewReader(c)
		for i := 1; i <= 4; i++ {
			if i == 2 {
				_, err := in.Discard(2) // the stray line end, which net/http forgives behind a POST
				require.NoError(t, err)
			}
			r, err := http.ReadRequest(in)
			require.NoError(t, err)
			head, lost := c.take(r)
			require.False(t, lost)
			assert.Contains(t, head.raw, fmt.Sprintf("X-N: %d", i))
			_, err = io.Copy(io.Discard, r.Body)
			require.NoError(t, err)
		}
	}
}

// The biggest head that ingress-nginx lets through arrives whole.
func TestBigHead(t *testing.T) {
	t.Parallel()
	s := start(t, Config{})
	var lines [][2]string
	for i := range 4 {
		lines = append(lines, [2]string{fmt.Sprintf("X-Big-%d", i), strings.Repeat("v", 64<<10)})
	}
	report := s.report(sent{target: "/muster/probes/anonymous", lines: lines})
	assert.Equal(t, withHost(lines), report.Sighting.Headers)
	many := make([][2]string, 1000)
	for i := range many {
		many[i] = [2]string{fmt.Sprintf("x-%d", i), "v"}
	}
	assert.Equal(t, withHost(many), s.report(sent{target: "/muster/probes/anonymous", lines: many}).Sighting.Headers)
}

func TestHeadAboveTheLimit(t *testing.T) {
	t.Parallel()
	s := start(t, Config{})
	conn, in := s.dial()
	go func() {
		_, _ = io.WriteString(conn, sent{target: "/muster/probes/anonymous", lines: [][2]string{{"X-Big", strings.Repeat("v", 2*daemon.HeadLimit)}}}.String())
	}()
	got := readOne(t, in, "GET")
	assert.Equal(t, http.StatusRequestHeaderFieldsTooLarge, got.status)
	assert.True(t, got.close)
	assert.Equal(t, Pass, s.probe("anonymous").Status, "others are not affected")
}

func TestContradictoryLengths(t *testing.T) {
	t.Parallel()
	s := start(t, Config{})
	for _, lines := range [][][2]string{
		{{"Content-Length", "1"}, {"Content-Length", "2"}}, {{"Content-Length", "x"}}, {{"Content-Length", "-1"}}, {{"Content-Length", "+1"}}, {{"Content-Length", "1, 1"}},
	} {
		got := s.ask(sent{method: "POST", target: "/muster/probes/anonymous", lines: lines, body: "x"})
		assert.Equal(t, http.StatusBadRequest, got.status, "%v", lines)
		assert.True(t, got.close)
	}
}

func TestWithoutRecorder(t *testing.T) {
	t.Parallel()
	report := decodeReport(t, withoutSocket(t, sent{target: "/muster/probes/anonymous", lines: [][2]string{{"X-B", "2"}, {"X-A", "1"}, {"X-B", "1"}}}))
	assert.Equal(t, []gafaelfawr.HeaderLine{{"Host", "minikube.lsst.codes"}, {"X-A", "1"}, {"X-B", "2"}, {"X-B", "1"}}, report.Sighting.Headers)
}

func TestConcurrentConnections(t *testing.T) {
	t.Parallel()
	s := start(t, Config{})
	var all sync.WaitGroup
	for c := range 8 {
		conn, in := s.dial()
		all.Go(func() {
			for i := range 50 {
				n := c*1000 + i
				_, err := io.WriteString(conn, numbered(n, "POST", strings.Repeat("z", i)))
				assert.NoError(t, err)
				assertNumbered(t, n, readOne(t, in, "POST"))
			}
		})
	}
	all.Wait()
}

// Should recorder and net/http ever disagree about where a request begins, no
// request gets the lines of another.
func TestHeadOfAnotherRequest(t *testing.T) {
	t.Parallel()
	for _, r := range []*http.Request{
		{Method: "POST", RequestURI: "/a", Proto: "HTTP/1.1"}, {Method: "GET", RequestURI: "/b", Proto: "HTTP/1.1"}, {Method: "GET", RequestURI: "/a", Proto: "HTTP/1.0"},
	} {
		c := &recorder{limit: daemon.HeadLimit}
		c.record([]byte("GET /a HTTP/1.1\r\nX: 1\r\n\r\nGET /a HTTP/1.1\r\nX: 2\r\n\r\n"))
		got, lost := c.take(r)
		assert.Empty(t, got)
		assert.True(t, lost)
		got, lost = c.take(&http.Request{Method: http.MethodGet, RequestURI: "/a", Proto: "HTTP/1.1"})
		assert.Empty(t, got, "nothing that was recorded is believed any more")
		assert.True(t, lost)
	}
}

func recording(conn net.Conn) *recorder {
	return &recorder{member: newCrowd(nil, publicLimit, nil).enter(conn), limit: daemon.HeadLimit}
}

// fed is a connection that delivers the bytes in pieces.
type fed struct {
	net.Conn
	pieces [][]byte
}

func (f *fed) Read(p []byte) (int, error) {
	if len(f.pieces) == 0 {
		return 0, io.EOF
	}
	n := copy(p, f.pieces[0])
	if n < len(f.pieces[0]) {
		f.pieces = append([][]byte{f.pieces[0][n:]}, f.pieces[1:]...)
	} else {
		f.pieces = f.pieces[1:]
	}
	return n, nil
}

// Whatever net/http takes for a request, the recorder must hand out its head or
// say that it lost track: never another's.
func FuzzRecorder(f *testing.F) {
	f.Add([]byte(numbered(1, "POST", "abc")+numbered(2, "GET", "")), 7)
	f.Add([]byte("GET / HTTP/1.1\nHost: a\n\nGET /b HTTP/1.0\r\nA:b\r\n c\r\n\r\n"), 1)
	f.Add([]byte("POST / HTTP/1.1\r\nHost: a\r\nContent-length : 3\r\n\r\nabcGET / HTTP/1.1\r\nHost: a\r\n\r\n"), 100)
	f.Add([]byte("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 3)
	f.Fuzz(func(t *testing.T, stream []byte, size int) {
		if size < 1 || size > 1<<16 || len(stream) > 1<<16 {
			return
		}
		source := &fed{}
		for piece := range slices.Chunk(bytes.Clone(stream), size) {
			source.pieces = append(source.pieces, piece)
		}
		c := recording(source)
		in := bufio.NewReader(c)
		for range 10 {
			r, err := http.ReadRequest(in)
			if err != nil {
				return
			}
			head, lost := c.take(r)
			if head.raw == "" || head.fault != "" {
				if !lost {
					t.Fatalf("no head for %s %s, and it is not told", r.Method, r.RequestURI)
				}
				return
			}
			raw := head.raw
			got := http.Header{}
			for _, line := range parseHead(nil, raw) {
				got.Add(line.Name(), line.Value())
			}
			got.Del("Host")
			for _, name := range []string{"Transfer-Encoding", "Trailer", "Pragma", "Cache-Control", "Connection"} { // net/http moves or adds these
				got.Del(name)
				r.Header.Del(name)
			}
			assert.Len(t, got, len(r.Header), "%q", raw)
			for name, values := range r.Header {
				assert.Equal(t, values, got[name], "%s in %q", name, raw)
			}
			if _, err := io.Copy(io.Discard, r.Body); err != nil || lost {
				return
			}
		}
	})
}
