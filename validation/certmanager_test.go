package validation

import (
	"bytes"
	"encoding/pem"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lsst-sqre/muster/validation/suite"
)

func TestIssuers(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "Every Issuer and ClusterIssuer of cert-manager is Ready, those that Certificates name are there, and have a " +
			"solver for each name.",
		Cause: "The account with the authority could not be registered, or the Secret with its key is missing: the " +
			"message says which. Or the selectors of its solvers leave out a name. Certificates that exist go on until they " +
			"expire.",
		Needs: []suite.Feature{suite.CertManager},
	}, func(c *suite.Check) {
		issuers := append(suite.List(c, suite.Issuers, "", ""), suite.List(c, suite.ClusterIssuers, "", "")...)
		certificates := suite.List(c, suite.Certificates, "", "")
		for _, i := range suite.Some(c, issuers, "Issuers") {
			c.Judge(i, "Ready", i.Trouble(time.Now(), c.Grace()))
			for _, cert := range certificates {
				if i.Issues(cert) && suite.HostIn(cert.Spec.DNSNames, c.Env().Host()) && c.Env().CA == "" {
					c.ExpectOf(i, !i.Staging(), "an authority that clients trust", "the certificate of "+c.Env().Host()+
						" will come from "+i.Spec.ACME.Server, suite.Setting("server", "", i.Spec.ACME.Server))
				}
				if name, unsolved := i.Unsolved(cert); unsolved && i.Issues(cert) {
					c.ExpectOf(i, false, "a solver for "+name+", which "+cert.String()+" names", "its solvers are for: "+i.Solvers(),
						suite.Setting("solvers", name, i.Solvers()))
				}
			}
		}
		for _, cert := range certificates {
			named, own := cert.NamedIssuer()
			there := false
			for _, i := range issuers {
				there = there || i.Issues(cert)
			}
			c.ExpectOf(cert, there || !own || !c.Settled(cert.Object), "the "+named+", which it names", "there is none",
				suite.Missing("issuer"))
		}
	})
}

func TestCertificatesReady(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "Every Certificate of cert-manager is Ready, has not expired, and is not long due for renewal, which " +
			"comes a week before its end and does not fail; no other has its Secret.",
		Cause: "The issuer does not exist or is not ready, the challenge does not come to an end (DNS, its " +
			"credentials, two hosts that share one record), or the authority refuses: kubectl describe its " +
			"CertificateRequest, Order and Challenge.",
		Needs: []suite.Feature{suite.CertManager},
	}, func(c *suite.Check) {
		requests := suite.TryList(c, suite.CertificateRequests, "")
		all := suite.Some(c, suite.List(c, suite.Certificates, "", ""), "Certificates")
		for _, cert := range all {
			c.Judge(cert, "Ready, not expired, and renewed in time", cert.Trouble(requests, time.Now(), c.Grace()))
			if other, shared := cert.SecretSharer(all); shared {
				c.ExpectOf(cert, false, "a Secret of its own", "its Secret "+cert.Spec.SecretName+" is that of "+other.String()+
					", too: cert-manager issues two certificates in turn, until the authority refuses", suite.Conflict())
			}
		}
	})
}

func TestChallengePath(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "Where the authority asks the host for a proof (HTTP-01), port 80 lets it to the path of its challenges.",
		Cause: "Port 80 is closed, or a rule in front of the ingress forbids paths that begin with a dot or wants a " +
			"login. The certificate goes on until it expires: its next renewal fails.",
		Needs: []suite.Feature{suite.CertManager},
	}, func(c *suite.Check) {
		issuers := append(suite.List(c, suite.Issuers, "", ""), suite.List(c, suite.ClusterIssuers, "", "")...)
		for _, cert := range suite.List(c, suite.Certificates, "", "") {
			proven := slices.ContainsFunc(issuers, func(i suite.Issuer) bool { return i.Issues(cert) && i.ProvesOverHTTP() })
			if !proven || !suite.HostIn(cert.Spec.DNSNames, c.Env().Host()) {
				continue
			}
			if c.PlainClosed() {
				c.ExpectOf(cert, false, "an open port 80, over which its issuer proves the host", "nothing answers there",
					suite.Setting("port", "80", "closed"))
				return
			}
			// A redirect to TLS is followed; no challenge is under way.
			a := c.Do(suite.Request{Target: c.Site("/.well-known/acme-challenge/muster"), Plain: true})
			a.Status(200, 301, 302, 307, 308, 404)
			return
		}
		c.Skip("no issuer proves " + c.Env().Host() + " over HTTP")
	})
}

