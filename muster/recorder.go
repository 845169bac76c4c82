package muster

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
)

// net/http sorts header lines into a map under canonical names. A sighting
// needs them as they were sent: order, spelling and repetition tell which side
// of a proxy wrote a line. So each connection keeps the bytes of the request
// head that it delivers, and the handler takes the head of its request.

// recordingListener wraps the connections of a crowd into recorders.
type recordingListener struct {
	*crowd
	headLimit int
}

// Accept waits for a connection.
func (l recordingListener) Accept() (net.Conn, error) {
	conn, err := l.crowd.Accept()
	if err != nil {
		return nil, err
	}
	return &recorder{member: conn.(*member), limit: l.headLimit}, nil
}

// recorder is a connection that records request heads. When it loses track (a
// chunked body, a head above the limit, a fault) it records no further; the
// server then closes the connection after the answer.
type recorder struct {
	*member
	limit int // bytes of one head

	mu      sync.Mutex
	partial []byte // the head being received, where it comes in pieces
	held    int    // bytes of all heads that the crowd was told of
	taken   int    // of these, those of heads that are whole
	ends    int    // ends of lines in it
	body    int64  // bytes of body still to come
	lost    bool
	heads   []head // received, not taken: more than one with pipelining
}

// head is the head of one request as it was sent.
type head struct {
	raw string
	// fault is why nobody can be sure where the request ends; empty: it is sure.
	fault string
	// held is how many bytes the crowd counts for it.
	held int
}

// Read is Conn.Read, and records what it delivers.
func (c *recorder) Read(p []byte) (int, error) {
	n, err := c.member.Read(p)
	if n > 0 {
		c.mu.Lock()
		before := c.held
		c.record(p[:n])
		more, tooMany := c.held-before, c.ends > lineLimit
		c.mu.Unlock()
		if tooMany {
			return 0, c.refuseLines()
		}
		c.hold(more)
	}
	return n, err
}

// refuseLines answers as net/http does where a head has too many bytes, and
// gives the client some time to read it.
func (c *recorder) refuseLines() error {
	const why = "431 Request Header Fields Too Large"
	_, _ = fmt.Fprintf(c.member, "HTTP/1.1 %s\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n%s: more than %d lines", why, why, lineLimit)
	_ = c.CloseWrite()
	_ = c.SetReadDeadline(time.Now().Add(500 * time.Millisecond))
	_, _ = io.Copy(io.Discard, c.Conn)
	return &net.OpError{Op: "read", Net: "tcp", Err: errors.New("too many header lines")} // to which net/http adds nothing
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
		if end, framed := headEnd(data, 0); end > 0 { // the usual case: a head in one piece
			c.finishHead(data[:end], framed)
			return data[end:]
		}
	}
	before := len(c.partial)
	if before+len(data) > cap(c.partial) {
		c.partial = slices.Grow(c.partial, before+len(data)) // twice as much: append would copy a big head often
	}
	c.partial = append(c.partial, data...)
	if len(c.partial) > smallHead {
		if before <= smallHead {
			c.wait(time.Now()) // it is not idle
		}
		c.held = c.taken + len(c.partial)
	}
	c.ends += bytes.Count(data, []byte("\n"))
	// The blank line may have begun with the bytes before.
	end, _ := headEnd(c.partial, max(0, before-3))
	if end == 0 {
		if len(c.partial) > c.limit {
			c.lost, c.partial = true, nil
		}
		return nil
	}
	c.finishHead(c.partial[:end], true)
	c.partial = nil
	return data[end-before:]
}

// smallHead in bytes is what heads may have without being counted. Their first
// byte often comes alone, since net/http looks out for it during an answer.
const smallHead = 4 << 10

func (c *recorder) finishHead(raw []byte, framed bool) {
	if len(raw) > c.limit {
		c.lost = true
		return
	}
	length, ok, fault := int64(0), true, ""
	if framed {
		length, ok, fault = framing(raw)
	}
	c.heads = append(c.heads, head{string(raw), fault, c.held - c.taken})
	c.body, c.lost, c.taken, c.ends = length, !ok, c.held, 0
}

