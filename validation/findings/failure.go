package findings

import (
	"github.com/lsst-sqre/muster/validation/client"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// Reason is what a finding comes down to, as a machine reads it.
type Reason = verdict.Reason

// Failure is a finding, and what is known of it only while the check runs.
type Failure struct {
	verdict.Finding
	// About is the answer that shows it, nil where none does.
	About *client.Response
	// late reports that the run was being stopped: it says nothing about the
	// deployment.
	late bool
}

// Subject is an answer that a finding may be about.
type Subject interface{ Subject() *client.Response }

// subject is what came back; nil of no answer.
func subject(about Subject) *client.Response {
	if about == nil {
		return nil
	}
	return about.Subject()
}

// Opens reports that the failure lets somebody in, or something out: of a check
// about that only what is no refusal, and no failure to try.
func (f Failure) Opens(security bool) bool {
	return f.Hole || security && !f.Unable && (f.About == nil || f.About.Code/100 == 2)
}

func (f Failure) same(other Failure) bool {
	return f.About == other.About && f.Expected == other.Expected && f.Actual == other.Actual && f.Equal(other.Reason)
}

// New is a finding; without a reason it is one that no rule goes by.
func New(expected, actual string, reason ...Reason) verdict.Finding {
	f := verdict.Finding{Expected: expected, Actual: actual, Reason: Reason{Code: verdict.CodeUnmet}}
	if len(reason) > 0 {
		f.Reason = reason[0]
	}
	return f
}

// textLimit in characters bounds what is kept of one text of a finding.
const textLimit = 2 << 10

// Refusal reports whether a status keeps the caller out for good: 429 lets in
// who waits.
func Refusal(status int) bool { return status >= 400 && status < 429 }
