package kubernetes

import (
	"cmp"
	"regexp"
	"time"

	"github.com/lsst-sqre/muster/validation/message"
)

// ACME is a Challenge or an Order of cert-manager (acme.cert-manager.io/v1).
type ACME struct {
	Object `json:",inline"`
	Spec   struct {
		// Type is DNS-01 or HTTP-01, for a Challenge.
		Type    string `json:"type"`
		DNSName string `json:"dnsName"`
	} `json:"spec"`
	Status struct {
		State  string `json:"state"`
		Reason string `json:"reason"`
	} `json:"status"`
}

// States of Orders and Challenges.
const (
	StateChallengeFailed  = "challenge-failed"
	StateChallengePending = "challenge-pending"
	// StateChallengeDenied: the DNS service refuses cert-manager's credentials.
	StateChallengeDenied = "challenge-denied"
	// StateHTTPPending is the state of a pending HTTP-01 challenge, which needs
	// no DNS record.
	StateHTTPPending     = "http-challenge-pending"
	StateOrderFailed     = "order-failed"
	StateOrderUnanswered = "order-unanswered"
	// StateOrderPending: the authority has the order, and it does not come to its end.
	StateOrderPending = "order-pending"
)

// Failed reports whether the object ended without success.
func (a ACME) Failed() bool {
	return a.Status.State == "invalid" || a.Status.State == "errored" || a.Status.State == "expired"
}

// CertificateName returns the Certificate of an Order.
func (a ACME) CertificateName() string { return a.Meta.Annotations[annotationCertificate] }

// OrderName returns the Order of a Challenge, or "".
func (a ACME) OrderName() string {
	for _, owner := range a.Meta.OwnerReferences {
		if owner.Kind == "Order" {
			return owner.Name
		}
	}
	return ""
}

// ChallengeTrouble returns what is wrong with a Challenge. It may take thirty
// times the grace of other new objects.
func (a ACME) ChallengeTrouble(events []Event, now time.Time, grace time.Duration) Trouble {
	reason := a.reason(events)
	text := joined(" ", a.Spec.Type, "challenge for", a.Spec.DNSName, cmp.Or(a.Status.State, "without a state")) + ": " +
		reason
	switch {
	case a.Status.State == "valid":
		return Trouble{}
	case a.Failed():
		return trouble(StateChallengeFailed, "%s", text)
	}
	if now.Sub(a.Meta.CreationTimestamp.Time) < acmeRounds*grace {
		return Trouble{}
	}
	state := StateChallengePending
	switch words := denial(reason); {
	case a.Spec.Type == "HTTP-01":
		state = StateHTTPPending
	case words != "":
		state = StateChallengeDenied
		text = words + ": " + text // which may be cut before the word
	}
	return trouble(state, "%s, for %s", text, ago(now, a.Meta.CreationTimestamp.Time))
}

// OrderTrouble returns what is wrong with an Order. An Order without a state
// has not reached the authority; cert-manager writes no event about it.
func (a ACME) OrderTrouble(now time.Time, grace time.Duration) Trouble {
	switch {
	case a.Failed():
		return trouble(StateOrderFailed, "%s", joined(": ", a.Status.State, message.OneLine(a.Status.Reason)))
	case a.Status.State == "valid" || now.Sub(a.Meta.CreationTimestamp.Time) < acmeRounds*grace:
		return Trouble{}
	case a.Status.State == "":
		return trouble(StateOrderUnanswered, "it has no state after %s: cert-manager does not reach the authority",
			ago(now, a.Meta.CreationTimestamp.Time))
	}
	return trouble(StateOrderPending, "%s, for %s", joined(": ", a.Status.State, message.OneLine(a.Status.Reason)),
		ago(now, a.Meta.CreationTimestamp.Time))
}

// denials are the words of DNS services (Route 53, Google, Azure, Cloudflare, RFC 2136) and of what gives
// out credentials for them, when they refuse those.
var denials = regexp.MustCompile(`SignatureDoesNotMatch|InvalidSignature\w*|InvalidClientTokenId|` +
	`UnrecognizedClient\w*|InvalidAccessKeyId|ExpiredToken\w*|AccessDenied\w*|NoCredentialProviders|` +
	`MissingAuthenticationToken|IncompleteSignature|not authorized to (?:perform|assume)|invalid_grant|` +
	`invalid_client|unauthorized_client|AADSTS\d+|AuthorizationFailed|` +
	`PERMISSION_DENIED|UNAUTHENTICATED|\bNOTAUTH\b|\bBADSIG\b|\bBADKEY\b|\bBADTIME\b|` +
	`(?i)authentication error|invalid (?:request headers|access token|api token|format for authorization header)|` +
	`could not find default credentials|no valid credential`)

// deniedStatus is a status of a DNS service that says no more.
var deniedStatus = regexp.MustCompile(`(?i)\b(?:error|code|status)\D{0,12}\b40[13]\b`)

// denial returns the words with which a DNS service refuses credentials, or "".
func denial(reason string) string {
	return cmp.Or(denials.FindString(reason), deniedStatus.FindString(reason))
}

// hiddenError matches what cert-manager writes instead of an AWS error.
var hiddenError = regexp.MustCompile(`,?\s*<redacted [^>]*>`)

// reason returns the Challenge's reason. If cert-manager hides it, an event has
// it: of this Challenge or of another one in the namespace, because each try
// makes a new Challenge.
func (a ACME) reason(events []Event) string {
	reason := message.OneLine(a.Status.Reason)
	if !hiddenError.MatchString(reason) {
		return reason
	}
	reason = hiddenError.ReplaceAllString(reason, "")
	var newest Event
	for _, e := range events {
		if e.InvolvedObject.Kind != "Challenge" || e.Reason != "PresentError" {
			continue
		}
		own, newestOwn := e.InvolvedObject.Name == a.Meta.Name, newest.InvolvedObject.Name == a.Meta.Name
		if own && !newestOwn || own == newestOwn && e.Time().After(newest.Time()) {
			newest = e
		}
	}
	if newest.Message == "" {
		return reason + " (cert-manager's log has the whole error)"
	}
	return reason + "; event of Challenge " + newest.InvolvedObject.Name + ": " + message.OneLine(newest.Message)
}