func TestCertificateNames(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "Every Certificate is for all hosts for which an Ingress names its Secret.",
		Cause: "The host of the environment was renamed, or somebody edited dnsNames: the next certificate, at the latest " +
			"at the renewal, is for other hosts, and clients refuse it.",
		Needs: []suite.Feature{suite.CertManager},
	}, func(c *suite.Check) {
		certificates := map[string][]suite.Certificate{}
		for _, cert := range suite.List(c, suite.Certificates, "", "") {
			id := cert.Namespace() + "/" + cert.Spec.SecretName
			certificates[id] = append(certificates[id], cert)
		}
		for _, i := range c.Ingresses() {
			for _, entry := range i.Spec.TLS {
				makers := certificates[i.Namespace()+"/"+entry.SecretName]
				if len(makers) == 0 || !c.Settled(i.Object) {
					continue
				}
				for _, host := range entry.Hosts {
					named := slices.ContainsFunc(makers, func(cert suite.Certificate) bool {
						return len(cert.Spec.DNSNames) == 0 || suite.HostIn(cert.Spec.DNSNames, host)
					})
					c.ExpectOf(makers[0], named, host+" among its dnsNames, as "+i.String()+" wants",
						"its dnsNames are "+strings.Join(makers[0].Spec.DNSNames, ", "), suite.Unreferenced("host"))
				}
			}
		}
	})
}

func TestServedCertificate(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "The certificate that is served is the one that cert-manager last put into the Secret.",
		Cause: "The controller has not read the Secret since, because its configuration cannot be loaded " +
			"(TestControllerReload), or something in front of it ends TLS with a certificate of its own.",
		Needs: []suite.Feature{suite.CertManager, suite.ReadSecrets},
	}, func(c *suite.Check) {
		served := c.Certificates()[0].Raw
		var candidates []suite.Certificate
		for _, cert := range suite.List(c, suite.Certificates, "", "") {
			if suite.HostIn(cert.Spec.DNSNames, c.Env().Host()) {
				candidates = append(candidates, cert)
			}
		}
		if len(candidates) == 0 {
			c.Skip("no Certificate is for " + c.Env().Host() + ": the served one does not come from cert-manager")
		}
		for _, cert := range candidates {
			secret, _ := suite.Get(c, suite.Secrets, cert.Namespace(), cert.Spec.SecretName)
			if block, _ := pem.Decode(secret.Data["tls.crt"]); block != nil && bytes.Equal(block.Bytes, served) {
				return
			}
		}
		c.ExpectOf(candidates[0], false, "the certificate in Secret "+candidates[0].Spec.SecretName, "another one is served")
	})
}

func TestChallenges(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "No challenge of cert-manager waits for more than half an hour, and no order for a certificate that " +
			"is wanted has failed or waits for longer. No challenge was deleted and stays.",
		Cause: "DNS-01 pending: the DNS service refuses cert-manager's credentials (the reason says so), or the record " +
			"does not appear where the authority asks (CNAME, two hosts that share one record). HTTP-01 pending: the " +
			"authority cannot reach the host. Failed: the reason is the authority's; rateLimited ends by itself after " +
			"hours or days.",
		Needs: []suite.Feature{suite.CertManager},
	}, func(c *suite.Check) {
		now, good := time.Now(), map[string]bool{}
		for _, cert := range suite.List(c, suite.Certificates, "", "") {
			good[cert.ID()] = cert.Serves(now)
		}
		challenges, forGood, challenged := suite.List(c, suite.Challenges, "", ""), map[string]bool{}, map[string]bool{}
		suite.Deleted(c, challenges)
		for _, challenge := range challenges {
			challenged[challenge.Namespace()+"/"+challenge.OrderName()] = true
		}
		for _, order := range suite.List(c, suite.Orders, "", "") {
			serves, wanted := good[order.Namespace()+"/"+order.CertificateName()]
			forGood[order.ID()] = serves
			trouble := order.OrderTrouble(now, c.Grace())
			waits := !trouble.OK() && !order.Failed()
			if order.Failed() && !wanted || waits && challenged[order.ID()] {
				continue // its Certificate is gone, or its Challenge tells more
			}
			trouble.Pending = serves // the renewal may fail for weeks before it matters
			c.Judge(order, "an order that comes to its end while Certificate "+order.CertificateName()+" waits", trouble)
		}
		for _, challenge := range challenges {
			trouble := challenge.ChallengeTrouble(suite.TryList(c, suite.Events, challenge.Namespace()), now, c.Grace())
			trouble.Pending = forGood[challenge.Namespace()+"/"+challenge.OrderName()]
			c.Judge(challenge, "done by now", trouble)
		}
	})
}
