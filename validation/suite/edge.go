package suite

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"strings"

	"github.com/lsst-sqre/muster/validation/client"
)

// Certificates returns the certificates that the deployment sends, the leaf
// first, verified or not.
func (c *Check) Certificates() []*x509.Certificate { return c.CertificatesFor(c.run.Env.Host()) }

// CertificatesFor is Certificates for another host of the same edge.
func (c *Check) CertificatesFor(host string) []*x509.Certificate {
	c.require(c.run.preconditions.Handshake)
	config := c.run.Client.TLSConfig()
	config.ServerName = host
	config.InsecureSkipVerify = true // the check judges the certificate
	state, err := c.run.Client.Handshake(c.ctx, config)
	c.Must(err == nil && len(state.PeerCertificates) > 0, nil, "a TLS handshake with "+c.run.Client.Where(),
		fmt.Sprint(err), Because(err))
	return state.PeerCertificates
}

// PlainClosed reports whether nothing listens on the deployment's port 80.
func (c *Check) PlainClosed() bool { return c.run.Client.PlainClosed(c.ctx) }

// OwnAuthority reports whether the environment names an authority of its own.
func (c *Check) OwnAuthority() bool { return c.run.Env.CA != "" || c.run.Env.Local }

// Roots are the authorities that this run trusts.
func (c *Check) Roots() *x509.CertPool { return c.run.Client.Roots() }

// Handshake tries TLS with these versions only, whatever the certificate.
func (c *Check) Handshake(lowest, highest uint16) (tls.ConnectionState, error) {
	c.require(c.run.preconditions.Handshake)
	config := c.run.Client.TLSConfig()
	config.InsecureSkipVerify = true // the certificate has checks of its own
	config.MinVersion, config.MaxVersion = lowest, highest
	return c.run.Client.Handshake(c.ctx, config)
}

// WantsCertificate reports whether a TLS handshake asks the client for a certificate of
// its own.
func (c *Check) WantsCertificate() bool {
	c.require(c.run.preconditions.Handshake)
	asked := false
	config := c.run.Client.TLSConfig()
	config.InsecureSkipVerify = true // the certificate has checks of its own
	config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
		asked = true
		return &tls.Certificate{}, nil
	}
	_, _ = c.run.Client.Handshake(c.ctx, config) // it may fail without a certificate
	return asked
}

// Addresses returns host:port for each address that DNS has for the
// deployment's host. It returns none if the environment names an address or a
// proxy resolves the name.
func (c *Check) Addresses() []string {
	c.require(c.run.preconditions.Reachable)
	if c.run.addresses != nil || c.run.Env.Address != "" || c.run.Client.Proxy() != "" {
		return c.run.addresses
	}
	all, err := c.run.Client.Addresses(c.ctx)
	c.NoError(err, "addresses of "+c.run.Env.Host())
	return all
}

// NoRoute reports whether a connection failed because this machine has no route
// to the address, for example no IPv6.
func NoRoute(err error) bool { return client.NoRoute(err) }

// HandshakeAt tries TLS at one of the host's addresses, whatever the certificate.
func (c *Check) HandshakeAt(address string) error {
	config := c.run.Client.TLSConfig()
	config.InsecureSkipVerify = true // the certificate has checks of its own
	_, err := c.run.Client.HandshakeAt(c.ctx, address, config)
	return err
}

// Dial opens a TCP connection from this machine to a Service of the cluster.
func (c *Check) Dial(address string) error { return c.run.Client.Dial(c.ctx, address) }

// SpeaksHTTP2 reports whether the deployment answers over HTTP/2 at all. If
// not, TestHTTP2 fails and other checks do without it.
func (c *Check) SpeaksHTTP2() bool {
	c.require(c.run.preconditions.Trusted)
	return c.Send(Request{Target: Target{Path: "/"}, HTTP2: true}).Err == nil
}

// Versions returns the values of Request.HTTP2 with which the deployment can be
// asked, HTTP/1.1 first.
func (c *Check) Versions() []bool {
	if c.SpeaksHTTP2() {
		return []bool{false, true}
	}
	c.Remark("not asked over HTTP/2, which the deployment does not speak: see TestHTTP2")
	return []bool{false}
}

// recordFlaps records requests whose second answer differed from the first. They
// belong to no check.
func (c *Check) recordFlaps() {
	c.run.flapping.Lock()
	all := c.run.flaps
	c.run.flapping.Unlock()
	for _, f := range all {
		c.Flapped(nil, f.method, f.path, f.first, f.then)
	}
}

// ServiceAddress returns the address of namespace/name:port inside the cluster,
// and false if there is no such Service.
func (c *Check) ServiceAddress(service string) (string, bool) {
	id, port, _ := strings.Cut(service, ":")
	if c.run.serviceAddress != nil {
		return c.run.serviceAddress(id)
	}
	namespace, name, _ := strings.Cut(id, "/")
	host := name + "." + namespace + ".svc.cluster.local"
	addresses, err := net.DefaultResolver.LookupHost(c.ctx, host)
	return net.JoinHostPort(host, port), err == nil && len(addresses) > 0
}
