package suite

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"strings"

	"github.com/lsst-sqre/muster/validation/client"
)

// Certificates are those that the deployment sends, the leaf first, whether
// they verify or not.
func (c *Check) Certificates() []*x509.Certificate { return c.CertificatesFor(c.run.Env.Host()) }

// CertificatesFor is Certificates for another host at the same edge.
func (c *Check) CertificatesFor(host string) []*x509.Certificate {
	c.require(c.run.preconditions.Handshake)
	config := c.run.Client.TLSConfig()
	config.ServerName = host
	config.InsecureSkipVerify = true // what is wrong with it is for the check to say
	state, err := c.run.Client.Handshake(c.ctx, config)
	c.Must(
		err == nil && len(state.PeerCertificates) > 0,
		nil,
		"a TLS handshake with "+c.run.Client.Where(),
		fmt.Sprint(err),
		Because(err),
	)
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

// Addresses are host:port of all addresses that DNS has for the deployment's
// host; none where the environment names one instead of DNS, or a proxy asks it.
func (c *Check) Addresses() []string {
	c.require(c.run.preconditions.Reachable)
	if c.run.addresses != nil || c.run.Env.Address != "" || c.run.Client.Proxy() != "" {
		return c.run.addresses
	}
	all, err := c.run.Client.Addresses(c.ctx)
	c.NoError(err, "addresses of "+c.run.Env.Host())
	return all
}

// NoRoute reports whether a connection failed because this machine has no way
// to such an address, as one without IPv6.
func NoRoute(err error) bool { return client.NoRoute(err) }

// Dial tries a TCP connection to a Service of the cluster, from here.
func (c *Check) Dial(address string) error { return c.run.Client.Dial(c.ctx, address) }

// SpeaksHTTP2 reports whether the deployment answers over HTTP/2 at all: where it
// does not, TestHTTP2 fails, and other checks do without.
func (c *Check) SpeaksHTTP2() bool {
	c.require(c.run.preconditions.Trusted)
	return c.Send(Request{Target: Target{Path: "/"}, HTTP2: true}).Err == nil
}

// tellFlaps records the requests that were answered differently when they were
// asked again, on no check's account.
func (c *Check) tellFlaps() {
	c.run.flapping.Lock()
	all := c.run.flaps
	c.run.flapping.Unlock()
	for _, f := range all {
		c.Flapped(nil, f.method, f.path, f.first, f.then)
	}
}

// ServiceAddress is the address of namespace/name:port inside the cluster, and
// false where there is no such Service.
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
