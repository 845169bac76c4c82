package validation

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/lsst-sqre/muster/validation/suite"
)

func TestControllerCertificate(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "The deployment serves its own certificate, not the fake one of ingress-nginx.",
		Cause: "The Secret that the Ingress or --default-ssl-certificate names does not exist, or its key does not " +
			"belong to its certificate.",
	}, func(c *suite.Check) {
		leaf := c.Certificates()[0]
		c.Expect(!strings.Contains(leaf.Subject.CommonName, "Fake Certificate"), nil,
			"a certificate for "+c.Env().Host(), "the controller's own: "+leaf.Subject.CommonName)
	})
}

func TestCertificateName(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says:  "The certificate is for the deployment's host name.",
		Cause: "The host was renamed, or a wildcard is for another level of the name.",
	}, func(c *suite.Check) {
		leaf := c.Certificates()[0]
		err := leaf.VerifyHostname(c.Env().Host())
		c.Expect(err == nil, nil, "a certificate for "+c.Env().Host(),
			"it is for "+cmp.Or(strings.Join(leaf.DNSNames, ", "), "no host: it has no DNS name (subjectAltName)"))
	})
}

func TestCertificateValidity(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "No certificate of the chain has expired or is not valid yet.",
		Cause: "The renewal failed (see cert-manager's Certificate and its events), or the clock of this machine is " +
			"wrong.",
	}, func(c *suite.Check) {
		now := time.Now()
		for _, cert := range c.Certificates() {
			c.Expect(now.Before(cert.NotAfter), nil, describe(cert)+" to be valid",
				"expired on "+cert.NotAfter.Format(time.DateOnly))
			c.Expect(now.After(cert.NotBefore), nil, describe(cert)+" to be valid",
				"not valid before "+cert.NotBefore.Format(time.RFC3339))
		}
	})
}

func TestCertificateRenewal(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "The certificate is renewed in time: more than a sixth of its life is left (15 days of 90).",
		Cause: "cert-manager renews after two thirds of the life: a certificate this old means that renewal fails. If " +
			"you renew it by hand, do it now.",
	}, func(c *suite.Check) {
		leaf := c.Certificates()[0]
		c.Fact("certificate", "of "+cmp.Or(leaf.Issuer.CommonName, leaf.Issuer.String())+
			", until "+leaf.NotAfter.Format(time.DateOnly))
		life, left := leaf.NotAfter.Sub(leaf.NotBefore), time.Until(leaf.NotAfter)
		c.Expect(left > life/6, nil, fmt.Sprintf("more than %d days left", int(life.Hours()/24/6)),
			fmt.Sprintf("%d days left, until %s", int(left.Hours()/24), leaf.NotAfter.Format(time.DateOnly)))
	})
}

func TestCertificateChain(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "The certificate comes with the intermediates that lead to its root, on each connection. Without them curl, " +
			"Python and Go refuse it, even if browsers accept it.",
		Cause: "The Secret's tls.crt holds the leaf only, or the intermediate of an earlier certificate: write the " +
			"leaf and then its own intermediates. On some connections only: one of several load balancers or nodes.",
	}, func(c *suite.Check) {
		chain := c.Certificates()
		err := leadsNowhere(c, chain)
		for range connections {
			other := c.Certificates()
			if (leadsNowhere(c, other) == nil) == (err == nil) {
				continue
			}
			if err == nil {
				chain = other
			}
			last, _ := follow(chain)
			if last == chain[0] && last.Issuer.String() == last.Subject.String() { // no intermediate would help
				c.Expect(false, nil, "one certificate on all connections", "some connections get another, "+describe(last)+
					", which issued itself", suite.CertificateProblem(suite.LeavesDiffer, last.Issuer.CommonName))
				return
			}
			c.Expect(false, nil, "certificates that lead to the same root on each connection",
				"some connections lack the certificate of "+last.Issuer.CommonName+", which issued "+describe(last),
				suite.CertificateProblem(suite.ChainsDiffer, last.Issuer.CommonName))
			return
		}
		if err == nil {
			return // what else may be wrong with it, other checks tell
		}
		last, unused := follow(chain)
		expected := fmt.Sprintf("the certificate of %q, which issued %s", last.Issuer.CommonName, describe(last))
		switch {
		case last.Issuer.String() == last.Subject.String():
			// A root that this machine does not know: the chain is whole.
		case len(unused) > 0:
			c.Expect(false, nil, expected, "that of "+strings.Join(unused, ", ")+" in its place",
				suite.CertificateProblem(suite.WrongIntermediate, last.Issuer.CommonName))
		case len(chain) == 1 && (c.OwnAuthority() || len(last.IssuingCertificateURL) > 0):
			c.Expect(false, nil, expected, fmt.Sprintf("one certificate only, issued by %q: %v", last.Issuer.CommonName, err),
				suite.CertificateProblem(suite.NoIntermediate, last.Issuer.CommonName))
		}
	})
}

