package client

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/go-resty/resty/v2"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/environment"
)

// Request is one request to the deployment. The zero value is a GET over
// HTTP/1.1 and TLS without credentials.
type Request struct {
	Method string
	// Host is another host that the deployment serves; such a request has no
	// credential. Empty means the deployment's own host.
	Host       string
	Target     environment.Target
	Credential Credential
	Headers    []gafaelfawr.HeaderLine
	Body       string
	// Unsized sends the body without telling its length: in chunks over HTTP/1.1.
	Unsized bool
	HTTP2   bool
	// Plain uses port 80, without TLS.
	Plain bool
	// Fresh uses a connection for this request alone.
	Fresh bool
}

// Response is the answer to a request.
type Response struct {
	// Request was sent to URL.
	Request Request
	URL     string

	Code   int
	Proto  string
	Header http.Header
	Body   []byte
	// Err is set if there is no whole answer.
	Err error
	// Retried reports that the request was sent twice, because the first
	// connection was lost. A counter may have counted both.
	Retried bool
	// Refused is an earlier answer of a limit in front; a zero Code is none.
	Refused struct {
		Code int
		Type string
	}
}

// Do sends a request, and again if its connection is lost. It is safe for
// concurrent use.
func (c *Client) Do(ctx context.Context, r Request) Response {
	if r.Method == "" {
		r.Method = http.MethodGet
	}
	url := c.env.URL + r.Target.Path
	if r.Plain {
		url = "http://" + c.env.Host() + r.Target.Path
	}
	with := c.http1
	switch {
	case r.Host != "" && r.Host != c.env.Host():
		r.Credential = nil
		url, with = c.urlAt(r.Host)+r.Target.Path, c.others
	case r.HTTP2:
		with = c.http2
	case r.Fresh:
		with = c.fresh
	}
	return c.execute(ctx, with, r, url)
}

// Get requests a URL without credentials.
func (c *Client) Get(ctx context.Context, url string) (Response, error) {
	r := c.execute(ctx, c.http1, Request{Method: http.MethodGet}, url)
	return r, r.Err
}

// urlAt returns the base URL of another host at the deployment's port.
func (c *Client) urlAt(host string) string {
	if port := c.env.Port(); port != "443" {
		host = net.JoinHostPort(host, port)
	}
	return "https://" + host
}

// unsized is the context key of a request that must not tell the length of its body.
type unsized struct{}

// untold takes the length off a request that must not tell it. net/http keeps the body,
// so that the request can be sent again.
func untold(_ *resty.Client, r *http.Request) error {
	if r.Context().Value(unsized{}) != nil {
		r.ContentLength = -1
	}
	return nil
}

func (c *Client) execute(ctx context.Context, with *resty.Client, r Request, url string) Response {
	answer := Response{Request: r, URL: url}
	ctx = context.WithValue(ctx, onRefusal{}, func(refused *http.Response) {
		answer.Refused.Code, answer.Refused.Type = refused.StatusCode, refused.Header.Get("Content-Type")
	})
	// resty would unpack what is compressed, however much that is.
	q := with.R().SetDoNotParseResponse(true).SetContext(OnRetry(ctx, func(string) { answer.Retried = true }))
	for _, l := range r.Credential {
		q.Header[l.Name] = append(q.Header[l.Name], l.Value)
	}
	for _, h := range r.Headers {
		q.Header[h.Name()] = append(q.Header[h.Name()], h.Value())
	}
	if r.Body != "" {
		if q.Header.Get("Content-Type") == "" {
			q.SetHeader("Content-Type", "application/json")
		}
		q.SetBody(r.Body)
	}
	if r.Unsized {
		q.SetContext(context.WithValue(q.Context(), unsized{}, true))
	}
	got, err := q.Execute(r.Method, url)
	if answer.Err = err; got == nil || got.RawResponse == nil {
		return answer
	}
	answer.Code, answer.Proto, answer.Header = got.StatusCode(), got.Proto(), got.Header()
	defer func() { _ = got.RawBody().Close() }()                          // it was only read
	answer.Body, _ = io.ReadAll(io.LimitReader(got.RawBody(), BodyLimit)) // retryTransport has read it
	return answer
}

// markup matches what a reader of an HTML page does not see.
var markup = regexp.MustCompile(`(?is)<head>.*?</head>|<[^>]*>`)

// htmlLimit bounds the part of an HTML page that is searched for visible text,
// in characters.
const htmlLimit = 16 << 10

// Excerpt returns the status, the type and the beginning of the answer.
func (a Response) Excerpt() string {
	body := string(a.Body)
	if strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") {
		// Secrets are redacted before markup is removed, because a tag may split
		// one.
		body = markup.ReplaceAllString(gafaelfawr.Excerpt(body, htmlLimit), " ")
	}
	if !utf8.Valid(a.Body[:min(len(a.Body), utf8.UTFMax)]) || strings.ContainsRune(body, 0) {
		body = strings.TrimSpace(fmt.Sprintf("%d bytes that are no text %s", len(a.Body), a.Header.Get("Content-Encoding")))
	}
	return fmt.Sprintf("status %d (%s): %s", a.Code, a.Header.Get("Content-Type"),
		gafaelfawr.ExcerptLine(body, 160))
}
