package suite

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"syscall"
)

// Certificates are those that the deployment sends, the leaf first, whether
// they verify or not.
func (c *Check) Certificates() []*x509.Certificate { return c.CertificatesFor(c.run.env.Host()) }

// CertificatesFor is Certificates for another host at the same edge.
func (c *Check) CertificatesFor(host string) []*x509.Certificate {
	c.pass(c.run.gates.reachable)
	config := c.run.net.tlsConfig()
	config.ServerName = host
	config.InsecureSkipVerify = true // what is wrong with it is for the check to say
	state, err := c.run.net.handshake(c.ctx, config)
	c.Must(err == nil && len(state.PeerCertificates) > 0, nil, "a TLS handshake with "+c.run.net.whereTo(), fmt.Sprint(err))
	return state.PeerCertificates
}

// PlainClosed reports whether nothing listens on the deployment's port 80.
func (c *Check) PlainClosed() bool {
	conn, err := c.run.net.dial(c.ctx, "tcp", net.JoinHostPort(c.run.env.Host(), "80"))
	if err == nil {
		_ = conn.Close() // only whether it opens matters
	}
	return errors.Is(err, syscall.ECONNREFUSED)
}

// Roots are the authorities that this run trusts.
func (c *Check) Roots() *x509.CertPool { return c.run.net.roots }

// Handshake tries TLS with these versions only, whatever the certificate.
func (c *Check) Handshake(lowest, highest uint16) (tls.ConnectionState, error) {
	c.pass(c.run.gates.reachable)
	config := c.run.net.tlsConfig()
	config.InsecureSkipVerify = true // the certificate has checks of its own
	config.MinVersion, config.MaxVersion = lowest, highest
	return c.run.net.handshake(c.ctx, config)
}

// Addresses are host:port of all addresses that DNS has for the deployment's
// host; none where the environment names one instead of DNS.
func (c *Check) Addresses() []string {
	c.pass(c.run.gates.reachable)
	if c.run.addresses != nil || c.run.env.Address != "" {
		return c.run.addresses
	}
	host, port, err := net.SplitHostPort(c.run.net.tlsAddress())
	c.NoError(err, "host and port of the deployment")
	found, err := net.DefaultResolver.LookupHost(c.ctx, host)
	c.NoError(err, "addresses of "+host)
	all := make([]string, len(found))
	for i, address := range found {
		all[i] = net.JoinHostPort(address, port)
	}
	return all
}

// NoRoute reports whether a connection failed because this machine has no way
// to such an address, as one without IPv6.
func NoRoute(err error) bool {
	return errors.Is(err, syscall.ENETUNREACH) || errors.Is(err, syscall.EADDRNOTAVAIL) || errors.Is(err, syscall.EAFNOSUPPORT)
}

// HostIn reports whether a host is in a list, in which *. stands for one label.
func HostIn(list []string, host string) bool {
	_, parent, _ := strings.Cut(host, ".")
	return slices.Contains(list, host) || slices.Contains(list, "*."+parent)
}

// Dial tries a TCP connection to a Service of the cluster, from here.
func (c *Check) Dial(address string) error {
	d := net.Dialer{Timeout: dialTimeout}
	conn, err := d.DialContext(c.ctx, "tcp", address)
	if err != nil {
		return err
	}
	return conn.Close()
}
