package verdict

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Code is the kind of a Finding. Codes and arguments are an interface: a test
// of the rules in package diagnoses fails for one that no check gives.
type Code string

// Codes of findings about an answer.
const (
	// CodeUnmet is of a finding whose text says all there is to say.
	CodeUnmet Code = "unmet"
	// CodeStatus: got, want, and type, the content type.
	CodeStatus Code = "status"
	// CodeMixed is of answers that should be alike: got and type of some that are
	// not as they should be, want.
	CodeMixed Code = "mixed"
	// CodeBody is of a body that is not what it should be: status, type.
	CodeBody Code = "body"
	// CodeNoReport is of an answer that is no report of Muster: status, type.
	CodeNoReport Code = "no-report"
	// CodeBackendAnswered is of an application that was asked and should not have
	// been: status.
	CodeBackendAnswered Code = "backend-answered"
	// CodeProbeCheck is of a check that failed in Muster's own report: name.
	CodeProbeCheck Code = "probe-check"
	// CodeShadowed is of a guarded path for which an open one answers, because a
	// pattern at the host makes it take in what begins with it: by, the open one, and
	// pattern, the Ingress that has it.
	CodeShadowed Code = "shadowed"
	// CodeNotServed is of a path for which the ingress itself answers: status.
	CodeNotServed Code = "not-served"
	// CodeError is of an error that has no code of its own, such as that of a
	// request without an answer.
	CodeError Code = "error"
	// CodeConnectionLost is of a request that was not repeated because too many
	// connections had been lost already.
	CodeConnectionLost Code = "connection-lost"
	// CodeLimited is of a request that something in front refused again and again
	// because of the number of requests.
	CodeLimited Code = "limited"
	// CodeFlapping is of a request that was answered differently when it was asked
	// again: method, path, first and then, the statuses.
	CodeFlapping Code = "flapping"
	// CodeHandshake is of a TLS handshake that does not take place: problem (plain,
	// closed, silent, alert, large-hello, other).
	CodeHandshake Code = "handshake"
	// CodeFront is of something in front that answers every address alike: status.
	CodeFront Code = "front"
	// CodeHangs is of a part of the deployment that takes requests and does not
	// answer: who (edge, gafaelfawr, redis, database).
	CodeHangs Code = "hangs"

	// The codes of headers have name and at: the client, or the application.

	// CodeHeaderMissing: name, at.
	CodeHeaderMissing Code = "header-missing"
	// CodeHeaderUnexpected: name, at, got.
	CodeHeaderUnexpected Code = "header-unexpected"
	// CodeHeaderRepeated: name, at, got, and lines, their number.
	CodeHeaderRepeated Code = "header-repeated"
	// CodeHeaderValue: name, at, got, want.
	CodeHeaderValue Code = "header-value"
	// CodeHeaderForged is of a value that a client made up and that reached the
	// application: name.
	CodeHeaderForged Code = "header-forged"
	// CodeTokenLeaked is of the caller's token at the application: header.
	CodeTokenLeaked Code = "token-leaked"

	// CodePermission is of a caller who may do what is not theirs, or may not do what
	// is: operation, caller, got, want.
	CodePermission Code = "permission"
	// CodeInvariant is of an answer, of whatever check, that is not as every answer
	// must be: rule (an Invariant constant), path, name (of a header) and answers,
	// how many were so.
	CodeInvariant Code = "invariant"

	// CodeChallengeMissing: status.
	CodeChallengeMissing Code = "challenge-missing"
	// CodeChallengeRepeated: status, lines.
	CodeChallengeRepeated Code = "challenge-repeated"
	// CodeChallengeMalformed: status.
	CodeChallengeMalformed Code = "challenge-malformed"
	// CodeChallengeAttribute: name (scheme for the scheme), got, want.
	CodeChallengeAttribute Code = "challenge-attribute"

	// CodeAPIStatus is of an answer of Gafaelfawr's API: got; want, where a
	// refusal was wanted; error, the type of Gafaelfawr's error.
	CodeAPIStatus Code = "api-status"
	// CodeSucceeded is of a call of the API that should have been refused: want.
	CodeSucceeded Code = "succeeded"
)

