package verdict

import (
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"
)

// Code is the kind of a Finding. Codes and arguments are an interface: a test
// of the rules in package diagnoses fails if no check gives them.
type Code string

// Codes of findings about an answer.
const (
	// CodeUnmet marks a finding whose text says everything.
	CodeUnmet Code = "unmet"
	// CodeStatus: got, want, and type, the content type.
	CodeStatus Code = "status"
	// CodeMixed: answers that should be alike differ. Arguments: got and type of
	// a wrong one, and want.
	CodeMixed Code = "mixed"
	// CodeBody: the body is wrong. Arguments: status, type.
	CodeBody Code = "body"
	// CodeNoReport: the answer is no report of Muster. Arguments: status, type.
	CodeNoReport Code = "no-report"
	// CodeBackendAnswered: the request reached an application and should not
	// have. Argument: status.
	CodeBackendAnswered Code = "backend-answered"
	// CodeProbeCheck: a check in Muster's own report failed. Argument: name.
	CodeProbeCheck Code = "probe-check"
	// CodeShadowed: an open path answers for a guarded one, because a pattern at
	// the host makes it match longer paths. Arguments: by, the open path;
	// pattern, the Ingress that has the pattern.
	CodeShadowed Code = "shadowed"
	// CodeNotServed: the ingress itself answered. Argument: status.
	CodeNotServed Code = "not-served"
	// CodeError: an error without a code of its own, such as a lost request.
	CodeError Code = "error"
	// CodeConnectionLost: a request was not repeated, because too many
	// connections had been lost already.
	CodeConnectionLost Code = "connection-lost"
	// CodeLimited: something in front refused a request again and again because
	// of the number of requests.
	CodeLimited Code = "limited"
	// CodeFlapping: the second answer to a request differed. Arguments: method,
	// path, and the statuses first and then.
	CodeFlapping Code = "flapping"
	// CodeHandshake: a TLS handshake failed. Argument: problem (plain, closed,
	// silent, alert, large-hello, other).
	CodeHandshake Code = "handshake"
	// CodeFront: something in front answers every address alike. Argument:
	// status.
	CodeFront Code = "front"
	// CodeHangs: a part of the deployment takes requests and does not answer.
	// Argument: who (edge, gafaelfawr, redis, database).
	CodeHangs Code = "hangs"

	// Codes of headers have the arguments name and at: the client or the
	// application.

	// CodeHeaderMissing: name, at.
	CodeHeaderMissing Code = "header-missing"
	// CodeHeaderUnexpected: name, at, got.
	CodeHeaderUnexpected Code = "header-unexpected"
	// CodeHeaderRepeated: name, at, got, and lines, the number of lines.
	CodeHeaderRepeated Code = "header-repeated"
	// CodeHeaderValue: name, at, got, want.
	CodeHeaderValue Code = "header-value"
	// CodeHeaderForged: a value that the client made up reached the application.
	// Argument: name.
	CodeHeaderForged Code = "header-forged"
	// CodeTokenLeaked: the caller's token reached the application. Argument:
	// header.
	CodeTokenLeaked Code = "token-leaked"

	// CodePermission: a caller was allowed or refused an operation wrongly.
	// Arguments: operation, caller, got, want.
	CodePermission Code = "permission"
	// CodeInvariant: an answer of any check breaks an invariant. Arguments: rule
	// (an Invariant constant), path, name (of a header) and answers, the number
	// of such answers.
	CodeInvariant Code = "invariant"

	// CodeChallengeMissing: status.
	CodeChallengeMissing Code = "challenge-missing"
	// CodeChallengeRepeated: status, lines.
	CodeChallengeRepeated Code = "challenge-repeated"
	// CodeChallengeMalformed: status.
	CodeChallengeMalformed Code = "challenge-malformed"
	// CodeChallengeAttribute: name (scheme for the scheme), got, want.
	CodeChallengeAttribute Code = "challenge-attribute"

	// CodeAPIStatus: Gafaelfawr's API gave a wrong status. Arguments: got; want if a
	// refusal was wanted, and success if not; error, the type of Gafaelfawr's error;
	// method and path, where; field and input, what of the request it refused.
	CodeAPIStatus Code = "api-status"
	// CodeSucceeded: the API allowed a call that it should have refused.
	// Argument: want.
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
	// CodeWrongUser: something belongs to another user.
	CodeWrongUser Code = "wrong-user"
	// CodeCertificate: problem (a Problem constant), issuer.
	CodeCertificate Code = "certificate"
	// CodeTLSVersion: a version of TLS should be refused and is not. Argument:
	// version.
	CodeTLSVersion Code = "tls-version"

	// CodeMissing: an object should exist and does not. Arguments: kind, and the paths
	// of an Ingress and the events about what asks for it.
	CodeMissing Code = "missing"
	// CodeUnreferenced: no other object names the object, as one should.
	// Argument: kind.
	CodeUnreferenced Code = "unreferenced"
	// CodeConflict: two objects claim the same.
	CodeConflict Code = "conflict"
	// CodeUnusable: the content of an object cannot be used. Argument: problem (a
	// Problem constant).
	CodeUnusable Code = "unusable"
	// CodeSetting: a setting in a ConfigMap or a field of an object is wrong.
	// Arguments: key, got, want.
	CodeSetting Code = "setting"
	// CodeState: an object is in a wrong state or phase. Arguments: state, and
	// reason if the object gives one.
	CodeState Code = "state"
	// CodeCondition: type, status, reason and message of a condition. The message
	// is the controller's.
	CodeCondition Code = "condition"
	// CodeNoStatus: the controller of an object gave it no status. Argument:
	// events, the last ones about it.
	CodeNoStatus Code = "no-status"
	// CodeDifference: an Ingress differs from what Gafaelfawr's operator would
	// make. Arguments: field, got, stale=true if the operator has not looked
	// since, events about what asks for it, and the paths that it has or should have.
	CodeDifference Code = "difference"
	// CodePods: wanted, ready.
	CodePods Code = "pods"
	// CodeWaiting: a container does not start. Arguments: container, reason.
	CodeWaiting Code = "waiting"
	// CodeRestarting: a container does not stay up. Arguments: container, reason,
	// and events, the last ones about its pod.
	CodeRestarting Code = "restarting"
	// CodeOverdue: something should have happened by now. Argument: what.
	CodeOverdue Code = "overdue"
	// CodeAll: all objects of a kind share the failure. Argument: count.
	CodeAll Code = "all"
	// CodePanic: a check panicked, which is a defect of the suite.
	CodePanic Code = "panic"
)

