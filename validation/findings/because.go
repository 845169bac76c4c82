package findings

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/url"
	"strconv"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/client"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// Because returns the reason for an error.
func Because(err error) Reason {
	var api *gafaelfawr.APIError
	var answer *client.StatusError
	switch {
	case err == nil:
		return Reason{Code: verdict.CodeUnmet}
	case errors.Is(err, client.ErrConnectionsLost):
		return verdict.Of(verdict.CodeConnectionLost)
	case errors.Is(err, client.ErrLimited):
		return verdict.Of(verdict.CodeLimited)
	case errors.Is(err, gafaelfawr.ErrTime):
		return verdict.Value("form of a time", "seconds since 1970", "another")
	case errors.As(err, &api):
		return apiReason(api)
	case errors.As(err, &answer):
		return verdict.Of(verdict.CodeStatus, "got", strconv.Itoa(answer.Status), "type", answer.ContentType)
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
	reason := verdict.Of(verdict.CodeAPIStatus, "got", strconv.Itoa(api.Status), "error", "", "path", "",
		"method", api.Method, "success", strconv.Itoa(api.Want))
	if at, err := url.Parse(api.URL); err == nil {
		reason.Args["path"] = at.Path
	}
	if len(api.Body.Details) > 0 {
		first := api.Body.Details[0]
		reason.Args["error"] = first.Type
		if input, ok := first.Input.(string); ok {
			reason.Args["field"], reason.Args["input"] = first.Field(), gafaelfawr.Redact(input)
		}
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

// frontReason returns the reason for an error of the preconditions before
// Gafaelfawr.
func frontReason(err error) (Reason, bool) {
	if handshake, ok := errors.AsType[*client.HandshakeError](err); ok {
		return verdict.Of(verdict.CodeHandshake, "problem", handshake.Kind), true
	}
	if front, ok := errors.AsType[*client.FrontError](err); ok {
		return verdict.Of(verdict.CodeFront, "status", fmt.Sprint(front.Status)), true
	}
	if late, ok := errors.AsType[*client.LateError](err); ok {
		return verdict.Slow("new token", late.Took), true
	}
	if _, forgotten := errors.AsType[*client.ForgottenError](err); forgotten {
		return verdict.Of(verdict.CodeValue, "name", "new token", "got", "401", "want", "200"), true
	}
	if hangs, ok := errors.AsType[*client.HangError](err); ok {
		return verdict.Of(verdict.CodeHangs, "who", hangs.Who), true
	}
	return Reason{}, false
}
