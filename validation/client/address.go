package client

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"syscall"
)

// Dial opens a TCP connection to host:port.
func (c *Client) Dial(ctx context.Context, hostPort string) error {
	conn, err := c.dialer.dial(ctx, "tcp", hostPort)
	if err != nil {
		return err
	}
	return conn.Close()
}

// PlainClosed reports whether nothing answers on the deployment's port 80:
// nothing listens there, or something on the way drops or refuses connections.
func (c *Client) PlainClosed(ctx context.Context) bool {
	err := c.Dial(ctx, net.JoinHostPort(c.env.Host(), "80"))
	timeout, isNet := errors.AsType[net.Error](err)
	return errors.Is(err, syscall.ECONNREFUSED) || isNet && timeout.Timeout() || err != nil && c.Proxy() != ""
}

// HostPort returns host:port of the deployment's TLS edge, by its public name.
func (c *Client) HostPort() string { return c.dialer.edge() }

// Proxy returns the address of the proxy on the way to the deployment, or "".
func (c *Client) Proxy() string {
	if proxy := c.dialer.proxyFor(c.HostPort()); proxy != nil {
		return proxy.Host
	}
	return ""
}

// Where names the deployment's edge and the address that replaces it.
func (c *Client) Where() string {
	text := c.HostPort()
	if a := c.dialer.address(text); a != text {
		text += " (at the address " + a + ")"
	}
	return text
}

// Handshake connects with TLS as config says and returns the state. If config
// skips verification, the caller judges the certificate.
func (c *Client) Handshake(ctx context.Context, config *tls.Config) (tls.ConnectionState, error) {
	return c.HandshakeAt(ctx, c.HostPort(), config)
}

// HandshakeAt is Handshake at one of several addresses.
func (c *Client) HandshakeAt(ctx context.Context, address string, config *tls.Config) (tls.ConnectionState, error) {
	state, err := c.tryHandshake(ctx, address, config)
	old := config.MaxVersion != 0 && config.MaxVersion < tls.VersionTLS12 // some servers refuse it with a reset
	if err != nil && !old && c.Retries.Allow(ctx, "TLS handshake", err) == nil {
		return c.tryHandshake(ctx, address, config)
	}
	return state, err
}

func (c *Client) tryHandshake(
	ctx context.Context, address string, config *tls.Config,
) (tls.ConnectionState, error) {
	raw, err := c.dialer.dial(ctx, "tcp", address)
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

// Connect opens a TCP connection to the deployment. Its error names the remedy.
func (c *Client) Connect(ctx context.Context) error {
	err := c.Dial(ctx, c.HostPort())
	if err == nil {
		return nil
	}
	remedy := "Is the deployment up, and are `url` and `address` right?"
	var dns *net.DNSError
	switch {
	case errors.As(err, &dns):
		remedy = "The host name does not resolve here: set `address` to the ingress, such as 192.0.2.10:443."
	case c.Proxy() != "":
		remedy = "It was tried through the proxy " + c.Proxy() + ", which HTTPS_PROXY names: name the host in " +
			"NO_PROXY to go there directly."
	case errors.Is(err, syscall.ECONNREFUSED):
		remedy = "Nothing listens there: is the ingress controller running, and is `address` right?"
	}
	return fmt.Errorf("cannot connect to %s: %w. %s", c.Where(), err, remedy)
}

// VerifyCertificate connects with TLS to the deployment. Its error names the
// remedy.
func (c *Client) VerifyCertificate(ctx context.Context) error {
	_, err := c.Handshake(ctx, c.TLSConfig())
	if err == nil {
		return nil
	}
	certificate, ok := errors.AsType[*tls.CertificateVerificationError](err)
	if !ok {
		return fmt.Errorf("no TLS with %s: %w", c.Where(), err)
	}
	issuer := ""
	if sent := certificate.UnverifiedCertificates; len(sent) > 0 {
		issuer = fmt.Sprintf(" (%d sent, the last issued by %q)", len(sent), sent[len(sent)-1].Issuer.CommonName)
	}
	remedy := ""
	if _, unknown := errors.AsType[x509.UnknownAuthorityError](certificate.Err); unknown {
		remedy = ". Where a private authority signed it, name its file under `ca`"
	}
	return &untrusted{
		certificate,
		fmt.Sprintf("the certificate of %s is not to be trusted: %v%s%s", c.Where(), certificate.Err, issuer, remedy),
	}
}

// untrusted is the error of a certificate, with the remedy.
type untrusted struct {
	err  *tls.CertificateVerificationError
	text string
}

// Error implements error.
func (u *untrusted) Error() string { return u.text }

// Unwrap returns the error of crypto/tls.
func (u *untrusted) Unwrap() error { return u.err }

// Addresses returns host:port for each address that DNS has for the deployment.
func (c *Client) Addresses(ctx context.Context) ([]string, error) {
	found, err := net.DefaultResolver.LookupHost(ctx, c.env.Host())
	if err != nil {
		return nil, err
	}
	all := make([]string, len(found))
	for i, address := range found {
		all[i] = net.JoinHostPort(address, c.env.Port())
	}
	return all, nil
}

// NoRoute reports whether a connection failed because this machine has no route
// to the address, for example no IPv6.
func NoRoute(err error) bool {
	return errors.Is(err, syscall.ENETUNREACH) || errors.Is(err, syscall.EADDRNOTAVAIL) ||
		errors.Is(err, syscall.EAFNOSUPPORT)
}