// Problems of certificates and Secrets.
const (
	ProblemUnknownAuthority = "unknown-authority"
	ProblemIntermediate     = "intermediate"
	ProblemNoIntermediate   = "no-intermediate"
	ProblemChainsDiffer     = "chains-differ"
	ProblemLeavesDiffer     = "leaves-differ"
	ProblemHost             = "host"
	ProblemTime             = "time"
	ProblemNotPEM           = "not-pem"
	ProblemKey              = "key"
	ProblemNoToken          = "no-token"
	ProblemOther            = "other"
)

// Invariants of every answer.
const (
	InvariantCredential = "credential-repeated"
	InvariantIdentity   = "identity-header"
	InvariantCookie     = "session-cookie"
	InvariantChallenge  = "one-challenge"
	InvariantRealm      = "realm"
	InvariantRealms     = "one-realm" // some challenges have another than others
	InvariantHSTS       = "strict-transport-security"
	InvariantLocation   = "location"
	InvariantRequest    = "request-changed"
	InvariantCaller     = "caller"
	InvariantWhole      = "whole"
	InvariantKept       = "answer-kept"
	InvariantCacheable  = "refusal-cacheable"
	InvariantOthers     = "of-another-user" // in a list of a user's
	InvariantHardened   = "security-headers-added"
)

// Application is the value of at for a header that reached an application.
const Application = "application"

// Of returns a reason of a code with arguments, as names and values in turn.
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

// Status returns the reason for a wrong status of an answer.
func Status(got int, contentType string, want ...int) Reason {
	return Of(CodeStatus, "got", strconv.Itoa(got), "type", contentType, "want", Statuses(want))
}

