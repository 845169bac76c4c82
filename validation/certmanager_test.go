package validation

import (
	"bytes"
	"encoding/pem"
	"strings"
	"testing"
	"time"

	"github.com/lsst-sqre/muster/validation/suite"
)

func TestIssuers(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says:  "Every Issuer and ClusterIssuer of cert-manager is Ready.",
		Cause: "The account with the authority could not be registered, or the Secret with its key is missing: the message says which. Certificates that exist go on until they expire.",
		Needs: []suite.Feature{suite.CertManager},
	}, func(c *suite.Check) {
		issuers := append(suite.List(c, suite.Issuers, "", ""), suite.List(c, suite.ClusterIssuers, "", "")...)
		for _, i := range suite.Some(c, issuers, "Issuers") {
			ready := suite.ConditionOf(i.Status.Conditions, "Ready")
			c.ExpectOf(i, ready.Status == "True", "Ready", ready.String(), suite.ByCondition(ready))
		}
	})
}

// overdue is how long after its renewal time a certificate may be old: cert-
// manager tries again every hour.
const overdue = 6 * time.Hour

func TestCertificatesReady(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says:  "Every Certificate of cert-manager is Ready, and none is due for renewal.",
		Cause: "The challenge does not come to an end (DNS, its credentials, two hosts that share one record), or the authority refuses for now: kubectl describe its CertificateRequest, Order and Challenge.",
		Needs: []suite.Feature{suite.CertManager},
	}, func(c *suite.Check) {
		for _, cert := range suite.Some(c, suite.List(c, suite.Certificates, "", ""), "Certificates") {
			ready := suite.ConditionOf(cert.Status.Conditions, "Ready")
			c.ExpectOf(cert, ready.Status == "True" || ready.Status == "absent" && !c.Settled(cert.Object), "Ready", ready.String(), suite.ByCondition(ready))
			if due := cert.Status.Renewal.Time; !due.IsZero() {
				c.ExpectOf(cert, time.Since(due) < overdue, "to be renewed in time",
					"due since "+due.Format(time.DateOnly)+", it ends on "+cert.Status.NotAfter.Format(time.DateOnly), suite.Overdue("renewal"))
			}
		}
	})
}

func TestServedCertificate(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says:  "The certificate that is served is the one that cert-manager last put into the Secret.",
		Cause: "The controller has not read the Secret since, because its configuration cannot be loaded (TestControllerReload), or something in front of it ends TLS with a certificate of its own.",
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
		Says:  "No challenge of cert-manager waits for more than half an hour, and no order for a certificate that is wanted has failed.",
		Cause: "Pending: the DNS record does not appear where the authority asks (CNAME, credentials of the DNS service, two hosts that share one record). Failed: the reason is the authority's; rateLimited ends by itself after hours or days.",
		Needs: []suite.Feature{suite.CertManager},
	}, func(c *suite.Check) {
		for _, challenge := range suite.List(c, suite.Challenges, "", "") {
			done := challenge.Status.State == "valid" || !challenge.Failed() && !c.Overdue(challenge.Object)
			c.ExpectOf(challenge, done, "done by now", strings.TrimSpace(challenge.Status.State+" "+challenge.Status.Reason),
				suite.Reported(challenge.Status.State, challenge.Status.Reason))
		}
		ready := map[string]bool{}
		for _, cert := range suite.List(c, suite.Certificates, "", "") {
			due := cert.Status.Renewal.Time
			ready[cert.ID()] = suite.ConditionOf(cert.Status.Conditions, "Ready").Status == "True" && (due.IsZero() || time.Since(due) < overdue)
		}
		for _, order := range suite.List(c, suite.Orders, "", "") {
			name := order.Meta.Annotations["cert-manager.io/certificate-name"]
			met, wanted := ready[order.Namespace()+"/"+name]
			c.ExpectOf(order, !order.Failed() || met || !wanted, "no failure while Certificate "+name+" waits", order.Status.State+" "+order.Status.Reason,
				suite.Reported(order.Status.State, order.Status.Reason))
		}
	})
}
