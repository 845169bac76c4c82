package suite

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/stretchr/testify/assert"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/client"
	"github.com/lsst-sqre/muster/validation/environment"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// Reason is what a finding comes down to, as a machine reads it.
type Reason = verdict.Reason

// failure is a finding, and what is known of it only while the check runs.
type failure struct {
	verdict.Finding
	about *Answer
	// late tells that the run was being stopped: it says nothing about the
	// deployment.
	late bool
}

// opens tells that the failure lets somebody in, or something out: of a check
// about that only what is no refusal, and no failure to try.
func (f failure) opens(security bool) bool {
	return f.Hole || security && !f.Unable && (f.about == nil || f.about.Code/100 == 2)
}

func (f failure) same(other failure) bool {
	return f.about == other.about && f.Expected == other.Expected && f.Actual == other.Actual && f.Equal(other.Reason)
}

// Expect records a failure unless ok; about is the answer that shows it, or nil.
// The reason is what rules of package diagnoses go by, where one does.
func (c *Check) Expect(ok bool, about *Answer, expected, actual string, reason ...Reason) bool {
	return ok || c.record(failure{Finding: finding(expected, actual, reason...), about: about})
}

// Closed is Expect of what keeps callers out, or what is another's from them:
// where it is not so, that is a hole, which comes before all else.
func (c *Check) Closed(ok bool, about *Answer, expected, actual string, reason ...Reason) bool {
	f := failure{Finding: finding(expected, actual, reason...), about: about}
	f.Hole = true
	return ok || c.record(f)
}

// textLimit in characters bounds what is kept of one text of a finding.
const textLimit = 2 << 10

func finding(expected, actual string, reason ...Reason) verdict.Finding {
	f := verdict.Finding{Expected: expected, Actual: actual, Reason: Reason{Code: verdict.CodeUnmet}}
	if len(reason) > 0 {
		f.Reason = reason[0]
	}
	return f
}

// record files a failure, and returns false.
func (c *Check) record(f failure) bool {
	f.Expected, f.Actual = gafaelfawr.Excerpt(f.Expected, textLimit), gafaelfawr.Excerpt(f.Actual, textLimit)
	for name, value := range f.Args {
		f.Args[name] = gafaelfawr.Excerpt(value, textLimit)
	}
	f.late = c.run.ctx.Err() != nil
	f.Unable = f.Unable || f.Code == verdict.CodeConnectionLost // what was asked for may be in order
	if f.about != nil {
		f.Path, f.Declared = c.pathOf(f.about)
		f.Declared = f.Declared && !f.Unable // what was not tried says nothing of a path
	}
	if !slices.ContainsFunc(c.failures, f.same) {
		c.failures = append(c.failures, f)
	}
	return false
}

// pathOf is the path that an answer is about, and whether the environment
// declares it as another application's: it says nothing of the whole deployment.
func (c *Check) pathOf(about *Answer) (path string, declared bool) {
	others := c.run.env.Protected
	if c.run.env.Muster.Deployed == NoMuster && len(others) > 0 {
		others = others[1:] // the first stands for all
	}
	path, _, _ = strings.Cut(about.Request.Target.Path, "?")
	return path, slices.ContainsFunc(others, func(p environment.Target) bool { return p.Path == path })
}

// Must is Expect that ends the check where it is not met: what follows would
// only repeat the same.
func (c *Check) Must(ok bool, about *Answer, expected, actual string, reason ...Reason) {
	if !c.Expect(ok, about, expected, actual, reason...) {
		panic(ended{})
	}
}

// NoError ends the check where something failed that had to be done first.
func (c *Check) NoError(err error, what string) {
	if err != nil {
		c.unable(what, describe(err), Because(err))
	}
}

// unable ends the check, which failed before it came to what it is about.
func (c *Check) unable(expected, actual string, reason ...Reason) {
	f := failure{Finding: finding(expected, actual, reason...)}
	f.Unable = true
	c.record(f)
	panic(ended{})
}

// Because is the reason that an error is.
func Because(err error) Reason {
	var api *gafaelfawr.APIError
	var answer *answerError
	switch {
	case err == nil:
		return Reason{Code: verdict.CodeUnmet}
	case errors.Is(err, client.ErrConnectionsLost):
		return verdict.Of(verdict.CodeConnectionLost)
	case errors.As(err, &api):
		return apiReason(api)
	case errors.As(err, &answer):
		return verdict.Of(verdict.CodeStatus, "got", strconv.Itoa(answer.status), "type", answer.contentType)
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

// text is what a person reads of a check that failed or advises.
func (c *Check) text() string {
	var b strings.Builder
	line := func(label, text string) {
		text = strings.ReplaceAll(strings.TrimSpace(gafaelfawr.Printable(gafaelfawr.Redact(text))), "\n", "\n            | ")
		fmt.Fprintf(&b, "%-11s %s\n", label+":", text)
	}
	line("obligation", c.o.Says)
	if c.o.Advice != "" {
		line("advice", "a weakness of Gafaelfawr itself, in "+c.o.Advice+"; -strict makes it a failure")
	}
	if k, ok := c.known(); ok {
		line("known", k.Reason+"; it does not fail the run until "+k.Until)
	}
	var about *Answer
	for i, f := range c.failures {
		if i > 0 && f.about != about && about != nil {
			line("request", about.Curl())
		}
		about = f.about
		line("expected", f.Expected)
		line("actual", f.Actual)
	}
	if about != nil {
		line("request", about.Curl())
	}
	line("cause", c.o.Cause)
	if c.result.Evidence != "" {
		line("evidence", c.result.Evidence)
	}
	line("runbook", c.result.Runbook)
	return b.String()
}

// gatherEvidence writes what Kubernetes knows of what the failures concern.
func (c *Check) gatherEvidence() {
	folder := c.run.options.Evidence
	if folder == "" || len(c.namespaces) == 0 {
		return
	}
	file, err := c.evidence(folder)
	if err != nil {
		file = "none: " + err.Error()
	}
	c.result.Evidence = file
}

func runbookSection(test string) string {
	return "validation/RUNBOOK.md#" + strings.ToLower(test)
}

// firstLine is the first line of a text, of a length that a summary bears.
func firstLine(text string) string {
	line, _, _ := strings.Cut(gafaelfawr.Printable(text), "\n")
	return gafaelfawr.Excerpt(line, 200)
}

// Equal records a failure unless both are equal; what names the fact.
func (c *Check) Equal(about *Answer, what string, want, got any) bool {
	return c.Expect(assert.ObjectsAreEqual(want, got), about,
		fmt.Sprintf("%s %v", what, want), fmt.Sprintf("%s %v", what, got), verdict.Value(what, want, got))
}

// ErrorStatus verifies that Gafaelfawr's API refused with that status.
func (c *Check) ErrorStatus(err error, status int, what string) bool {
	var api *gafaelfawr.APIError
	answered := errors.As(err, &api)
	if answered && api.Status == status {
		return true
	}
	want := strconv.Itoa(status)
	f := failure{Finding: finding("status "+want+" to "+what, "it succeeded", verdict.Of(verdict.CodeSucceeded, "want", want))}
	if f.Hole = err == nil && refusal(status); err != nil {
		f.Actual, f.Unable, f.Reason = describe(err), !answered, Because(err)
	}
	return c.record(f)
}