// headEnd is the position behind the blank line that ends the head in data, 0
// if it is not there. It looks from the position start on. framed reports
// whether a line there may tell something about a body or be folded; the other
// heads, most of them, have none.
func headEnd(data []byte, start int) (end int, framed bool) {
	for {
		at := bytes.IndexByte(data[start:], '\n')
		if at < 0 {
			return 0, false
		}
		if start += at + 1; start == len(data) {
			return 0, false
		}
		switch data[start] {
		case '\n':
			return start + 1, framed
		case '\r':
			if start+1 < len(data) && data[start+1] == '\n' {
				return start + 2, framed
			}
		case ' ', '\t', 'c', 'C', 't', 'T':
			framed = true
		}
	}
}

// take hands out the head of r as it was sent, and forgets it. Every request
// must take its own. It is empty if the recorder lost track, also if the head
// is not r's, which proves the same. lost reports that the connection's next
// requests will not be recorded.
func (c *recorder) take(r *http.Request) (h head, lost bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.heads) == 0 {
		return head{}, true
	}
	h = c.heads[0]
	c.heads = slices.Delete(c.heads, 0, 1)
	if !isHeadOf(h.raw, r) {
		c.lost, c.heads = true, nil
		return head{}, true
	}
	return h, c.lost
}

func isHeadOf(raw string, r *http.Request) bool {
	line, _ := cutLine(raw)
	method, rest, _ := strings.Cut(line, " ")
	target, proto, _ := strings.Cut(rest, " ")
	return method == r.Method && target == r.RequestURI && proto == r.Proto
}

// parseHead appends the header lines of a head to lines. It refuses nothing:
// net/http and framing did.
func parseHead(lines []gafaelfawr.HeaderLine, raw string) []gafaelfawr.HeaderLine {
	_, raw = cutLine(raw)
	for raw != "" {
		var line string
		if line, raw = cutLine(raw); line == "" {
			break
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

// What is at fault with a head that has two meanings. net/http takes it for one
// of them; a proxy in front may have taken it for the other, and then what the
// one takes for a body is the next request to the other. nginx refuses all of
// these.
const (
	faultFolded  = "A header line is folded, which RFC 9112 no longer allows"
	faultBoth    = "It has both Content-Length and Transfer-Encoding"
	faultLengths = "It has more than one Content-Length"
	faultOld     = "HTTP/1.0 has no Transfer-Encoding"
)

// framing tells the length in bytes of the body that belongs to this head; not
// ok where only reading the body tells its end, or where there is a fault.
func framing(raw []byte) (length int64, ok bool, fault string) {
	declared, chunked := "", false
	requestLine, rest, _ := bytes.Cut(raw, []byte("\n"))
	for len(rest) > 0 {
		line := rest
		if end := bytes.IndexByte(rest, '\n'); end < 0 {
			rest = nil
		} else {
			line, rest = rest[:end], rest[end+1:]
		}
		if len(line) == 0 {
			continue
		}
		switch line[0] {
		case ' ', '\t':
			return 0, false, faultFolded
		case 'c', 'C', 't', 'T':
			name, value, _ := bytes.Cut(line, []byte(":"))
			switch {
			case bytes.EqualFold(name, []byte("Transfer-Encoding")):
				chunked = true
			case !bytes.EqualFold(name, []byte("Content-Length")):
			case declared != "":
				return 0, false, faultLengths
			default:
				declared = strings.Trim(string(value), " \t\r")
			}
		}
	}
	switch {
	case chunked && declared != "":
		return 0, false, faultBoth
	case chunked && bytes.HasSuffix(bytes.TrimRight(requestLine, "\r"), []byte("HTTP/1.0")):
		return 0, false, faultOld
	case chunked:
		return 0, false, ""
	case declared == "":
		return 0, true, ""
	}
	n, err := strconv.ParseUint(declared, 10, 63)
	return int64(n), err == nil, ""
}

// recorderKey is the context key of a connection's recorder.
type recorderKey struct{}

func withRecorder(ctx context.Context, conn net.Conn) context.Context {
	if c, ok := conn.(*recorder); ok {
		return context.WithValue(ctx, recorderKey{}, c)
	}
	return ctx
}

// recorderOf is the recorder of the connection that r came on, nil if nobody
// recorded it.
func recorderOf(r *http.Request) *recorder {
	c, _ := r.Context().Value(recorderKey{}).(*recorder)
	return c
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
