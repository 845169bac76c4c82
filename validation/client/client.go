// Package client sends the suite's requests: to the address that the environment
// names, over TLS with its certificate authorities, and once more where the
// connection was lost.
package client

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/go-resty/resty/v2"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/environment"
)

// Client reaches one deployment: one client of resty for each protocol. They keep
// no cookies and follow no redirects, so that identities cannot mix and a token
// never travels further than it was sent.
type Client struct {
	env      *environment.Environment
	dialer   dialer
	roots    *x509.CertPool
	requests atomic.Int64
	// Retries are the requests that were sent again.
	Retries Retries
	// Patience slows down where something in front limits the client.
	Patience *Patience

	http1, http2 *resty.Client
	// fresh is HTTP/1.1 with a new connection for every request.
	fresh *resty.Client
	// others asks for other hosts at the deployment's address, whatever certificate
	// it has for them.
	others *resty.Client
	// transport is HTTP/1.1, for Gafaelfawr's API client.
	transport http.RoundTripper
	observer  observer
}

// New makes a client that also trusts the authorities of extraCA, which is PEM.
func New(env *environment.Environment, extraCA []byte) (*Client, error) {
	roots, err := x509.SystemCertPool()
	if err != nil {
		roots = x509.NewCertPool()
	}
	if len(extraCA) > 0 && !roots.AppendCertsFromPEM(extraCA) {
		return nil, errors.New("the file that `ca` names holds no PEM certificate")
	}
	c := &Client{env: env, dialer: dialer{env}, roots: roots, Patience: newPatience(float64(env.Rate))}
	http1, http2, fresh := c.newTransport(false), c.newTransport(true), c.newTransport(false)
	fresh.DisableKeepAlives = true
	others := c.newTransport(false)
	others.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return c.dialer.dial(ctx, network, c.dialer.edge())
	}
	others.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	others.TLSClientConfig.InsecureSkipVerify = true // no credential is sent
	// Checks send requests that are refused, or that go to probes, which keep nothing.
	c.http1, c.http2, c.fresh = c.newResty(http1, false), c.newResty(http2, false), c.newResty(fresh, true)
	c.others = c.newResty(others, false)
	again := &retryTransport{next: c.counted(&oneOff{kept: http1, fresh: fresh}), retries: &c.Retries}
	c.transport = &observing{&c.observer, &patientTransport{next: again, patience: c.Patience}}
	return c, nil
}

// Roots are the authorities that the client trusts.
func (c *Client) Roots() *x509.CertPool { return c.roots }

// Requests is how many requests were sent.
func (c *Client) Requests() int64 { return c.requests.Load() }

// Observe has f called for every answer from now on; f must be safe for
// concurrent use. It is called before the first request.
func (c *Client) Observe(f func(Exchange)) { c.observer.f = f }

// Transport is HTTP/1.1 for other clients of the deployment. It sends requests
// again only where their method is idempotent; others go on connections of their own.
func (c *Client) Transport() http.RoundTripper { return c.transport }

// newTransport is the innermost transport of all requests.
func (c *Client) newTransport(http2 bool) *http.Transport {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(!http2)
	protocols.SetHTTP2(http2)
	return &http.Transport{
		DialContext:           c.dialer.dial,
		TLSClientConfig:       c.TLSConfig(),
		Protocols:             protocols,
		MaxIdleConnsPerHost:   64,
		IdleConnTimeout:       50 * time.Second, // below the 75 s of nginx
		TLSHandshakeTimeout:   dialTimeout,
		ResponseHeaderTimeout: Timeout,
		DisableCompression:    true,
	}
}

// newResty is a client without a timeout of its own: the transport bounds each
// try, and pauses do not count.
func (c *Client) newResty(transport http.RoundTripper, fresh bool) *resty.Client {
	again := &retryTransport{next: c.counted(transport), retries: &c.Retries, harmless: true}
	return resty.NewWithClient(&http.Client{
		Transport:     &observing{&c.observer, &patientTransport{next: again, patience: c.Patience, fresh: fresh}},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}).SetHeader("User-Agent", "muster").SetLogger(silent{})
}

// silent drops resty's warnings: they may quote a request.
type silent struct{}

func (silent) Errorf(string, ...any) {}
func (silent) Warnf(string, ...any)  {}
func (silent) Debugf(string, ...any) {}

// counted is a transport whose requests are counted, and whose reads end.
func (c *Client) counted(transport http.RoundTripper) http.RoundTripper {
	return &counting{&c.requests, gafaelfawr.SafeTransport(transport, 0)}
}

// counting counts requests, for the report.
type counting struct {
	count *atomic.Int64
	next  http.RoundTripper
}

func (c *counting) RoundTrip(r *http.Request) (*http.Response, error) {
	c.count.Add(1)
	return c.next.RoundTrip(r)
}

// TLSConfig verifies the deployment's certificate.
func (c *Client) TLSConfig() *tls.Config {
	return &tls.Config{RootCAs: c.roots, ServerName: c.env.Host(), MinVersion: tls.VersionTLS12}
}
