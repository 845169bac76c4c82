package muster

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
)

const (
	hostLine = "Host: minikube.lsst.codes\r\n"
	// smuggled is what must not be taken for a request of its own where it stands
	// for a body, and must be where it does not.
	smuggled = "GET /muster/probes/anonymous?smuggled HTTP/1.1\r\n" + hostLine + "X-Smuggled: 1\r\n\r\n"
	noChunk  = "0\r\n\r\n"
	oneChunk = "5\r\nhello\r\n0\r\n\r\n"
)

func get(rest string) string {
	return "GET /muster/probes/anonymous?first HTTP/1.1\r\n" + rest + "\r\n" + smuggled
}

func post(lines, body string) string {
	return "POST /muster/probes/anonymous?first HTTP/1.1\r\n" + hostLine + lines + "\r\n" + body + smuggled
}

// What becomes of a request and of what is sent behind it.
const (
	refused = iota // no answer but a refusal, and the connection ends
	alone          // the first is answered, the connection ends
	both           // the first is answered, and then the second: both are plain
)

// Every form in which a proxy and a server ever disagreed about where a request
// ends. Each is refused, or read as one request and the connection ends. Both are
// answered only where nginx (as deployed with ingress-nginx; each was tried) takes
// it for two requests as well.
var smuggling = map[string]struct {
	text string
	want int
}{
	"length and chunked":          {post("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", noChunk), refused},
	"chunked and length":          {post("Transfer-Encoding: chunked\r\nContent-Length: 104\r\n", noChunk), refused},
	"chunked twice":               {post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", noChunk), refused},
	"chunked, then identity":      {post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", noChunk), refused},
	"gzip, chunked":               {post("Transfer-Encoding: gzip, chunked\r\n", noChunk), refused},
	"chunked, chunked":            {post("Transfer-Encoding: chunked, chunked\r\n", noChunk), refused},
	"chunked, comma":              {post("Transfer-Encoding: chunked,\r\n", noChunk), refused},
	"xchunked":                    {post("Transfer-Encoding: xchunked\r\n", noChunk), refused},
	"quoted chunked":              {post("Transfer-Encoding: \"chunked\"\r\n", noChunk), refused},
	"vertical tab chunked":        {post("Transfer-Encoding: \x0bchunked\r\n", noChunk), refused},
	"identity":                    {post("Transfer-Encoding: identity\r\nContent-Length: 5\r\n", noChunk), refused},
	"empty encoding":              {post("Transfer-Encoding:\r\nContent-Length: 5\r\n", noChunk), refused},
	"encoding space colon":        {post("Transfer-Encoding : chunked\r\n", noChunk), refused},
	"folded encoding":             {post("Transfer-Encoding:\r\n chunked\r\n", noChunk), refused},
	"folded into encoding":        {post("X: y\r\n Transfer-Encoding: chunked\r\n", noChunk), refused},
	"encoding in HTTP/1.0":        {"POST /muster/probes/anonymous?first HTTP/1.0\r\n" + hostLine + "Connection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n" + noChunk + smuggled, refused},
	"CHUNKED":                     {post("Transfer-Encoding: CHUNKED\r\n", noChunk), alone},
	"spaces around chunked":       {post("Transfer-Encoding: \t chunked \r\n", noChunk), alone},
	"encoding with underscore":    {post("Transfer_Encoding: chunked\r\n", noChunk), refused},
	"length twice":                {post("Content-Length: 5\r\nContent-Length: 5\r\n", "hello"), refused},
	"two lengths":                 {post("Content-Length: 5\r\nContent-Length: 6\r\n", "hello"), refused},
	"two lengths in one line":     {post("Content-Length: 5, 5\r\n", "hello"), refused},
	"positive length":             {post("Content-Length: +5\r\n", "hello"), refused},
	"negative length":             {post("Content-Length: -5\r\n", "hello"), refused},
	"hexadecimal length":          {post("Content-Length: 0x5\r\n", "hello"), refused},
	"length with a space":         {post("Content-Length: 5 5\r\n", "hello"), refused},
	"length with an underscore":   {post("Content-Length: 0_5\r\n", "hello"), refused},
	"length with a fraction":      {post("Content-Length: 5.0\r\n", "hello"), refused},
	"length of other digits":      {post("Content-Length: ٥\r\n", "hello"), refused},
	"length above 2^64":           {post("Content-Length: 18446744073709551621\r\n", "hello"), refused},
	"empty length":                {post("Content-Length:\r\n", ""), refused},
	"length space colon":          {post("Content-Length : 5\r\n", "hello"), refused},
	"length tab colon":            {post("Content-Length\t: 5\r\n", "hello"), refused},
	"folded length":               {post("Content-Length:\r\n 5\r\n", "hello"), refused},
	"length with zeros":           {post("Content-Length: 0000000000000000000000005\r\n", "hello"), both},
	"chunk size above 2^64":       {post("Transfer-Encoding: chunked\r\n", "10000000000000005\r\nhello\r\n"+noChunk), refused},
	"negative chunk size":         {post("Transfer-Encoding: chunked\r\n", "-5\r\nhello\r\n"+noChunk), refused},
	"chunk size with 0x":          {post("Transfer-Encoding: chunked\r\n", "0x5\r\nhello\r\n"+noChunk), refused},
	"empty chunk size":            {post("Transfer-Encoding: chunked\r\n", "\r\nhello\r\n"+noChunk), refused},
	"chunk longer than its size":  {post("Transfer-Encoding: chunked\r\n", "5\r\nhelloXX0\r\n\r\n"), refused},
	"line feed in an extension":   {post("Transfer-Encoding: chunked\r\n", "5;a\nhello\r\n"+noChunk), refused},
	"chunks with line feeds":      {post("Transfer-Encoding: chunked\r\n", "5\nhello\n0\n\n"), refused},
	"chunk size and a space":      {post("Transfer-Encoding: chunked\r\n", "5 \r\nhello\r\n"+noChunk), alone},
	"chunk extension":             {post("Transfer-Encoding: chunked\r\n", "5;a=\"b\"\r\nhello\r\n"+noChunk), alone},
	"trailer":                     {post("Transfer-Encoding: chunked\r\nTrailer: X-T\r\n", "5\r\nhello\r\n0\r\nX-T: 1\r\n\r\n"), alone},
	"length in a trailer":         {post("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\nContent-Length: 99\r\n\r\n"), alone},
	"plain chunks":                {post("Transfer-Encoding: chunked\r\n", oneChunk), alone},
	"lines that end in line feed": {"GET /muster/probes/anonymous?first HTTP/1.1\nHost: minikube.lsst.codes\n\n" + smuggled, both},
	"blank line of one line feed": {get(hostLine + "X: a\n"), both},
	"lines that end in return":    {"GET /muster/probes/anonymous?first HTTP/1.1\rHost: a\r\r" + smuggled, refused},
	"return in a value":           {get(hostLine + "X: a\rContent-Length: 70\r\n"), refused},
	"two returns":                 {get(hostLine + "X: a\r\r\n"), refused},
	"folded line":                 {get(hostLine + "X: a\r\n b\r\n"), refused},
	"folded with a tab":           {get(hostLine + "X: a\r\n\tb\r\n"), refused},
	"folded blank":                {get(hostLine + "X: a\r\n \r\n"), refused},
	"folded first line":           {get(" X: b\r\n" + hostLine), refused},
	"folded Host":                 {get("Host:\r\n minikube.lsst.codes\r\n"), refused},
	"space before the colon":      {get(hostLine + "X : a\r\n"), refused},
	"no colon":                    {get(hostLine + "Xa\r\n"), refused},
	"no name":                     {get(hostLine + ": a\r\n"), refused},
	"NUL in a value":              {get(hostLine + "X: a\x00b\r\n"), refused},
	"NUL in a name":               {get(hostLine + "X\x00: a\r\n"), refused},
	"NUL in the target":           {"GET /muster/probes/anonymous?first\x00 HTTP/1.1\r\n" + hostLine + "\r\n" + smuggled, refused},
	"another host in the target":  {"GET https://evil.example.org/muster/probes/anonymous?first HTTP/1.1\r\n" + hostLine + "\r\n" + smuggled, both},
	"another Host than in it":     {"GET https://minikube.lsst.codes/muster/probes/anonymous?first HTTP/1.1\r\nHost: evil.example.org\r\n\r\n" + smuggled, both},
	"two Hosts":                   {get(hostLine + "Host: evil.example.org\r\n"), refused},
	"the same Host twice":         {get(hostLine + hostLine), refused},
	"no Host":                     {get(""), refused},
	"a Host that is none":         {get("Host: a/b@c\r\n"), refused},
	"HTTP/0.9":                    {"GET /muster/probes/anonymous?first\r\n" + smuggled, refused},
	"HTTP/1.0":                    {"GET /muster/probes/anonymous?first HTTP/1.0\r\n" + hostLine + "\r\n" + smuggled, alone},
	"HTTP/1.0 that stays":         {"GET /muster/probes/anonymous?first HTTP/1.0\r\n" + hostLine + "Connection: keep-alive\r\n\r\n" + smuggled, both},
	"HTTP/1.2":                    {"GET /muster/probes/anonymous?first HTTP/1.2\r\n" + hostLine + "\r\n" + smuggled, both},
	"HTTP/1.10":                   {"GET /muster/probes/anonymous?first HTTP/1.10\r\n" + hostLine + "\r\n" + smuggled, refused},
	"HTTP/2.0":                    {"GET /muster/probes/anonymous?first HTTP/2.0\r\n" + hostLine + "\r\n" + smuggled, refused},
	"http/1.1":                    {"GET /muster/probes/anonymous?first http/1.1\r\n" + hostLine + "\r\n" + smuggled, refused},
	"preface of HTTP/2":           {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + smuggled, refused},
	"upgrade to h2c":              {get(hostLine + "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n"), both},
	"upgrade to websocket":        {get(hostLine + "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 777\r\n"), both},
	"CONNECT":                     {"CONNECT minikube.lsst.codes:443 HTTP/1.1\r\n" + hostLine + "\r\n" + smuggled, refused},
	"CONNECT to a path":           {"CONNECT /muster/probes/anonymous?first HTTP/1.1\r\n" + hostLine + "\r\n" + smuggled, refused},
	"two spaces":                  {"GET  /muster/probes/anonymous?first HTTP/1.1\r\n" + hostLine + "\r\n" + smuggled, refused},
	"tabs for spaces":             {"GET\t/muster/probes/anonymous?first\tHTTP/1.1\r\n" + hostLine + "\r\n" + smuggled, refused},
	"space in the target":         {"GET /muster/probes/anonymous?first a HTTP/1.1\r\n" + hostLine + "\r\n" + smuggled, refused},
	"space before the method":     {" GET /muster/probes/anonymous?first HTTP/1.1\r\n" + hostLine + "\r\n" + smuggled, refused},
	"blank lines before":          {"\r\n\r\nGET /muster/probes/anonymous?first HTTP/1.1\r\n" + hostLine + "\r\n" + smuggled, refused},
	"it wants to end":             {get(hostLine + "Connection: close\r\n"), alone},
	"another expectation":         {post("Expect: 200-ok\r\nContent-Length: 5\r\n", "hello"), refused},
	"pipelined":                   {get(hostLine), both},
	"pipelined behind a body":     {post("Content-Length: 5\r\n", "hello"), both},
}

// told is what a server says on one connection until it ends it.
func (s *running) told(text string) []answer {
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

func TestSmuggling(t *testing.T) {
	t.Parallel()
	s := start(t, Config{})
	for name, c := range smuggling {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answers := s.told(c.text)
			switch c.want {
			case refused:
				assertRefused(t, answers)
			case alone:
				require.Len(t, answers, 1)
				assertAnswered(t, answers[0], "first")
				assert.True(t, answers[0].close)
			case both:
				require.Len(t, answers, 2)
				assertAnswered(t, answers[0], "first")
				assertAnswered(t, answers[1], "smuggled")
			}
		})
	}
}

// assertRefused accepts that the plain request in front is answered, if what
// follows it is refused.
func assertRefused(t *testing.T, answers []answer) {
	t.Helper()
	require.NotEmpty(t, answers)
	last := answers[len(answers)-1]
	assert.GreaterOrEqual(t, last.status, 400)
	assert.True(t, last.close, "%d %s", last.status, last.body)
	for _, a := range answers {
		assert.NotContains(t, a.body, "?smuggled")
	}
}

func assertAnswered(t *testing.T, got answer, which string) {
	t.Helper()
	require.Equal(t, http.StatusOK, got.status, got.body)
	report := decodeReport(t, got.body)
	assert.True(t, strings.HasSuffix(report.Sighting.Path, "/muster/probes/anonymous?"+which), report.Sighting.Path)
	assert.Equal(t, which == "smuggled", report.Sighting.Values("X-Smuggled") != nil, "each has its own lines")
}

// A body that looks like a request is a body.
func TestRequestInABody(t *testing.T) {
	t.Parallel()
	s := start(t, Config{})
	for _, method := range []string{"GET", "POST", "DELETE", "OPTIONS"} {
		answers := s.told(sent{method: method, target: "/muster/probes/anonymous?first", lines: [][2]string{{"Content-Length", "107"}}, body: smuggled + strings.Repeat("x", 107-len(smuggled))}.String())
		require.Len(t, answers, 1, method)
		assertAnswered(t, answers[0], "first")
	}
}

// Whoever expects to be told to go on is, once, and has one answer.
func TestExpectation(t *testing.T) {
	t.Parallel()
	s := start(t, Config{})
	answers := s.told(post("Expect: 100-continue\r\nContent-Length: 5\r\n", "hello"))
	require.Len(t, answers, 3)
	assert.Equal(t, http.StatusContinue, answers[0].status)
	assertAnswered(t, answers[1], "first")
	assertAnswered(t, answers[2], "smuggled")
}

// The reason is told to whoever can repair it.
func TestAmbiguousHeadSaysWhy(t *testing.T) {
	t.Parallel()
	s := start(t, Config{})
	for name, words := range map[string]string{
		"length and chunked": faultBoth, "length twice": faultLengths, "folded line": faultFolded, "encoding in HTTP/1.0": faultOld,
	} {
		answers := s.told(smuggling[name].text)
		require.Len(t, answers, 1, name)
		assert.Equal(t, `{"detail":"The head of the request is ambiguous: `+words+`"}`, answers[0].body)
	}
}

// Whatever is sent: no panic, every answer is well formed, none has the lines of
// another request, there are no more than what net/http takes for requests, and
// others are answered.
func FuzzConnection(f *testing.F) {
	for _, c := range smuggling {
		f.Add([]byte(c.text))
	}
	f.Add([]byte(sent{target: "/muster/pages/delegated", lines: delegatedLines()}.String()))
	f.Add([]byte(sent{target: "/muster/delegated/authorization", lines: delegatedLines()}.String() + sent{target: "/muster/auth/x"}.String()))
	f.Add([]byte(sent{target: "/muster/", lines: [][2]string{{"Accept", "text/html;q=0.5,*/*;q=\xff"}, {"Cookie", "gafaelfawr=;;=;"}, {"X-Request-ID", "\x80"}}}.String()))
	s := start(f, Config{GafaelfawrURL: "http://127.0.0.1:1", Timeout: 100 * time.Millisecond})
	f.Fuzz(func(t *testing.T, text []byte) {
		if len(text) > 1<<16 {
			return
		}
		mine := &running{t: t, address: s.address, log: s.log}
		answers := mine.told(string(text))
		final := 0
		for _, a := range answers {
			if a.status >= 200 {
				final++
			}
			if strings.HasPrefix(a.body, `{"schema"`) {
				assertOwnLines(t, text, decodeReport(t, a.body))
			}
		}
		assert.LessOrEqual(t, final, requestsIn(text)+1, "more answers than requests and one refusal: %+v", answers)
		assert.NotContains(t, s.log.String(), "panic")
		s.log.Reset()
		assert.Equal(t, Pass, mine.probe("anonymous").Status)
	})
}

// requestsIn counts what net/http reads as requests, one behind the other.
func requestsIn(text []byte) (n int) {
	in := bufio.NewReader(bytes.NewReader(text))
	for {
		r, err := http.ReadRequest(in)
		if err != nil {
			return n
		}
		n++
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			return n
		}
		if r.Method == http.MethodPost { // which net/http forgives a line end behind it
			if next, _ := in.Peek(2); string(next) == "\r\n" {
				_, _ = in.Discard(2)
			}
		}
	}
}

// assertOwnLines looks for the request line of a report in the text, and for
// every line of the sighting behind it, before the head ends.
func assertOwnLines(t *testing.T, text []byte, report Report) {
	t.Helper()
	line := []byte(report.Sighting.Method + " " + report.Sighting.Path + " " + report.Sighting.Protocol)
	for rest := text; ; {
		at := bytes.Index(rest, line)
		if at < 0 {
			break
		}
		rest = rest[at+len(line):]
		head := rest
		if end, _ := headEnd(head, 0); end > 0 {
			head = head[:end]
		}
		if hasLines(head, report.Sighting.Headers) {
			return
		}
	}
	if !bytes.Contains(line, []byte("\ufffd")) { // what is no UTF-8 is not found again
		t.Errorf("no head in %q has %+v", text, report.Sighting)
	}
}

func hasLines(head []byte, lines []gafaelfawr.HeaderLine) bool {
	for _, l := range lines {
		if strings.ContainsAny(l.Name()+l.Value(), "\ufffd<") {
			continue // not as it was sent
		}
		if !bytes.Contains(head, []byte(l.Name()+":")) || !bytes.Contains(head, []byte(l.Value())) {
			return false
		}
	}
	return true
}
