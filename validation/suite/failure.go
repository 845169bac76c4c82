package suite

import (
	"github.com/lsst-sqre/muster/validation/client"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// failure is a finding, and what is known of it only while the check runs.
type failure struct {
	verdict.Finding
	about *client.Response
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

func finding(expected, actual string, reason ...Reason) verdict.Finding {
	f := verdict.Finding{Expected: expected, Actual: actual, Reason: Reason{Code: verdict.CodeUnmet}}
	if len(reason) > 0 {
		f.Reason = reason[0]
	}
	return f
}

// textLimit in characters bounds what is kept of one text of a finding.
const textLimit = 2 << 10

// refusal reports whether a status keeps the caller out for good: 429 lets in
// who waits.
func refusal(status int) bool { return status >= 400 && status < 429 }
