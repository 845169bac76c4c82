//go:build unix

package muster

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// conduct is the behaviour of a hostile Gafaelfawr on one connection after a
// request. It ends with the connection.
type conduct func(conn net.Conn)

// hostile is a Gafaelfawr on a socket with a replaceable conduct.
type hostile struct {
	address string
	conduct atomic.Pointer[conduct]
	open    atomic.Int32 // connections
	asked   atomic.Int32
}

// serveHostile starts a hostile Gafaelfawr. It reads a request before its conduct
// begins, except with TLS.
func serveHostile(t *testing.T, reads bool) *hostile {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	h := &hostile{address: l.Addr().String()}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			h.open.Add(1)
			go func() {
				defer h.open.Add(-1)
				defer conn.Close()
				if reads {
					if _, err := http.ReadRequest(bufio.NewReader(conn)); err != nil {
						return
					}
				}
				h.asked.Add(1)
				(*h.conduct.Load())(conn)
				// The text arrives only if the socket has no unread bytes when it
				// is closed.
				_ = conn.(*net.TCPConn).CloseWrite()
				_ = conn.SetReadDeadline(time.Now().Add(5 * time.Second))
				hang(conn)
			}()
		}
	}()
	return h
}

func (h *hostile) url(scheme string) string { return scheme + "://" + h.address + "/auth/api/v1" }

// hang waits until the other side ends the connection.
func hang(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }

// tell writes a text and closes the connection.
func tell(text string) conduct {
	return func(conn net.Conn) { _, _ = io.WriteString(conn, text) }
}

// tellAndHang writes a text and keeps the connection open.
func tellAndHang(text string) conduct {
	return func(conn net.Conn) {
		_, _ = io.WriteString(conn, text)
		hang(conn)
	}
}

// dribble writes a text byte by byte and then repeats its end for ever.
func dribble(text, end string) conduct {
	return func(conn net.Conn) {
		for now := text; ; now = end {
			for i := range len(now) {
				if _, err := conn.Write([]byte{now[i]}); err != nil {
					return
				}
				<-time.After(time.Millisecond) // it is slow on purpose
			}
		}
	}
}

// pour writes a text and then repeats another one up to a gigabyte.
func pour(text, again string) conduct {
	return func(conn net.Conn) {
		_, err := io.WriteString(conn, text)
		block := []byte(strings.Repeat(again, 1+(32<<10)/len(again)))
		for said := 0; err == nil && said < 1<<30; said += len(block) {
			_, err = conn.Write(block)
		}
	}
}

const okHead = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"

// fine is a whole answer.
func fine(body string) string {
	return fmt.Sprintf("%sContent-Length: %d\r\n\r\n%s", okHead, len(body), body)
}

// bomb is a gigabyte of white space, compressed: members of a megabyte each.
var bomb = sync.OnceValue(func() string {
	var member bytes.Buffer
	z := gzip.NewWriter(&member)
	_, _ = z.Write(bytes.Repeat([]byte(" "), 1<<20))
	_ = z.Close()
	return okHead + "Content-Encoding: gzip\r\n\r\n" + strings.Repeat(member.String(), 1024)
})

func redirect(status int, location string) conduct {
	return tell(fmt.Sprintf("HTTP/1.1 %d Moved\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n", status, location))
}

// A Gafaelfawr that hangs in any phase of an answer. After the timeout the report
// says so.
func slowConducts() map[string]conduct {
	return map[string]conduct{
		"says nothing":              hang,
		"half a status line":        tellAndHang("HTTP/1.1 20"),
		"half a head":               tellAndHang(okHead + "Content-Le"),
		"a head":                    tellAndHang(okHead + "Content-Length: 100\r\n\r\n"),
		"half a body":               tellAndHang(okHead + "Content-Length: 100\r\n\r\n{\"username\":"),
		"half a chunk":              tellAndHang(okHead + "Transfer-Encoding: chunked\r\n\r\nff\r\n{\"username\":"),
		"half of compressed":        func(conn net.Conn) { tellAndHang(bomb()[:200])(conn) },
		"a body without its end":    tellAndHang(okHead + "\r\n{}"),
		"go on":                     tellAndHang("HTTP/1.1 100 Continue\r\n\r\n"),
		"head byte by byte":         dribble(okHead, "X-Slow: x\r\n"),
		"body byte by byte":         dribble(okHead+"\r\n{\"username\":\"", "x"),
		"chunks byte by byte":       dribble(okHead+"Transfer-Encoding: chunked\r\n\r\n", "1\r\nx\r\n"),
		"go on, again and again":    dribble("", "HTTP/1.1 102 Processing\r\n\r\n"),
		"an error, and half a body": tellAndHang("HTTP/1.1 500 No\r\nContent-Length: 100\r\n\r\n<html>"),
	}
}

