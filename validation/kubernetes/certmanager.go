package kubernetes

import (
	"cmp"
	"regexp"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/lsst-sqre/muster/validation/message"
)

const certManager, certManagerGroup = "cert-manager", "cert-manager.io"

// annotationCertificate names the Certificate on objects that cert-manager
// makes for it.
const annotationCertificate = "cert-manager.io/certificate-name"

// Times that cert-manager may take.
const (
	// issuingGrace is for the first issuance of a certificate, because a DNS
	// challenge takes minutes.
	issuingGrace = 10 * time.Minute
	// renewalGrace is how long a certificate may stay after its renewal time,
	// because cert-manager tries again every hour.
	renewalGrace = 6 * time.Hour
	// acmeRounds is how many times the grace of other objects an Order or a
	// Challenge gets, which is half an hour.
	acmeRounds = 30
	// leastMargin is how long before its end a certificate that lives for longer than
	// longLife must be renewed, because people need days to mend what prevents it.
	leastMargin, longLife = 7 * 24 * time.Hour, 30 * 24 * time.Hour
)

// States of certificates and their issuers.
const (
	StateExpired    = "expired"
	StateRenewalDue = "renewal-due"
	// StateRenewalFails: several tries failed; StateRenewalLate: the first comes too late.
	StateRenewalFails = "renewal-fails"
	StateRenewalLate  = "renewal-late"
	StateNotReady     = "not-ready"
	StateNotIssued    = "not-issued"
)

// Issuer is an Issuer or ClusterIssuer of cert-manager (cert-manager.io/v1).
type Issuer struct {
	Object `json:",inline"`
	Spec   struct {
		ACME struct {
			Server  string   `json:"server"`
			Solvers []Solver `json:"solvers"`
		} `json:"acme"`
	} `json:"spec"`
	Status struct {
		Conditions []Condition `json:"conditions"`
	} `json:"status"`
}

// forTests matches what authorities call their servers for tests: acme-staging-v02,
// test-api, test4, pebble. Institutes call domains so, too, whose authorities are real.
var forTests = regexp.MustCompile(`(?i)\bacme-staging\b|\btest-api\.|\bapi\.test\d*\.|//(pebble|staging)\b`)

// Staging reports whether the issuer asks an authority for tests, which nobody trusts.
func (i Issuer) Staging() bool { return forTests.MatchString(i.Spec.ACME.Server) }

// ProvesOverHTTP reports whether the authority always asks the host itself for a proof,
// at a path on port 80 (HTTP-01).
func (i Issuer) ProvesOverHTTP() bool {
	for _, s := range i.Spec.ACME.Solvers {
		if s.HTTP01 == nil {
			return false
		}
	}
	return len(i.Spec.ACME.Solvers) > 0
}

// Issues reports whether the issuer is the one that the Certificate names.
func (i Issuer) Issues(c Certificate) bool {
	kind := cmp.Or(c.Spec.IssuerRef.Kind, "Issuer")
	own := kind == "ClusterIssuer" || i.Namespace() == c.Namespace()
	group := cmp.Or(c.Spec.IssuerRef.Group, certManagerGroup) // issuers outside of cert-manager have their own
	return own && group == certManagerGroup && kind == i.Kind && c.Spec.IssuerRef.Name == i.Meta.Name
}

// NamedIssuer returns kind and name of the certificate's issuer. It is false where that is
// none of cert-manager's own.
func (c Certificate) NamedIssuer() (string, bool) {
	ref := c.Spec.IssuerRef
	kind := cmp.Or(ref.Kind, "Issuer")
	own := ref.Name != "" && cmp.Or(ref.Group, certManagerGroup) == certManagerGroup &&
		(kind == "Issuer" || kind == "ClusterIssuer")
	return kind + " " + ref.Name, own
}

// Trouble returns what is wrong with the issuer.
func (i Issuer) Trouble(now time.Time, grace time.Duration) Trouble {
	ready := conditionOf(i.Status.Conditions, "Ready")
	if t := ready.observed(i.Object, certManager, now, grace); !t.OK() || ready.Is() {
		return t
	}
	return trouble(StateNotReady, "%s", ready)
}

// IssuerRef names an Issuer or a ClusterIssuer.
type IssuerRef struct {
	Group string `json:"group"`
	Kind  string `json:"kind"`
	Name  string `json:"name"`
}

// Certificate is a Certificate of cert-manager (cert-manager.io/v1).
type Certificate struct {
	Object `json:",inline"`
	Spec   struct {
		SecretName string    `json:"secretName"`
		DNSNames   []string  `json:"dnsNames"`
		IssuerRef  IssuerRef `json:"issuerRef"`
	} `json:"spec"`
	Status struct {
		Conditions []Condition `json:"conditions"`
		NotBefore  metav1.Time `json:"notBefore"`
		NotAfter   metav1.Time `json:"notAfter"`
		Renewal    metav1.Time `json:"renewalTime"`
		// Failures counts the failures of the current issuance.
		Failures    int         `json:"failedIssuanceAttempts"`
		LastFailure metav1.Time `json:"lastFailureTime"`
	} `json:"status"`
}

// CertificateRequest is made by cert-manager for each issuance of a Certificate
// (cert-manager.io/v1).
type CertificateRequest struct {
	Object `json:",inline"`
	Spec   struct {
		IssuerRef IssuerRef `json:"issuerRef"`
	} `json:"spec"`
	Status struct {
		Conditions []Condition `json:"conditions"`
	} `json:"status"`
}

