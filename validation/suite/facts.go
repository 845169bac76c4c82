package suite

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
	"syscall"

	"github.com/stretchr/testify/assert"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
)

// Equal records a failure unless both are equal; what names the fact.
func (c *Check) Equal(about *Answer, what string, want, got any) bool {
	return c.Expect(assert.ObjectsAreEqual(want, got), about,
		fmt.Sprintf("%s %v", what, want), fmt.Sprintf("%s %v", what, got))
}

// NoError ends the check if there is an error.
func (c *Check) NoError(err error, what string) {
	c.able(err, what)
}

// ErrorStatus verifies that Gafaelfawr's API refused with that status.
func (c *Check) ErrorStatus(err error, status int, what string) bool {
	var api *gafaelfawr.APIError
	actual := "it succeeded"
	if err != nil {
		actual = describe(err)
	}
	verify := c.Expect
	if err == nil && refusal(status) {
		verify = c.Closed
	}
	return verify(errors.As(err, &api) && api.Status == status, nil,
		fmt.Sprintf("status %d to %s", status, what), actual)
}

// SameUser verifies that user information is what a token was made with.
func (c *Check) SameUser(about *Answer, want gafaelfawr.TokenRequest, got gafaelfawr.UserInfo) {
	c.Equal(about, "user", want.Username, got.Username)
	c.Equal(about, "name", want.FullName, got.Name)
	c.Equal(about, "email", want.Email, got.Email)
	c.Equal(about, "uid", fmt.Sprint(want.UID), number(got.UID))
	c.Equal(about, "gid", fmt.Sprint(want.GID), number(got.GID))
	c.Equal(about, "groups", SortedGroups(want), got.Groups)
}

// SameKnownUser verifies what an external source tells of the declared user:
// every member that the environment declares, and at least its groups.
func (c *Check) SameKnownUser(want KnownUser, got gafaelfawr.UserInfo) {
	declared := func(what, want, got string) {
		if want != "" && want != "0" {
			c.Equal(nil, what, want, got)
		}
	}
	declared("user", want.Username, got.Username)
	declared("name", want.Name, got.Name)
	declared("email", want.Email, got.Email)
	declared("uid", fmt.Sprint(want.UID), number(got.UID))
	declared("gid", fmt.Sprint(want.GID), number(got.GID))
	var names []string
	for _, g := range got.Groups {
		names = append(names, g.Name)
	}
	for _, g := range want.Groups {
		c.Expect(slices.Contains(names, g), nil, "group "+g, "groups "+strings.Join(names, ", "))
	}
}

func number(n *int) string {
	if n == nil {
		return "none"
	}
	return fmt.Sprint(*n)
}

// SortedGroups are the groups as Gafaelfawr answers them: sorted by name.
func SortedGroups(r gafaelfawr.TokenRequest) []gafaelfawr.Group {
	groups := slices.Clone(r.Groups)
	slices.SortFunc(groups, func(a, b gafaelfawr.Group) int { return strings.Compare(a.Name, b.Name) })
	return groups
}

// ScopesOf are the scopes that let a token in at all of the targets.
func ScopesOf(targets []Target) []string {
	var scopes []string
	for _, t := range targets {
		scopes = append(scopes, t.Scope)
	}
	slices.Sort(scopes)
	return slices.Compact(scopes)
}

// LastAddress is the last address of an X-Forwarded-For, the one that the
// outermost trusted proxy saw; "" unless there is one line that ends in one.
func LastAddress(lines []string) string {
	if len(lines) != 1 {
		return ""
	}
	last := strings.TrimSpace(lines[0][strings.LastIndex(lines[0], ",")+1:])
	if net.ParseIP(last) == nil {
		return ""
	}
	return last
}

// PathOf is the path of a URL of this deployment.
func (c *Check) PathOf(text string) (string, bool) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme+"://"+u.Host != c.run.env.URL {
		return "", false
	}
	return u.RequestURI(), true
}

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
