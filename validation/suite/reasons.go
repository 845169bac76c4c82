package suite

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"strconv"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/client"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// Reasons that checks give for what they find; package verdict documents each.
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

// ByCondition is the reason that a condition of an object is.
func ByCondition(c Condition) Reason {
	return verdict.Condition(c.Type, c.Status, c.Reason, c.Message)
}

// Arrived is the reason for a line of a header that should not have reached the
// application.
func Arrived(name, got string) Reason {
	return verdict.Header(verdict.Application, name, []string{got})
}

// CertificateProblem is the reason that a certificate is; issuer is its issuer's
// name.
func CertificateProblem(problem, issuer string) Reason {
	return verdict.Of(verdict.CodeCertificate, "problem", problem, "issuer", issuer)
}

// Problems of certificates and Secrets.
const (
	WrongIntermediate = verdict.ProblemIntermediate
	NoIntermediate    = verdict.ProblemNoIntermediate

	NotPEM     = verdict.ProblemNotPEM
	KeyProblem = verdict.ProblemKey
)

// Reason is what a finding comes down to, as a machine reads it.
type Reason = verdict.Reason

// Because is the reason that an error is.
func Because(err error) Reason {
	var api *gafaelfawr.APIError
	var answer *answerError
	switch {
	case err == nil:
		return Reason{Code: verdict.CodeUnmet}
	case errors.Is(err, client.ErrConnectionsLost):
		return verdict.Of(verdict.CodeConnectionLost)
	case errors.Is(err, client.ErrLimited):
		return verdict.Of(verdict.CodeLimited)
	case errors.As(err, &api):
		return apiReason(api)
	case errors.As(err, &answer):
		return verdict.Of(verdict.CodeStatus, "got", strconv.Itoa(answer.status), "type", answer.contentType)
	}
	if reason, ok := frontReason(err); ok {
		return reason
	}
	if certificate, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return certificateReason(certificate)
	}
	return verdict.Of(verdict.CodeError)
}

func apiReason(api *gafaelfawr.APIError) Reason {
	reason := verdict.Of(verdict.CodeAPIStatus, "got", strconv.Itoa(api.Status), "error", "")
	if len(api.Body.Details) > 0 {
		reason.Args["error"] = api.Body.Details[0].Type
	}
	return reason
}

func certificateReason(err *tls.CertificateVerificationError) Reason {
	problem := verdict.ProblemOther
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err.Err, new(x509.UnknownAuthorityError)):
		problem = verdict.ProblemUnknownAuthority
	case errors.As(err.Err, new(x509.HostnameError)):
		problem = verdict.ProblemHost
	case errors.As(err.Err, &invalid) && invalid.Reason == x509.Expired:
		problem = verdict.ProblemTime
	}
	issuer := ""
	if sent := err.UnverifiedCertificates; len(sent) > 0 {
		issuer = sent[len(sent)-1].Issuer.CommonName
	}
	return verdict.Of(verdict.CodeCertificate, "problem", problem, "issuer", issuer)
}

// answerError is an answer with a status that was not wanted.
type answerError struct {
	url         string
	status      int
	contentType string
}

// Error names the request and the status.
func (e *answerError) Error() string {
	return fmt.Sprintf("GET %s gave %d (%s)", e.url, e.status, e.contentType)
}

// frontError says that something in front answers everything.
type frontError struct {
	status int
	text   string
}

// Error says what it answers.
func (e *frontError) Error() string { return e.text }

// frontReason is the reason that an error of the gates before Gafaelfawr is.
func frontReason(err error) (Reason, bool) {
	if handshake, ok := errors.AsType[*client.HandshakeError](err); ok {
		return verdict.Of(verdict.CodeHandshake, "problem", handshake.Kind), true
	}
	if front, ok := errors.AsType[*frontError](err); ok {
		return verdict.Of(verdict.CodeFront, "status", fmt.Sprint(front.status)), true
	}
	if hangs, ok := errors.AsType[*client.HangError](err); ok {
		return verdict.Of(verdict.CodeHangs, "who", hangs.Who), true
	}
	return Reason{}, false
}
