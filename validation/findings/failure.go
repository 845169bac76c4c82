package findings

import (
	"github.com/lsst-sqre/muster/validation/client"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// Reason is the machine-readable part of a finding.
type Reason = verdict.Reason

// Failure is a finding with what is known only while the check runs.
type Failure struct {
	verdict.Finding
	// About is the answer that shows the failure, or nil.
	About *client.Response
	// late reports that the run was being stopped, so that the failure says
	// nothing about the deployment.
	late bool
}

// Subject is an answer that a finding may be about.
type Subject interface{ Subject() *client.Response }

// subject returns the response, or nil without an answer.
func subject(about Subject) *client.Response {
	if about == nil {
		return nil
	}
	return about.Subject()
}

// Opens reports whether the failure lets a caller in or something out. A
// failure of a security check does, unless it is a refusal, could not be tried, or says
// that an answer changed: of these, Hole has whether somebody got in.
func (f Failure) Opens(security bool) bool {
	if f.Code == verdict.CodeFlapping {
		return f.Hole
	}
	return f.Hole || security && !f.Unable && (f.About == nil || f.About.Code/100 == 2)
}

func (f Failure) same(other Failure) bool {
	return f.About == other.About && f.Expected == other.Expected && f.Actual == other.Actual && f.Equal(other.Reason)
}

// New returns a finding. No rule matches a finding without a reason.
func New(expected, actual string, reason ...Reason) verdict.Finding {
	f := verdict.Finding{Expected: expected, Actual: actual, Reason: Reason{Code: verdict.CodeUnmet}}
	if len(reason) > 0 {
		f.Reason = reason[0]
	}
	return f
}

// textLimit bounds one text of a finding, in characters.
const textLimit = 2 << 10

// Refusal reports whether a status keeps the caller out for good. After 429 a
// caller gets in by waiting.
func Refusal(status int) bool { return status >= 400 && status < 429 }
