package muster

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
)

// net/http sorts header lines into a map under canonical names. A sighting
// needs them as they were sent: order, spelling and repetition tell which side
// of a proxy wrote a line. So each connection keeps the bytes of the request
// head that it delivers, and the handler takes the head of its request.

// recordingListener wraps the connections that it accepts into recorders, and
// accepts no more than a number of them at once. netutil.LimitListener would do
// the latter, but hides CloseWrite, without which the kernel may throw away a
// refusal (413, 431) that the client has not read yet.
type recordingListener struct {
	net.Listener
	headLimit int
	slots     chan struct{}
	closed    chan struct{}
	closeOnce sync.Once
}

func newRecordingListener(l net.Listener, connections, headLimit int) *recordingListener {
	return &recordingListener{Listener: l, headLimit: headLimit, slots: make(chan struct{}, connections), closed: make(chan struct{})}
}

// Accept waits for a free slot and a connection.
func (l *recordingListener) Accept() (net.Conn, error) {
	select {
	case l.slots <- struct{}{}:
	case <-l.closed:
		return nil, net.ErrClosed
	}
	conn, err := l.Listener.Accept()
	if err != nil {
		<-l.slots
		return nil, err
	}
	return &recorder{Conn: conn, limit: l.headLimit, release: sync.OnceFunc(func() { <-l.slots })}, nil
}

// Close ends the listener, and an Accept that waits for a slot.
func (l *recordingListener) Close() error {
	l.closeOnce.Do(func() { close(l.closed) })
	return l.Listener.Close()
}

// recorder is a connection that records request heads. When it loses track (a
// chunked body, a head above the limit, contradictory lengths) it records no
// further; the server then closes the connection after the answer.
type recorder struct {
	net.Conn
	limit   int    // bytes of one head
	release func() // gives the listener its slot back

	mu      sync.Mutex
	partial []byte // the head being received, where it came in pieces
	body    int64  // bytes of body still to come
	lost    bool
	heads   []string // received, not taken: more than one with pipelining
}

// Read is Conn.Read, and records what it delivers.
func (c *recorder) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n > 0 {
		c.mu.Lock()
		c.record(p[:n])
		c.mu.Unlock()
	}
	return n, err
}

// Close is Conn.Close, and makes room for another connection.
func (c *recorder) Close() error {
	defer c.release()
	return c.Conn.Close()
}

// CloseWrite ends the sending side alone, where the connection can: net/http
// does so before it waits for the client to read a refusal.
func (c *recorder) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return errors.ErrUnsupported
}

func (c *recorder) record(data []byte) {
	for len(data) > 0 && !c.lost {
		switch {
		case c.body > 0:
			skip := min(c.body, int64(len(data)))
			c.body -= skip
			data = data[skip:]
		case len(c.partial) == 0 && (data[0] == '\r' || data[0] == '\n'):
			data = data[1:] // blank lines between requests (RFC 9112, section 2.2)
		default:
			data = c.recordHead(data)
		}
	}
}

// recordHead takes from data what belongs to a head, and returns the rest.
func (c *recorder) recordHead(data []byte) []byte {
	if len(c.partial) == 0 {
		if end := headEnd(data, 0); end > 0 { // the usual case: a head in one piece
			c.finishHead(data[:end])
			return data[end:]
		}
	}
	before := len(c.partial)
	c.partial = append(c.partial, data...)
	// The blank line may have begun with the bytes before.
	end := headEnd(c.partial, max(0, before-3))
	if end == 0 {
		if len(c.partial) > c.limit {
			c.lost, c.partial = true, nil
		}
		return nil
	}
	c.finishHead(c.partial[:end])
	c.partial = nil
	return data[end-before:]
}

func (c *recorder) finishHead(raw []byte) {
	if len(raw) > c.limit {
		c.lost = true
		return
	}
	c.heads = append(c.heads, string(raw))
	length, ok := bodyLength(raw)
	c.body, c.lost = length, !ok
}

// headEnd is the position behind the blank line that ends the head in data, 0
// if it is not there. It looks from the position start on.
func headEnd(data []byte, start int) int {
	for {
		at := bytes.IndexByte(data[start:], '\n')
		if at < 0 {
			return 0
		}
		start += at + 1
		switch rest := data[start:]; {
		case len(rest) > 0 && rest[0] == '\n':
			return start + 1
		case len(rest) > 1 && rest[0] == '\r' && rest[1] == '\n':
			return start + 2
		}
	}
}