// Serves reports whether the certificate is valid and not long overdue for
// renewal.
func (c Certificate) Serves(now time.Time) bool {
	due := c.Status.Renewal.Time
	return conditionOf(c.Status.Conditions, "Ready").Is() && !c.expired(now) &&
		(due.IsZero() || now.Sub(due) < renewalGrace)
}

// expired compares the end with the clock, because cert-manager rewrites Ready
// only on changes and every ten hours.
func (c Certificate) expired(now time.Time) bool {
	return !c.Status.NotAfter.IsZero() && now.After(c.Status.NotAfter.Time)
}

// Trouble returns what is wrong with the certificate. requests are those of all
// certificates.
func (c Certificate) Trouble(requests []CertificateRequest, now time.Time, grace time.Duration) Trouble {
	ready := conditionOf(c.Status.Conditions, "Ready")
	stale := ready.observed(c.Object, certManager, now, grace)
	due := c.Status.Renewal.Time
	switch {
	case c.expired(now):
		return trouble(StateExpired, "it expired at %s. %s", timeText(c.Status.NotAfter.Time), c.why(requests))
	case ready.absent() && conditionOf(c.Status.Conditions, "Issuing").Is():
		return c.unissued(requests, now) // cert-manager writes it a moment before the other
	case !stale.OK():
		return stale
	case !ready.Is():
		return c.unissued(requests, now)
	case !due.IsZero() && now.Sub(due) >= renewalGrace:
		return trouble(StateRenewalDue, "the renewal is due since %s, it ends on %s. %s",
			due.Format(time.DateOnly), c.Status.NotAfter.Format(time.DateOnly), c.why(requests))
	}
	return c.renewalTrouble(requests, now)
}

// renewalTrouble returns what will keep a certificate that is well from being renewed
// in time. One failure is none yet, because cert-manager tries again after an hour.
func (c Certificate) renewalTrouble(requests []CertificateRequest, now time.Time) Trouble {
	s := c.Status
	failed := conditionOf(s.Conditions, "Issuing").Reason == "Failed" || s.Failures > 0
	stays := !s.LastFailure.IsZero() && now.Sub(s.LastFailure.Time) >= renewalGrace
	if failed && (s.Failures > 1 || stays) {
		return trouble(StateRenewalFails, "its renewal failed %s, the last time at %s; the former certificate ends on %s. %s",
			times(max(s.Failures, 1)), timeText(s.LastFailure.Time), s.NotAfter.Format(time.DateOnly), c.why(requests))
	}
	margin, life := s.NotAfter.Sub(s.Renewal.Time), s.NotAfter.Sub(s.NotBefore.Time)
	if !s.Renewal.IsZero() && !s.NotBefore.IsZero() && life > longLife && margin < leastMargin {
		return trouble(StateRenewalLate, "it is renewed only %s before its end on %s (renewBefore)", margin.Round(time.Hour),
			s.NotAfter.Format(time.DateOnly))
	}
	return Trouble{}
}

// unissued returns the trouble of a certificate that is missing or not as
// wanted.
func (c Certificate) unissued(requests []CertificateRequest, now time.Time) Trouble {
	issuing := conditionOf(c.Status.Conditions, "Issuing")
	if issuing.Is() && c.Status.Failures == 0 && now.Sub(issuing.Since.Time) < issuingGrace {
		return trouble(StateNotIssued, "it is being issued%s. %s", issuing.since(), c.why(requests)).pendingIf(true)
	}
	return trouble(StateNotIssued, "%s", c.why(requests))
}

// why returns what cert-manager says about the issuance. The request names the
// issuer or the order, the condition Issuing how the last issuance ended, and
// Ready only what is missing.
func (c Certificate) why(requests []CertificateRequest) string {
	issuing, request := conditionOf(c.Status.Conditions, "Issuing"), ""
	if r, ok := c.request(requests); ok {
		ready, approved := conditionOf(r.Status.Conditions, "Ready"), conditionOf(r.Status.Conditions, "Approved")
		issuer := r.Spec.IssuerRef.Kind + " " + r.Spec.IssuerRef.Name
		switch {
		case !ready.absent() && !ready.Is():
			request = issuer + ": " + message.OneLine(ready.Message)
		case ready.absent() && approved.absent():
			request = "nobody has approved its CertificateRequest " + r.Meta.Name
		case ready.absent():
			request = "nobody answers its CertificateRequest " + r.Meta.Name + ", which " + issuer +
				" must: the controller of that issuer does not run"
		}
	}
	failed := ""
	if !issuing.Is() && !issuing.absent() {
		failed = issuing.String() + issuing.since()
	}
	ready := ""
	if failed == "" {
		ready = conditionOf(c.Status.Conditions, "Ready").String()
	}
	return joined("; ", request, failed, ready)
}

// request returns the newest request for the certificate.
func (c Certificate) request(all []CertificateRequest) (newest CertificateRequest, ok bool) {
	for _, r := range all {
		if r.Namespace() != c.Namespace() || r.Meta.Annotations[annotationCertificate] != c.Meta.Name {
			continue
		}
		if !ok || newest.Meta.CreationTimestamp.Before(&r.Meta.CreationTimestamp) {
			newest, ok = r, true
		}
	}
	return newest, ok
}

// SecretSharer returns another certificate with the same Secret. cert-manager
// would issue both in turn, without end.
func (c Certificate) SecretSharer(all []Certificate) (Certificate, bool) {
	i := slices.IndexFunc(all, func(other Certificate) bool {
		return other.Namespace() == c.Namespace() && other.Spec.SecretName == c.Spec.SecretName &&
			other.Meta.Name < c.Meta.Name
	})
	if i < 0 || c.Spec.SecretName == "" {
		return Certificate{}, false
	}
	return all[i], true
}
