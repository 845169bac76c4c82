package suite

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
)

const (
	requestTimeout = 20 * time.Second
	dialTimeout    = 5 * time.Second
	// bodyLimit in bytes bounds what is read of one answer. What is beyond it is
	// left out of an answer to a check, and an error of the token API.
	bodyLimit = 256 << 10
)

// network is how the suite reaches the deployment: connections to the right
// address, its certificate authorities, and one client for each protocol. The
// clients keep no cookies and follow no redirects, so that identities cannot mix
// and a token never travels further than asked. What is repeated is in repeat.go.
type network struct {
	env         *Environment
	roots       *x509.CertPool
	requests    atomic.Int64
	repetitions repetitions

	http1, http2 *resty.Client
	// fresh is HTTP/1.1 with a new connection for every request.
	fresh *resty.Client
	// transport is HTTP/1.1, for Gafaelfawr's API client.
	transport http.RoundTripper
}

func newNetwork(env *Environment, extraCA []byte) (*network, error) {
	roots, err := x509.SystemCertPool()
	if err != nil {
		roots = x509.NewCertPool()
	}
	if len(extraCA) > 0 && !roots.AppendCertsFromPEM(extraCA) {
		return nil, errors.New("the file that `ca` names holds no PEM certificate")
	}
	n := &network{env: env, roots: roots}
	http1, http2, fresh := n.newTransport(false), n.newTransport(true), n.newTransport(false)
	fresh.DisableKeepAlives = true
	// What checks send is refused, or goes to probes, which keep nothing of it.
	n.http1, n.http2, n.fresh = n.newClient(http1), n.newClient(http2), n.newClient(fresh)
	n.transport = &repeating{next: n.counted(http1), repetitions: &n.repetitions}
	return n, nil
}

func (n *network) newTransport(http2 bool) *http.Transport {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(!http2)
	protocols.SetHTTP2(http2)
	return &http.Transport{
		DialContext:           n.dial,
		TLSClientConfig:       n.tlsConfig(),
		Protocols:             protocols,
		MaxIdleConnsPerHost:   64,
		IdleConnTimeout:       50 * time.Second, // below the 75 s of nginx
		TLSHandshakeTimeout:   dialTimeout,
		ResponseHeaderTimeout: requestTimeout,
		DisableCompression:    true,
	}
}

func (n *network) newClient(transport http.RoundTripper) *resty.Client {
	return resty.NewWithClient(&http.Client{
		Transport:     &repeating{next: n.counted(transport), repetitions: &n.repetitions, harmless: true},
		Timeout:       requestTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}).SetHeader("User-Agent", "muster").SetLogger(silent{})
}

// silent drops resty's warnings: they may quote a request.
type silent struct{}

func (silent) Errorf(string, ...any) {}
func (silent) Warnf(string, ...any)  {}
func (silent) Debugf(string, ...any) {}

// counted is a transport whose requests are counted, and whose reads end.
func (n *network) counted(transport http.RoundTripper) http.RoundTripper {
	return &counting{&n.requests, gafaelfawr.SafeTransport(transport, 0)}
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

func (n *network) tlsConfig() *tls.Config {
	return &tls.Config{RootCAs: n.roots, ServerName: n.env.Host(), MinVersion: tls.VersionTLS12}
}

// target is the address to connect to for a host:port: the environment's, if
// it names one for the deployment's host. Other hosts keep their own, so that
// a name under test is never taken for the deployment.
func (n *network) target(address string) string {
	host, port, err := net.SplitHostPort(address)
	if err != nil || host != n.env.Host() {
		return address
	}
	switch {
	case port == "80" && n.env.HTTPAddress != "":
		return n.env.HTTPAddress
	case port != "80" && n.env.Address != "":
		return n.env.Address
	}
	return address
}

func (n *network) dial(ctx context.Context, network, address string) (net.Conn, error) {
	d := net.Dialer{Timeout: dialTimeout}
	return d.DialContext(ctx, network, n.target(address))
}

// tlsAddress is host:port of the deployment's TLS edge, before the override.
func (n *network) tlsAddress() string {
	return net.JoinHostPort(n.env.Host(), n.env.Port())
}

// handshake connects with TLS as config says and returns what was agreed. The
// certificate is judged by the caller where config skips verification.
func (n *network) handshake(ctx context.Context, config *tls.Config) (tls.ConnectionState, error) {
	state, err := n.tryHandshake(ctx, config)
	old := config.MaxVersion != 0 && config.MaxVersion < tls.VersionTLS12 // some refuse it by a reset
	if err != nil && !old && n.repetitions.allow(ctx, "TLS handshake", err) == nil {
		return n.tryHandshake(ctx, config)
	}
	return state, err
}

func (n *network) tryHandshake(ctx context.Context, config *tls.Config) (tls.ConnectionState, error) {
	raw, err := n.dial(ctx, "tcp", n.tlsAddress())
	if err != nil {
		return tls.ConnectionState{}, err
	}
	conn := tls.Client(raw, config)
	defer func() { _ = conn.Close() }() // only the handshake matters
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	err = conn.HandshakeContext(ctx)
	return conn.ConnectionState(), err
}
