package suite

import (
	"strconv"

	"github.com/lsst-sqre/muster/validation/findings"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// Reasons for findings of checks; package verdict documents each.
var (
	AllFail      = verdict.AllFail
	Clock        = verdict.Clock
	Conflict     = verdict.Conflict
	Difference   = verdict.Difference
	Forged       = verdict.Forged
	Missing      = verdict.Missing
	NoStatus     = verdict.NoStatus
	Overdue      = verdict.Overdue
	PodCount     = verdict.PodCount
	Reported     = verdict.Reported
	Restarting   = verdict.Restarting
	Setting      = verdict.Setting
	Slow         = verdict.Slow
	State        = verdict.State
	TLSVersion   = verdict.TLSVersion
	Unreferenced = verdict.Unreferenced
	Unusable     = verdict.Unusable
	Value        = verdict.Value
	Waiting      = verdict.Waiting
	WrongUser    = verdict.WrongUser
)

// Permission returns the reason for an operation that a caller was allowed or refused
// wrongly.
func Permission(operation, caller string, got, want int) Reason {
	return verdict.Of(verdict.CodePermission, "operation", operation, "caller", caller, "got", strconv.Itoa(got),
		"want", strconv.Itoa(want))
}

// ByCondition returns the reason for a condition of an object.
func ByCondition(c Condition) Reason {
	return verdict.Condition(c.Type, c.Status, c.Reason, c.Message)
}

// Arrived returns the reason for a header line that should not have reached the
// application.
func Arrived(name, got string) Reason {
	return verdict.Header(verdict.Application, name, []string{got})
}

// MissingIngress is Missing for the Ingress of a GafaelfawrIngress with those events.
func MissingIngress(events string) Reason {
	return verdict.Missing("Ingress").Told(events)
}

// CertificateProblem returns the reason for a problem with a certificate;
// issuer is its issuer's name.
func CertificateProblem(problem, issuer string) Reason {
	return verdict.Of(verdict.CodeCertificate, "problem", problem, "issuer", issuer)
}

// Problems of certificates and Secrets.
const (
	WrongIntermediate = verdict.ProblemIntermediate
	NoIntermediate    = verdict.ProblemNoIntermediate
	ChainsDiffer      = verdict.ProblemChainsDiffer
	LeavesDiffer      = verdict.ProblemLeavesDiffer

	NotPEM     = verdict.ProblemNotPEM
	KeyProblem = verdict.ProblemKey
	NoToken    = verdict.ProblemNoToken
)

// Reason is the machine-readable part of a finding.
type Reason = verdict.Reason

// Because returns the reason for an error.
func Because(err error) Reason { return findings.Because(err) }