// Codes of findings about the deployment and its objects.
const (
	// CodeValue: name, got, want.
	CodeValue Code = "value"
	// CodeSlow: what, took.
	CodeSlow Code = "slow"
	// CodeClock: whose (edge, gafaelfawr), skew.
	CodeClock Code = "clock"
	// CodeWrongUser is of something that belongs to another user.
	CodeWrongUser Code = "wrong-user"
	// CodeCertificate: problem (a Problem constant), issuer.
	CodeCertificate Code = "certificate"
	// CodeTLSVersion is of a version of TLS that should be refused: version.
	CodeTLSVersion Code = "tls-version"

	// CodeMissing is of an object that should exist: kind.
	CodeMissing Code = "missing"
	// CodeUnreferenced is of an object that should be named by another: kind.
	CodeUnreferenced Code = "unreferenced"
	// CodeConflict is of two objects that claim the same.
	CodeConflict Code = "conflict"
	// CodeUnusable is of an object whose content cannot be used: problem (a
	// Problem constant).
	CodeUnusable Code = "unusable"
	// CodeSetting is of a ConfigMap, or of a field of an object: key, got, want.
	CodeSetting Code = "setting"
	// CodeState is of an object's state or phase: state, and reason where the
	// object gives one.
	CodeState Code = "state"
	// CodeCondition: type, status, reason, message. The message is the
	// controller's.
	CodeCondition Code = "condition"
	// CodeNoStatus is of an object to which its controller gave none: events, the
	// last about it.
	CodeNoStatus Code = "no-status"
	// CodeDifference is of an Ingress that differs from what Gafaelfawr's operator
	// makes: field, got, and stale=true where the operator has not looked since.
	CodeDifference Code = "difference"
	// CodePods: wanted, ready.
	CodePods Code = "pods"
	// CodeWaiting is of a container that does not start: container, reason.
	CodeWaiting Code = "waiting"
	// CodeRestarting is of a container that does not stay up: container, reason,
	// and events, the last about its pod.
	CodeRestarting Code = "restarting"
	// CodeOverdue is of something that should have happened by now: what.
	CodeOverdue Code = "overdue"
	// CodeAll is of a failure that all objects of a kind share: count.
	CodeAll Code = "all"
	// CodePanic is of a check that panicked: a defect of the suite.
	CodePanic Code = "panic"
)

// Problems of certificates and Secrets.
const (
	ProblemUnknownAuthority = "unknown-authority"
	ProblemIntermediate     = "intermediate"
	ProblemNoIntermediate   = "no-intermediate"
	ProblemHost             = "host"
	ProblemTime             = "time"
	ProblemNotPEM           = "not-pem"
	ProblemKey              = "key"
	ProblemOther            = "other"
)

// Invariants of every answer.
const (
	InvariantCredential = "credential-repeated"
	InvariantIdentity   = "identity-header"
	InvariantCookie     = "session-cookie"
	InvariantChallenge  = "one-challenge"
	InvariantRealm      = "realm"
	InvariantHSTS       = "strict-transport-security"
	InvariantLocation   = "location"
)

// Application is where a header was seen that reached an application.
const Application = "application"

// Of is a reason of a code with arguments: names and values in turn.
func Of(code Code, args ...string) Reason {
	if len(args) == 0 {
		return Reason{Code: code}
	}
	all := make(map[string]string, len(args)/2)
	for i := 0; i+1 < len(args); i += 2 {
		all[args[i]] = args[i+1]
	}
	return Reason{Code: code, Args: all}
}

// Status is the reason for an answer with another status than those wanted.
func Status(got int, contentType string, want ...int) Reason {
	return Of(CodeStatus, "got", strconv.Itoa(got), "type", contentType, "want", Statuses(want))
}

// Statuses are alternatives, as people read them.
func Statuses(want []int) string {
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(want), " ", " or "), "[]")
}