// Statuses writes alternative statuses for people.
func Statuses(want []int) string {
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(want), " ", " or "), "[]")
}

// Header returns the reason for wrong lines of a header, at the client ("") or
// at the application.
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

// Value returns the reason for a wrong value.
func Value(name string, want, got any) Reason {
	return Of(CodeValue, "name", name, "want", fmt.Sprint(want), "got", fmt.Sprint(got))
}

// State returns the reason for an object in a wrong state.
func State(state string) Reason { return Of(CodeState, "state", state) }

// Reported is State with the reason that the object itself gives.
func Reported(state, reason string) Reason {
	return Of(CodeState, "state", state, "reason", reason)
}

// Missing returns the reason for an object that does not exist.
func Missing(kind string) Reason { return Of(CodeMissing, "kind", kind) }

// Unreferenced returns the reason for an object that no other names.
func Unreferenced(kind string) Reason { return Of(CodeUnreferenced, "kind", kind) }

// Unusable returns the reason for an object whose content cannot be used.
func Unusable(problem string) Reason { return Of(CodeUnusable, "problem", problem) }

// Conflict returns the reason for two objects that claim the same.
func Conflict() Reason { return Of(CodeConflict) }

// Setting returns the reason for a wrong setting.
func Setting(key, want, got string) Reason {
	return Of(CodeSetting, "key", key, "want", want, "got", got)
}

// Condition returns the reason for a condition of an object.
func Condition(kind, status, reason, message string) Reason {
	return Of(CodeCondition, "type", kind, "status", status, "reason", reason, "message", message)
}

// NoStatus returns the reason for an object without a status from its
// controller.
func NoStatus(events string) Reason { return Of(CodeNoStatus, "events", events) }

// Difference returns the reason for a field of an Ingress that Gafaelfawr's
// operator would write differently. stale says that the operator has not looked
// since the resource changed.
func Difference(field, got string, stale bool) Reason {
	return Of(CodeDifference, "field", field, "got", got, "stale", strconv.FormatBool(stale))
}

// At adds the paths that lead to the object, separated by blanks. A star behind one
// stands for all below it.
func (r Reason) At(paths []string) Reason {
	r.Args = maps.Clone(r.Args)
	r.Args["paths"] = strings.Join(paths, " ")
	return r
}

// Told adds the last events about the object.
func (r Reason) Told(events string) Reason {
	r.Args = maps.Clone(r.Args)
	r.Args["events"] = events
	return r
}

// PodCount returns the reason for a workload with a wrong number of ready pods.
func PodCount(wanted, ready int) Reason {
	return Of(CodePods, "wanted", strconv.Itoa(wanted), "ready", strconv.Itoa(ready))
}

// Waiting returns the reason for a container that does not start.
func Waiting(container, reason string) Reason {
	return Of(CodeWaiting, "container", container, "reason", reason)
}

// Restarting returns the reason for a container that does not stay up.
func Restarting(container, reason, events string) Reason {
	return Of(CodeRestarting, "container", container, "reason", reason, "events", events)
}

// Overdue returns the reason for something that should have happened by now.
func Overdue(what string) Reason { return Of(CodeOverdue, "what", what) }

// AllFail returns the reason for a failure that all objects of a kind share.
func AllFail(count int) Reason { return Of(CodeAll, "count", strconv.Itoa(count)) }

// Slow returns the reason for something that took too long.
func Slow(what string, took time.Duration) Reason {
	return Of(CodeSlow, "what", what, "took", took.String())
}

// Clock returns the reason for a clock that differs from this machine's.
func Clock(whose string, skew time.Duration) Reason {
	return Of(CodeClock, "whose", whose, "skew", skew.String())
}

// WrongUser returns the reason for something that belongs to another user.
func WrongUser() Reason { return Of(CodeWrongUser) }

// Forged returns the reason for a header value that a client made up and that
// reached the application.
func Forged(name string) Reason { return Of(CodeHeaderForged, "name", name) }

// TLSVersion returns the reason for a version of TLS that should be refused.
func TLSVersion(version string) Reason { return Of(CodeTLSVersion, "version", version) }