// take hands out the head of r as it was sent, and forgets it. Every request
// must take its own. It is empty if the recorder lost track, also if the head
// is not r's, which proves the same. lost reports that the connection's next
// requests will not be recorded.
func (c *recorder) take(r *http.Request) (raw string, lost bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.heads) == 0 {
		return "", true
	}
	raw = c.heads[0]
	c.heads = slices.Delete(c.heads, 0, 1)
	if !isHeadOf(raw, r) {
		c.lost, c.heads = true, nil
		return "", true
	}
	return raw, c.lost
}

func isHeadOf(raw string, r *http.Request) bool {
	line, _ := cutLine(raw)
	method, rest, _ := strings.Cut(line, " ")
	target, proto, _ := strings.Cut(rest, " ")
	return method == r.Method && target == r.RequestURI && proto == r.Proto
}

// parseHead appends the header lines of a head to lines. It refuses nothing:
// net/http did.
func parseHead(lines []gafaelfawr.HeaderLine, raw string) []gafaelfawr.HeaderLine {
	_, raw = cutLine(raw)
	for raw != "" {
		var line string
		if line, raw = cutLine(raw); line == "" {
			break
		}
		if last := len(lines) - 1; last >= 0 && (line[0] == ' ' || line[0] == '\t') {
			lines[last][1] = strings.Trim(lines[last][1]+" "+strings.Trim(line, " \t"), " \t") // obsolete folding
			continue
		}
		name, value, _ := strings.Cut(line, ":")
		lines = append(lines, gafaelfawr.HeaderLine{name, strings.Trim(value, " \t")})
	}
	return lines
}

func cutLine(text string) (line, rest string) {
	line, rest, _ = strings.Cut(text, "\n")
	return strings.TrimSuffix(line, "\r"), rest
}

// bodyLength in bytes of the request with this head; not ok where only reading
// the body tells its end.
func bodyLength(head []byte) (length int64, ok bool) {
	if !beginsLine(head, 'c') && !beginsLine(head, 't') {
		return 0, true
	}
	declared := ""
	for len(head) > 0 {
		line, rest, _ := bytes.Cut(head, []byte("\n"))
		head = rest
		if len(line) < len("content-length:") || line[0]|0x20 != 'c' && line[0]|0x20 != 't' {
			continue
		}
		name, value, _ := strings.Cut(string(line), ":")
		switch value = strings.Trim(value, " \t\r"); {
		case strings.EqualFold(name, "Transfer-Encoding"):
			return 0, false
		case !strings.EqualFold(name, "Content-Length"):
		case declared != "" && declared != value:
			return 0, false
		default:
			declared = value
		}
	}
	if declared == "" {
		return 0, true
	}
	n, err := strconv.ParseUint(declared, 10, 63)
	return int64(n), err == nil
}

// beginsLine reports whether a line begins with the letter, small or capital: a
// quick look that spares most requests the slow one.
func beginsLine(head []byte, letter byte) bool {
	return bytes.Contains(head, []byte{'\n', letter}) || bytes.Contains(head, []byte{'\n', letter - 'a' + 'A'})
}

// recorderKey is the context key of a connection's recorder.
type recorderKey struct{}

func withRecorder(ctx context.Context, conn net.Conn) context.Context {
	if c, ok := conn.(*recorder); ok {
		return context.WithValue(ctx, recorderKey{}, c)
	}
	return ctx
}

// takeHead is the head of r as it was sent, empty if nobody recorded it. After
// lost the connection must end.
func takeHead(r *http.Request) (raw string, lost bool) {
	if c, ok := r.Context().Value(recorderKey{}).(*recorder); ok {
		return c.take(r)
	}
	return "", false
}

// sortedLines are the header lines of a request that nobody recorded.
func sortedLines(lines []gafaelfawr.HeaderLine, r *http.Request) []gafaelfawr.HeaderLine {
	if r.Host != "" {
		lines = append(lines, gafaelfawr.HeaderLine{"Host", r.Host})
	}
	for name, values := range r.Header {
		for _, value := range values {
			lines = append(lines, gafaelfawr.HeaderLine{name, value})
		}
	}
	slices.SortStableFunc(lines, func(a, b gafaelfawr.HeaderLine) int { return strings.Compare(a.Name(), b.Name()) })
	return lines
}