type hostileCase struct {
	conduct
	words string // of the checks that fail
}

// quickConducts are all others. No request may go to elsewhere.
func quickConducts(own, elsewhere string) map[string]hostileCase {
	cases := map[string]hostileCase{
		"a gigabyte":                  {pour(okHead+"Content-Length: 1073741824\r\n\r\n", " "), "too large"},
		"a gigabyte without a length": {pour(okHead+"\r\n", " "), "too large"},
		"a gigabyte in chunks":        {pour(okHead+"Transfer-Encoding: chunked\r\n\r\n", "8\r\n        \r\n"), "too large"},
		"a gigabyte with an error":    {pour("HTTP/1.1 500 No\r\n\r\n", "x"), "too large"},
		"a gigabyte compressed":       {func(conn net.Conn) { tell(bomb())(conn) }, "too large"},
		"a gigabyte of status line":   {pour("HTTP/1.1 200 ", "x"), "exceeded"},
		"a gigabyte of one header":    {pour(okHead+"X-Big: ", "x"), "exceeded"},
		"a gigabyte of headers":       {pour(okHead, "X-Many: x\r\n"), "exceeded"},
		"a gigabyte of chunk size":    {pour(okHead+"Transfer-Encoding: chunked\r\n\r\n", "0"), "too long"},
		"a gigabyte of extension":     {pour(okHead+"Transfer-Encoding: chunked\r\n\r\n1;", "x"), "too long"},
		"a gigabyte of trailers": {
			pour(okHead+"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n", "X-Trailer: x\r\n"),
			"",
		},
		"go on for a gigabyte": {pour("", "HTTP/1.1 103 Early Hints\r\nX-A: b\r\n\r\n"), "exceeded"},
		"longer than it is":    {tell(okHead + "Content-Length: 100\r\n\r\n{}"), "unexpected EOF"},
		"shorter than it is": {
			tell(okHead + "Content-Length: 5\r\n\r\n{\"user\":\"" + delegatedToken + "\"}"),
			"not the JSON expected",
		},
		"negative length":    {tell(okHead + "Content-Length: -1\r\n\r\n{}"), "Content-Length"},
		"two lengths":        {tell(okHead + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} "), "Content-Length"},
		"unknown encoding":   {tell(okHead + "Transfer-Encoding: xchunked\r\n\r\n{}"), "transfer encoding"},
		"cut off in a chunk": {tell(okHead + "Transfer-Encoding: chunked\r\n\r\nff\r\n{}"), "unexpected EOF"},
		"bad chunk size":     {tell(okHead + "Transfer-Encoding: chunked\r\n\r\nxyz\r\n{}"), "chunk"},
		"not compressed":     {tell(okHead + "Content-Encoding: gzip\r\n\r\n{\"username\":\"u\"}"), "gzip"},
		"two answers": {
			tell(fine("[]") + fine(`"`+delegatedToken+`"`)),
			"not the JSON expected",
		}, // the next request may get the second answer
		"hangs up":             {tell(""), "EOF"},
		"hangs up in the head": {tell(okHead), "unexpected EOF"},
		"resets": {func(conn net.Conn) {
			_ = conn.(*net.TCPConn).SetLinger(0)
			_ = conn.Close() // and is closed once more
		}, "reset"},
		"no HTTP":    {tell("SSH-2.0-OpenSSH_9.9\r\n"), "malformed HTTP response"},
		"an echo":    {tell(delegatedToken + "\r\n\r\n"), "malformed HTTP response"},
		"no status":  {tell("HTTP/1.1 abc OK\r\n\r\n"), "malformed HTTP status code"},
		"HTTP/2":     {tell("\x00\x00\x06\x04\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x64"), "malformed HTTP"},
		"TLS":        {tell("\x15\x03\x01\x00\x02\x02\x46"), "malformed HTTP"},
		"bad header": {tell(okHead + "no colon\r\n\r\n{}"), "malformed MIME header"},
		"switches protocols": {
			tellAndHang("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n"),
			"answered 101",
		},
		"no content":   {tell("HTTP/1.1 204 No Content\r\n\r\n"), "answered 204"},
		"not modified": {tell("HTTP/1.1 304 Not Modified\r\n\r\n"), "answered 304"},
		"wants a proxy's password": {
			tell("HTTP/1.1 407 Proxy\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n"),
			"answered 407",
		},
		"too early": {
			tell("HTTP/1.1 425 Too Early\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n"),
			"answered 425",
		},
		"unavailable": {
			tell("HTTP/1.1 503 No\r\nRetry-After: 0\r\nAlt-Svc: h3=\"" + elsewhere + "\"\r\nContent-Length: 0\r\n\r\n"),
			"answered 503",
		},
		"deep JSON": {tell(fine(strings.Repeat("[", 200<<10))), "not the JSON expected"},
		"huge number": {
			tell(
				fine(`{"username":"u","uid":` + strings.Repeat("9", 200<<10) + `,"expires":` + strings.Repeat("9", 40<<10) + `}`),
			),
			"not the JSON expected",
		},
		"long words": {
			tell("HTTP/1.1 400 No\r\n\r\n" + `{"detail":[{"msg":"` + strings.Repeat("no\\n", 50<<10) + `","type":"t"}]}`),
			"answered 400: no",
		},
		"redirect without a target": {tell("HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n"), "answered 302"},
	}
	for _, status := range []int{301, 302, 303, 308} {
		cases[fmt.Sprintf("%d to another host", status)] = hostileCase{
			redirect(status, "http://"+elsewhere+"/"),
			fmt.Sprintf("answered %d, a redirect to ", status),
		}
	}
	for name, to := range map[string]string{
		"another host":           "http://" + elsewhere + "/auth/api/v1/user-info",
		"another host by name":   "http://localhost:" + port(elsewhere) + "/",
		"itself":                 own + "/user-info",
		"a path":                 "/auth/api/v1/user-info",
		"no scheme":              "//" + elsewhere + "/",
		"a file":                 "file:///etc/passwd",
		"a socket":               "unix:///run/docker.sock",
		"another scheme":         "gopher://" + elsewhere + "/",
		"a place with its token": "http://" + elsewhere + "/?" + delegatedToken,
	} { // 307 keeps the method and the headers
		cases["307 to "+name] = hostileCase{redirect(307, to), "answered 307, a redirect to "}
	}
	return cases
}

// Conducts in place of a TLS handshake.
var (
	slowTLS = map[string]conduct{
		"says nothing":          hang,
		"half a record":         tellAndHang("\x16\x03\x03\x40\x00\x02"),
		"a record byte by byte": dribble("\x16\x03\x03\x40\x00\x02", "\x00"),
	}
	quickTLS = map[string]hostileCase{
		"plain HTTP":            {tell("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"), "HTTP response to HTTPS client"},
		"no TLS":                {tell("220 mail.example.org ESMTP\r\n"), "does not look like a TLS handshake"},
		"an alert":              {tell("\x15\x03\x03\x00\x02\x02\x28"), "handshake failure"},
		"hangs up":              {tell(""), "EOF"},
		"a gigabyte of records": {pour("", "\x16\x03\x03\x40\x00\x0b\xff\xff\xff"+strings.Repeat("\x00", 0x4000-4)), "tls: "},
	}
)

func port(address string) string {
	_, port, _ := strings.Cut(address, ":")
	return port
}

// nobodyComes is a server that fails the test if it gets a request.
func nobodyComes(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	var came atomic.Int32
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			came.Add(1)
			_ = conn.Close()
		}
	}()
	t.Cleanup(func() {
		_ = l.Close()
		assert.Zero(t, came.Load(), "connections went where nobody is configured")
	})
	return l.Addr().String()
}
