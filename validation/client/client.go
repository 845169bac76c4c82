// Package client sends the suite's requests: to the environment's address, over
// TLS with its certificate authorities, and a second time if a connection is
// lost.
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

// Client reaches one deployment, with one client of resty for each protocol. It
// keeps no cookies, so that identities cannot mix, and follows no redirects, so
// that a token reaches no other address.
type Client struct {
	env      *environment.Environment
	dialer   dialer
	roots    *x509.CertPool
	requests atomic.Int64
	// Retries counts the requests that were sent again.
	Retries Retries
	// Patience slows the client down if something in front limits it.
	Patience *Patience

	http1, http2 *resty.Client
	// fresh is HTTP/1.1 with a new connection for each request.
	fresh *resty.Client
	// others requests other hosts at the deployment's address, whatever their
	// certificate.
	others *resty.Client
	// transport is HTTP/1.1, for Gafaelfawr's API client.
	transport http.RoundTripper
	observer  observer
}

// New returns a client that also trusts the authorities of extraCA, which is
// PEM.
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
	// Requests of checks may be repeated: they are refused, or go to probes,
	// which keep nothing.
	c.http1, c.http2, c.fresh = c.newResty(http1, false), c.newResty(http2, false), c.newResty(fresh, true)
	c.others = c.newResty(others, false)
	again := &retryTransport{next: c.counted(&oneOff{kept: http1, fresh: fresh}), retries: &c.Retries}
	c.transport = &observing{&c.observer, &patientTransport{next: again, patience: c.Patience}}
	return c, nil
}

// Roots returns the authorities that the client trusts.
func (c *Client) Roots() *x509.CertPool { return c.roots }

// Requests returns how many requests were sent.
func (c *Client) Requests() int64 { return c.requests.Load() }

// Observe makes f see every answer. f must be safe for concurrent use. Observe
// must be called before the first request.
func (c *Client) Observe(f func(Exchange)) { c.observer.f = f }

// Transport returns HTTP/1.1 for other clients of the deployment. It repeats
// only idempotent requests; others use connections of their own.
func (c *Client) Transport() http.RoundTripper { return c.transport }

// headLimit bounds the head of an answer, in bytes. It is several times what nginx
// takes from the server behind it.
const headLimit = 256 << 10

// newTransport returns the innermost transport of all requests.
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
		// Of net/http's own 10 MB many requests at once take all memory.
		MaxResponseHeaderBytes: headLimit,
		DisableCompression:     true,
	}
}

// newResty returns a client without a timeout of its own, because the transport
// bounds each try and pauses do not count.
func (c *Client) newResty(transport http.RoundTripper, fresh bool) *resty.Client {
	again := &retryTransport{next: c.counted(transport), retries: &c.Retries, harmless: true}
	return resty.NewWithClient(&http.Client{
		Transport:     &observing{&c.observer, &patientTransport{next: again, patience: c.Patience, fresh: fresh}},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}).SetHeader("User-Agent", "muster").SetLogger(silent{}).SetPreRequestHook(untold)
}

// silent drops resty's warnings, because they may quote a request.
type silent struct{}

func (silent) Errorf(string, ...any) {}
func (silent) Warnf(string, ...any)  {}
func (silent) Debugf(string, ...any) {}

// counted returns a transport that counts requests and bounds reads.
func (c *Client) counted(transport http.RoundTripper) http.RoundTripper {
	return &counting{&c.requests, gafaelfawr.SafeTransport(transport, 0)}
}

// counting counts requests for the report.
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
