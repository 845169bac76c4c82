package suite

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/lsst-sqre/muster/muster"
	"github.com/lsst-sqre/muster/muster/gafaelfawr"
)

// Target is a path of the deployment and the scope that it needs.
type Target struct {
	Path, Scope string
	// LoginRedirect tells that callers without a session are sent to the login.
	LoginRedirect bool
	// AuthCacheDuration is how long the ingress may remember who was let in.
	AuthCacheDuration time.Duration
}

// Request is one request to the deployment; the zero values are a GET over
// HTTP/1.1 and TLS without credentials.
type Request struct {
	Method     string
	Target     Target
	Credential Credential
	Headers    []gafaelfawr.HeaderLine
	Body       string
	HTTP2      bool
	// Plain asks port 80, without TLS.
	Plain bool
	// Fresh has the request sent on a connection of its own.
	Fresh bool
}

// Answer is what came back. Its verifiers record failures of the check.
type Answer struct {
	Code   int
	Proto  string
	Header http.Header
	Body   []byte
	// Err is set where there is no whole answer; Do then ends the check.
	Err error
	// Repeated tells that the request was sent twice, for the first connection
	// was lost: what counts requests may have counted two.
	Repeated bool

	check   *Check
	request Request
	url     string
}

// Get is Do for a plain GET.
func (c *Check) Get(to Target, with Credential) *Answer {
	return c.Do(Request{Target: to, Credential: with})
}

// Do sends a request, and again where the connection is lost. A transport error
// ends the check: there is no answer to verify.
func (c *Check) Do(r Request) *Answer {
	c.pass(c.run.gates.trusted)
	a := c.send(r)
	if a.Err != nil {
		c.record(false, failure{expected: "an answer", actual: a.Err.Error(), about: a, unable: true})
		panic(ended{})
	}
	return a
}

// send is safe for concurrent use.
func (c *Check) send(r Request) *Answer {
	if r.Method == "" {
		r.Method = http.MethodGet
	}
	url := c.run.env.URL + r.Target.Path
	if r.Plain {
		url = "http://" + c.run.env.Host() + r.Target.Path
	}
	client := c.run.net.http1
	if r.HTTP2 {
		client = c.run.net.http2
	} else if r.Fresh {
		client = c.run.net.fresh
	}
	a := &Answer{check: c, request: r, url: url}
	q := client.R().SetContext(whenRepeated(c.ctx, func() { a.Repeated = true }))
	for _, l := range r.Credential.lines {
		q.Header[l.name] = append(q.Header[l.name], l.value)
	}
	for _, h := range r.Headers {
		q.Header[h.Name()] = append(q.Header[h.Name()], h.Value())
	}
	if r.Body != "" {
		q.SetHeader("Content-Type", "application/json").SetBody(r.Body)
	}
	got, err := q.Execute(r.Method, url)
	if a.Err = err; got == nil {
		return a
	}
	a.Code, a.Proto, a.Header, a.Body = got.StatusCode(), got.Proto(), got.Header(), got.Body()
	a.Body = a.Body[:min(len(a.Body), bodyLimit)] // one byte more shows that there is more
	return a
}

// Curl is a command that repeats the request. Tokens are shell variables, of
// the identity's name.
func (a *Answer) Curl() string {
	var b strings.Builder
	b.WriteString("curl -si --path-as-is")
	env := a.check.run.env
	if env.Address != "" && !a.request.Plain {
		fmt.Fprintf(&b, " --connect-to %s:%s", a.check.run.net.tlsAddress(), env.Address)
	}
	if env.HTTPAddress != "" && a.request.Plain {
		fmt.Fprintf(&b, " --connect-to %s:80:%s", env.Host(), env.HTTPAddress)
	}
	if env.CA != "" {
		fmt.Fprintf(&b, " --cacert %s", env.CA)
	}
	if a.request.HTTP2 {
		b.WriteString(" --http2")
	}
	switch a.request.Method {
	case http.MethodGet:
	case http.MethodHead:
		b.WriteString(" -I")
	default:
		b.WriteString(" -X " + a.request.Method)
	}
	for _, l := range a.request.Credential.lines {
		b.WriteString(` -H "` + l.name + ": " + l.shell + `"`)
	}
	for _, h := range a.request.Headers {
		b.WriteString(` -H "` + h.Name() + ": " + quoted(h.Value()) + `"`)
	}
	if a.request.Body != "" {
		fmt.Fprintf(&b, ` -H "Content-Type: application/json" -d "%s"`, quoted(a.request.Body))
	}
	return b.String() + " '" + a.url + "'"
}

// markup is what a reader of an HTML page does not see.
var markup = regexp.MustCompile(`(?is)<head>.*?</head>|<[^>]*>`)

// Excerpt is the status, the type and the beginning of the answer.
func (a *Answer) Excerpt() string {
	body := string(a.Body)
	if strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") {
		body = markup.ReplaceAllString(body, " ")
	}
	return fmt.Sprintf("status %d (%s): %s", a.Code, a.Header.Get("Content-Type"), gafaelfawr.Excerpt(oneLine(body), 160))
}

// report reads Muster's report out of the answer.
func (a *Answer) report() (*muster.Report, error) {
	if !a.isJSON() {
		return nil, fmt.Errorf("not JSON: %s", a.Excerpt())
	}
	var r muster.Report
	if err := json.Unmarshal(a.Body, &r); err != nil || r.Schema == 0 {
		return nil, fmt.Errorf("not a report of Muster: %s", a.Excerpt())
	}
	a.check.Note("muster", r.Server.Version)
	return &r, nil
}