// Header is the reason for lines of a header, at the client ("") or at the
// application, that are not those wanted.
func Header(at, name string, got []string, want ...string) Reason {
	shown := strings.Join(got, " | ")
	switch {
	case len(got) == 0:
		return Of(CodeHeaderMissing, "name", name, "at", at)
	case len(want) == 0:
		return Of(CodeHeaderUnexpected, "name", name, "at", at, "got", shown)
	case len(got) > len(want):
		return Of(CodeHeaderRepeated, "name", name, "at", at, "got", shown, "lines", strconv.Itoa(len(got)))
	}
	return Of(CodeHeaderValue, "name", name, "at", at, "got", shown, "want", strings.Join(want, " | "))
}

// Value is the reason for a value that is another than the one wanted.
func Value(name string, want, got any) Reason {
	return Of(CodeValue, "name", name, "want", fmt.Sprint(want), "got", fmt.Sprint(got))
}

// State is the reason for an object in a state that it should not be in.
func State(state string) Reason { return Of(CodeState, "state", state) }

// Reported is State with the reason that the object itself gives.
func Reported(state, reason string) Reason {
	return Of(CodeState, "state", state, "reason", reason)
}

// Missing is the reason for an object that does not exist.
func Missing(kind string) Reason { return Of(CodeMissing, "kind", kind) }

// Unreferenced is the reason for an object that no other names.
func Unreferenced(kind string) Reason { return Of(CodeUnreferenced, "kind", kind) }

// Unusable is the reason for an object whose content cannot be used.
func Unusable(problem string) Reason { return Of(CodeUnusable, "problem", problem) }

// Conflict is the reason for two objects that claim the same.
func Conflict() Reason { return Of(CodeConflict) }

// Setting is the reason for a setting that is another than the one wanted.
func Setting(key, want, got string) Reason {
	return Of(CodeSetting, "key", key, "want", want, "got", got)
}

// Condition is the reason for a condition of an object.
func Condition(kind, status, reason, message string) Reason {
	return Of(CodeCondition, "type", kind, "status", status, "reason", reason, "message", message)
}

// NoStatus is the reason for an object that its controller has given no status.
func NoStatus(events string) Reason { return Of(CodeNoStatus, "events", events) }

// Difference is the reason for a field of an Ingress that Gafaelfawr's operator
// would write otherwise; stale says that it has not looked since the resource
// was changed.
func Difference(field, got string, stale bool) Reason {
	return Of(CodeDifference, "field", field, "got", got, "stale", strconv.FormatBool(stale))
}

// PodCount is the reason for a workload with another number of pods ready than it
// should have.
func PodCount(wanted, ready int) Reason {
	return Of(CodePods, "wanted", strconv.Itoa(wanted), "ready", strconv.Itoa(ready))
}

// Waiting is the reason for a container that does not start.
func Waiting(container, reason string) Reason {
	return Of(CodeWaiting, "container", container, "reason", reason)
}

// Restarting is the reason for a container that does not stay up.
func Restarting(container, reason, events string) Reason {
	return Of(CodeRestarting, "container", container, "reason", reason, "events", events)
}

// Overdue is the reason for something that should have happened by now.
func Overdue(what string) Reason { return Of(CodeOverdue, "what", what) }

// AllFail is the reason for a failure that all objects of a kind share.
func AllFail(count int) Reason { return Of(CodeAll, "count", strconv.Itoa(count)) }

// Slow is the reason for something that took too long.
func Slow(what string, took time.Duration) Reason {
	return Of(CodeSlow, "what", what, "took", took.String())
}

// Clock is the reason for a clock that differs from this machine's.
func Clock(whose string, skew time.Duration) Reason {
	return Of(CodeClock, "whose", whose, "skew", skew.String())
}

// WrongUser is the reason for something that belongs to another user.
func WrongUser() Reason { return Of(CodeWrongUser) }

// Forged is the reason for a value of a header that a client made up and that
// reached the application.
func Forged(name string) Reason { return Of(CodeHeaderForged, "name", name) }

// TLSVersion is the reason for a version of TLS that should be refused.
func TLSVersion(version string) Reason { return Of(CodeTLSVersion, "version", version) }
