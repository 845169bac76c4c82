package muster

import (
	"bytes"
	"context"
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

// head is the head of one request as it was sent.
type head struct {
	requestLine string
	lines       []gafaelfawr.HeaderLine
}

// recordingListener wraps the connections that it accepts into recorders.
type recordingListener struct {
	net.Listener
	limit int
}

// Accept waits for a connection, as net.Listener has it.
func (l recordingListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &recorder{Conn: conn, limit: l.limit}, nil
}

// recorder is a connection that records request heads. When it loses track (a
// chunked body, a head above the limit, contradictory lengths) it records no
// further; net/http refuses such a connection or the server closes it.
type recorder struct {
	net.Conn
	limit int // bytes of one head

	mu        sync.Mutex
	partial   []byte // the head being received
	lineStart int    // of the last line in partial
	body      int64  // bytes of body still to come
	lost      bool
	heads     []head // received, not taken: more than one with pipelining
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

func (c *recorder) record(data []byte) {
	for len(data) > 0 && !c.lost {
		if c.body > 0 {
			skip := min(c.body, int64(len(data)))
			c.body -= skip
			data = data[skip:]
			continue
		}
		if len(c.partial) == 0 && (data[0] == '\r' || data[0] == '\n') {
			data = data[1:] // blank lines between requests (RFC 9112, section 2.2)
			continue
		}
		end := bytes.IndexByte(data, '\n') + 1
		if end == 0 {
			end = len(data)
		}
		if len(c.partial)+end > c.limit {
			c.giveUp()
			return
		}
		c.partial = append(c.partial, data[:end]...)
		c.lineEnds()
		data = data[end:]
	}
}

// lineEnds looks whether the line that was just extended is the blank one that
// ends a head.
func (c *recorder) lineEnds() {
	if c.partial[len(c.partial)-1] != '\n' {
		return
	}
	line := c.partial[c.lineStart:]
	if len(line) > 2 || len(line) == 2 && line[0] != '\r' {
		c.lineStart = len(c.partial)
		return
	}
	h := parseHead(string(c.partial[:c.lineStart]))
	length, ok := bodyLength(h.lines)
	c.heads = append(c.heads, h)
	c.body, c.lost = length, !ok
	c.lineStart = 0
	if cap(c.partial) > 16<<10 {
		c.partial = nil // do not keep what one large request needed
	}
	c.partial = c.partial[:0]
}

func (c *recorder) giveUp() {
	c.lost, c.partial = true, nil
}

// take hands out the head of r and forgets it. It is not ok if the recorder
// lost track; a head that is not r's proves the same.
func (c *recorder) take(r *http.Request) (head, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.heads) == 0 {
		return head{}, false
	}
	h := c.heads[0]
	c.heads = slices.Delete(c.heads, 0, 1)
	if !h.isOf(r) {
		c.giveUp()
		c.heads = nil
		return head{}, false
	}
	return h, true
}

func (h head) isOf(r *http.Request) bool {
	rest, ok := strings.CutPrefix(h.requestLine, r.Method+" ")
	if !ok {
		return false
	}
	target, proto, _ := strings.Cut(rest, " ")
	return target == r.RequestURI && proto == r.Proto
}

// parseHead splits a head into its lines. It refuses nothing: net/http does.
func parseHead(text string) head {
	var h head
	h.requestLine, text = cutLine(text)
	h.lines = make([]gafaelfawr.HeaderLine, 0, strings.Count(text, "\n"))
	for text != "" {
		var line string
		line, text = cutLine(text)
		if last := len(h.lines) - 1; last >= 0 && (strings.HasPrefix(line, " ") || strings.HasPrefix(line, "\t")) {
			h.lines[last][1] += " " + strings.Trim(line, " \t") // obsolete folding
			continue
		}
		name, value, _ := strings.Cut(line, ":")
		h.lines = append(h.lines, gafaelfawr.HeaderLine{name, strings.Trim(value, " \t")})
	}
	return h
}

func cutLine(text string) (line, rest string) {
	line, rest, _ = strings.Cut(text, "\n")
	return strings.TrimSuffix(line, "\r"), rest
}

// bodyLength in bytes of the request with these header lines; not ok where
// only reading the body tells its end.
func bodyLength(lines []gafaelfawr.HeaderLine) (length int64, ok bool) {
	declared := ""
	for _, l := range lines {
		switch {
		case strings.EqualFold(l.Name(), "Transfer-Encoding"):
			return 0, false
		case strings.EqualFold(l.Name(), "Content-Length"):
			if declared != "" && declared != l.Value() {
				return 0, false
			}
			declared = l.Value()
		}
	}
	if declared == "" {
		return 0, true
	}
	n, err := strconv.ParseUint(declared, 10, 63)
	return int64(n), err == nil
}

// recorderKey is the context key of a connection's recorder.
type recorderKey struct{}

func withRecorder(ctx context.Context, conn net.Conn) context.Context {
	if c, ok := conn.(*recorder); ok {
		return context.WithValue(ctx, recorderKey{}, c)
	}
	return ctx
}

// headerLines are the header lines of r as they were sent. Where nobody
// recorded them, they are those of r.Header, sorted, with the Host in front.
// Each request's lines can be asked for once.
func headerLines(r *http.Request) []gafaelfawr.HeaderLine {
	if c, ok := r.Context().Value(recorderKey{}).(*recorder); ok {
		if h, ok := c.take(r); ok {
			return h.lines
		}
	}
	var lines []gafaelfawr.HeaderLine
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
