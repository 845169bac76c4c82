package muster

import (
	"bufio"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	hostLine = "Host: minikube.lsst.codes\r\n"
	// smuggled is a request behind one whose end is ambiguous.
	smuggled = "GET /muster/probes/anonymous?smuggled HTTP/1.1\r\n" + hostLine + "X-Smuggled: 1\r\n\r\n"
	noChunk  = "0\r\n\r\n"
)

func get(lines string) string {
	return "GET /muster/probes/anonymous?first HTTP/1.1\r\n" + lines + "\r\n" + smuggled
}

func post(lines, body string) string {
	return "POST /muster/probes/anonymous?first HTTP/1.1\r\n" + hostLine + lines + "\r\n" + body + smuggled
}

// Forms in which a proxy and a server disagreed about where a request ends, or
// which host it is for. net/http refuses them; a new version must, too.
var ambiguous = map[string]string{
	"chunked twice":             post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", noChunk),
	"gzip, chunked":             post("Transfer-Encoding: gzip, chunked\r\n", noChunk),
	"xchunked":                  post("Transfer-Encoding: xchunked\r\n", noChunk),
	"vertical tab chunked":      post("Transfer-Encoding: \x0bchunked\r\n", noChunk),
	"identity":                  post("Transfer-Encoding: identity\r\nContent-Length: 5\r\n", noChunk),
	"encoding space colon":      post("Transfer-Encoding : chunked\r\n", noChunk),
	"two lengths":               post("Content-Length: 5\r\nContent-Length: 6\r\n", "hello"),
	"two lengths in one line":   post("Content-Length: 5, 5\r\n", "hello"),
	"positive length":           post("Content-Length: +5\r\n", "hello"),
	"negative length":           post("Content-Length: -5\r\n", "hello"),
	"hexadecimal length":        post("Content-Length: 0x5\r\n", "hello"),
	"length above 2^64":         post("Content-Length: 18446744073709551621\r\n", "hello"),
	"chunk size above 2^64":     post("Transfer-Encoding: chunked\r\n", "10000000000000005\r\nhello\r\n"+noChunk),
	"line feed in an extension": post("Transfer-Encoding: chunked\r\n", "5;a\nhello\r\n"+noChunk),
	"chunks with line feeds":    post("Transfer-Encoding: chunked\r\n", "5\nhello\n0\n\n"),
	"return in a value":         get(hostLine + "X: a\rContent-Length: 70\r\n"),
	"folded first line":         get(" X: b\r\n" + hostLine),
	"space before the colon":    get(hostLine + "X : a\r\n"),
	"no colon":                  get(hostLine + "Xa\r\n"),
	"NUL in a value":            get(hostLine + "X: a\x00b\r\n"),
	"two Hosts":                 get(hostLine + "Host: evil.example.org\r\n"),
	"no Host":                   get(""),
	"HTTP/0.9":                  "GET /muster/probes/anonymous?first\r\n" + smuggled,
	"preface of HTTP/2":         "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + smuggled,
}

// converse sends text on one connection, and returns the answers until it ends.
func (s *running) converse(text string) []answer {
	s.t.Helper()
	conn, in := s.dial()
	_, err := io.WriteString(conn, text)
	require.NoError(s.t, err)
	_ = conn.(interface{ CloseWrite() error }).CloseWrite() // the server may have ended it
	return answersIn(s.t, in)
}

// answersIn reads answers until the connection ends; all must be well formed.
func answersIn(t testing.TB, in *bufio.Reader) (answers []answer) {
	t.Helper()
	for {
		if _, err := in.Peek(1); err != nil {
			require.NotErrorIs(t, err, os.ErrDeadlineExceeded, "the connection does not end")
			return answers
		}
		got, err := http.ReadResponse(in, nil)
		require.NoError(t, err)
		body, err := io.ReadAll(got.Body)
		require.NoError(t, err)
		answers = append(answers, answer{got.StatusCode, got.Header, string(body), got.Close})
	}
}

func TestAmbiguousRequestsAreRefused(t *testing.T) {
	t.Parallel()
	s := start(t, Config{})
	for name, text := range ambiguous {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answers := s.converse(text)
			require.NotEmpty(t, answers)
			last := answers[len(answers)-1]
			assert.GreaterOrEqual(t, last.status, 400)
			assert.True(t, last.close, "%d %s", last.status, last.body)
			for _, a := range answers {
				assert.NotContains(t, a.body, "?smuggled")
			}
		})
	}
}

func TestPipelining(t *testing.T) {
	t.Parallel()
	s := start(t, Config{})
	answers := s.converse(post("Content-Length: 5\r\n", "hello"))
	require.Len(t, answers, 2)
	first, second := decodeReport(t, answers[0].body).Sighting, decodeReport(t, answers[1].body).Sighting
	assert.Nil(t, first.Values("X-Smuggled"), "each has its own lines")
	assert.NotNil(t, second.Values("X-Smuggled"))
}

func TestExpectation(t *testing.T) {
	t.Parallel()
	s := start(t, Config{})
	answers := s.converse(post("Expect: 100-continue\r\nContent-Length: 5\r\n", "hello"))
	require.Len(t, answers, 3)
	assert.Equal(t, http.StatusContinue, answers[0].status)
	assert.Contains(t, answers[1].body, "?first")
}

// Any input gives well-formed answers and no panic, and does not disturb others.
func FuzzConnection(f *testing.F) {
	for _, text := range ambiguous {
		f.Add([]byte(text))
	}
	f.Add([]byte(sent{target: "/muster/pages/delegated", lines: delegatedLines()}.String()))
	f.Add([]byte(sent{target: "/muster/delegated/authorization", lines: delegatedLines()}.String()))
	f.Add([]byte(sent{target: "/muster/", lines: [][2]string{
		{"Accept", "text/html;q=0.5,*/*;q=\xff"}, {"Cookie", "gafaelfawr=;;=;"}, {"X-Request-ID", "\x80"}}}.String()))
	s := start(f, Config{GafaelfawrURL: "http://127.0.0.1:1", Timeout: 100 * time.Millisecond})
	f.Fuzz(func(t *testing.T, text []byte) {
		if len(text) > 1<<16 {
			return
		}
		mine := &running{t: t, address: s.address, log: s.log}
		for _, a := range mine.converse(string(text)) {
			if strings.HasPrefix(a.body, `{"schema"`) {
				decodeReport(t, a.body)
			}
		}
		assert.NotContains(t, s.log.String(), "panic")
		s.log.Reset()
		assert.Equal(t, Pass, mine.probe("anonymous").Status)
	})
}