// connections are enough that one of four balancers shows in nearly all runs.
const connections = 11

// leadsNowhere returns the error of a chain that leads to no root that this run trusts.
func leadsNowhere(c *suite.Check, chain []*x509.Certificate) error {
	intermediates := x509.NewCertPool()
	for _, cert := range chain[1:] {
		intermediates.AddCert(cert)
	}
	_, err := chain[0].Verify(x509.VerifyOptions{Roots: c.Roots(), Intermediates: intermediates})
	if _, unknown := errors.AsType[x509.UnknownAuthorityError](err); unknown {
		return err
	}
	return nil
}

// follow goes from the leaf to its issuers through what was sent. An issuer has the
// name and the key, which may have been renewed. It returns the last one, and the
// names of the others that were sent beside its issuer.
func follow(chain []*x509.Certificate) (last *x509.Certificate, unused []string) {
	last = chain[0]
	used := map[int]bool{0: true}
	for found := true; found; {
		found = false
		for i, cert := range chain {
			named := string(cert.RawSubject) == string(last.RawIssuer)
			if !used[i] && named && last.CheckSignatureFrom(cert) == nil {
				used[i], last, found = true, cert, true
				break
			}
		}
	}
	for i, cert := range chain {
		if !used[i] {
			unused = append(unused, describe(cert))
		}
	}
	return last, unused
}

func TestTLSVersions(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says:  "TLS 1.0 and 1.1 are refused; TLS 1.2 or 1.3 is spoken.",
		Cause: "ssl-protocols in ingress-nginx's ConfigMap, or a load balancer in front terminates TLS.",
	}, func(c *suite.Check) {
		_, err := c.Handshake(tls.VersionTLS10, tls.VersionTLS11)
		c.Expect(err != nil, nil, "TLS 1.1 to be refused", "it was accepted", suite.TLSVersion("1.1"))
		state, err := c.Handshake(tls.VersionTLS12, tls.VersionTLS13)
		c.Expect(err == nil, nil, "TLS 1.2 or 1.3", fmt.Sprint(err), suite.Because(err))
		c.Fact("tls", tls.VersionName(state.Version))
	})
}

func TestClientCertificates(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "TLS asks no client for a certificate of its own, unless an Ingress of the host wants one.",
		Cause: "A load balancer in front verifies clients (mTLS), or an Ingress of this host has auth-tls-secret: " +
			"ingress-nginx then asks for the whole host. Browsers show people a list of certificates that do not help.",
	}, func(c *suite.Check) {
		if !c.WantsCertificate() {
			return
		}
		if c.Env().Has(suite.Kubernetes) {
			for _, i := range c.Ingresses() {
				if i.HasRuleFor(c.Env().Host()) && suite.Annotation(i, "auth-tls-secret") != "" {
					c.Remark("clients are asked for a certificate, because %s has auth-tls-secret", i)
					return
				}
			}
		}
		c.Expect(false, nil, "a handshake that asks the client for nothing", "it asks for a certificate of the client",
			suite.CertificateProblem("asked of the client", ""))
	})
}

func describe(cert *x509.Certificate) string {
	if cert.Subject.CommonName != "" {
		return fmt.Sprintf("certificate %q", cert.Subject.CommonName)
	}
	return "certificate for " + strings.Join(cert.DNSNames, ", ")
}

func TestHostCertificates(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "Every other host that an Ingress lists under tls, or names as an alias, is served with a certificate of " +
			"its own name.",
		Cause: "The Secret of that Ingress is missing, so the controller serves its default one. cert-manager could " +
			"not get it, for example because two hosts share a record for their challenges.",
		Needs: []suite.Feature{suite.IngressNginx},
	}, func(c *suite.Check) {
		asked := map[string]bool{c.Env().Host(): true}
		for _, i := range suite.NoCanaries(c, suite.List(c, suite.Ingresses, "", "")) {
			for _, host := range append(i.TLSHosts(), suite.Aliases(i)...) {
				if host == "" || asked[host] || strings.Contains(host, "*") || i.ClassOrAnnotation() != "nginx" {
					continue
				}
				asked[host] = true
				leaf := c.CertificatesFor(host)[0]
				c.ExpectOf(i, leaf.VerifyHostname(host) == nil, "a certificate for "+host,
					"one for "+strings.Join(leaf.DNSNames, ", "))
				c.ExpectOf(i, time.Now().Before(leaf.NotAfter), "a certificate for "+host+" that is valid",
					"expired on "+leaf.NotAfter.Format(time.DateOnly))
			}
		}
		if len(asked) == 1 {
			c.Skip("no Ingress lists another host than " + c.Env().Host())
		}
	})
}
