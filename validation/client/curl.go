package client

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/message"
)

// argumentLimit bounds one argument of a command, in bytes, so that a person can read
// the command.
const argumentLimit = 1 << 10

// Curl returns a command for a POSIX shell that repeats the request. Tokens are
// shell variables with the identity's name. Everything else is quoted, because
// paths and values may contain text of the deployment.
func (c *Client) Curl(a Response) string {
	r := a.Request
	// The path is sent unchanged, and braces have no meaning for curl.
	words := append([]string{"curl", "-si", "--path-as-is", "-g"}, c.connection(r)...)
	switch r.Method {
	case http.MethodGet:
	case http.MethodHead:
		words = append(words, "-I")
	default:
		words = append(words, "-X", message.Quote(r.Method))
	}
	for _, l := range r.Credential {
		words = append(words, "-H", header(l.Name, l.Shell))
	}
	for _, h := range r.Headers {
		words = append(words, "-H", header(h.Name(), message.Shell(h.Value())))
	}
	pipe := ""
	if r.Body != "" {
		if !slices.ContainsFunc(r.Headers, func(l gafaelfawr.HeaderLine) bool { return l.Name() == "Content-Type" }) {
			words = append(words, "-H", header("Content-Type", "application/json"))
		}
		switch {
		case r.Unsized:
			pipe = body(r.Body) + " | "
			words = append(words, "-T", "-")
		case len(r.Body) > argumentLimit:
			pipe = body(r.Body) + " | "
			words = append(words, "--data-binary", "@-")
		default:
			words = append(words, "--data-raw", `"`+message.Shell(r.Body)+`"`)
		}
	}
	return pipe + strings.Join(append(words, message.Quote(sent(a.URL))), " ")
}

// connection returns curl's arguments for the same connection as the client's.
func (c *Client) connection(r Request) (words []string) {
	to := ""
	other := r.Host != "" && r.Host != c.env.Host()
	switch {
	case other:
		to = net.JoinHostPort(r.Host, c.env.Port()) + ":" + c.dialer.address(c.HostPort())
	case r.Plain && c.env.HTTPAddress != "":
		to = c.env.Host() + ":80:" + c.env.HTTPAddress
	case !r.Plain && c.env.Address != "":
		to = c.HostPort() + ":" + c.env.Address
	}
	if to != "" {
		words = append(words, "--connect-to", message.Quote(to))
	}
	if other {
		words = append(words, "-k")
	} else if c.env.CA != "" {
		words = append(words, "--cacert", message.Quote(c.env.CA))
	}
	if r.HTTP2 {
		return append(words, "--http2")
	}
	return append(words, "--http1.1")
}

// sent returns a URL as net/http sends it, because curl escapes nothing.
func sent(address string) string {
	if u, err := url.Parse(address); err == nil {
		return u.String()
	}
	return address
}

// header returns a word with a header line. value is for use between double
// quotes. A line without a value ends in a semicolon, because curl drops a line
// that ends in a colon.
func header(name, value string) string {
	if value == "" {
		return message.Quote(name + ";")
	}
	return `"` + message.Shell(name) + ": " + value + `"`
}

// Counted is a text of that length in which no part is like another, and which a short
// command prints: the numbers from one, a line each.
func Counted(length int) string {
	text := make([]byte, 0, length+len("1234567\n"))
	for i := 1; len(text) < length; i++ {
		text = append(strconv.AppendInt(text, int64(i), 10), '\n')
	}
	return string(text[:length])
}

// body returns a command that prints a body that is too long for an argument.
func body(text string) string {
	if text == Counted(len(text)) {
		return fmt.Sprintf("seq %d | head -c %d", len(text), len(text))
	}
	if text == strings.Repeat(text[:1], len(text)) {
		return strings.TrimSuffix(strings.TrimPrefix(message.ShellRun(text[0], len(text)), "$("), ")")
	}
	return fmt.Sprintf(`printf %%s "%s"`, message.Shell(text))
}
