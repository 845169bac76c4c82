package answers

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/lsst-sqre/muster/muster"
	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/environment"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// Bounds of what is read in a report: whoever answers may not be Muster.
const (
	maxReported  = 1000 // checks, and header lines
	versionLimit = 100
)

// report reads Muster's report out of the answer.
func (a *Answer) report() (*muster.Report, error) {
	if !a.isJSON() {
		return nil, fmt.Errorf("not JSON: %s", a.Excerpt())
	}
	var r muster.Report
	if err := json.Unmarshal(a.Body, &r); err != nil || r.Schema == 0 {
		return nil, fmt.Errorf("not a report of Muster: %s", a.Excerpt())
	}
	if len(r.Checks) > maxReported || len(r.Sighting.Headers) > maxReported {
		return nil, fmt.Errorf("a report of %d checks and %d header lines, which no Muster makes", len(r.Checks),
			len(r.Sighting.Headers))
	}
	a.by.fact("muster", gafaelfawr.Excerpt(r.Server.Version, versionLimit))
	return &r, nil
}

// Report is Muster's report in the answer; without one the check ends.
func (a *Answer) Report() *muster.Report {
	r, err := a.report()
	if err != nil && a.flaps([]int{200}) {
		r, err = a.report()
	}
	if err != nil {
		a.by.Must(false, a, "status 200 and a report of Muster", a.Excerpt(), a.other(verdict.CodeNoReport))
	}
	return r
}

// ReportPasses verifies that the request was let in, and that Muster itself
// finds nothing wrong with it, where it is one that reports.
func (a *Answer) ReportPasses() bool {
	if a.by.env.Muster.Deployed != environment.GoMuster {
		return a.Status(200)
	}
	if _, ok := a.sighting(); !ok {
		return false
	}
	r, _ := a.report()
	for _, failed := range r.Checks {
		if failed.Outcome == muster.Fail {
			a.by.Expect(false, a, "Muster's report to pass", "it fails: "+failed.Name+": "+failed.Message,
				verdict.Of(verdict.CodeProbeCheck, "name", failed.Name))
		}
	}
	return r.Status == muster.Pass || a.by.Expect(false, a, "Muster's report to pass", "it fails: "+a.FailedChecks())
}

// FailedChecks are the messages of those of Muster's own checks that failed.
func (a *Answer) FailedChecks() string {
	r, err := a.report()
	if err != nil {
		return a.Excerpt()
	}
	var messages []string
	for _, check := range r.Checks {
		if check.Outcome == muster.Fail {
			messages = append(messages, check.Name+": "+check.Message)
		}
	}
	return strings.Join(messages, "; ")
}

// FailedCheck is the reason for the first of Muster's own checks that failed.
func (a *Answer) FailedCheck() verdict.Reason {
	r, err := a.report()
	if err != nil {
		return a.other(verdict.CodeNoReport)
	}
	for _, check := range r.Checks {
		if check.Outcome == muster.Fail {
			return verdict.Of(verdict.CodeProbeCheck, "name", check.Name)
		}
	}
	return verdict.Reason{Code: verdict.CodeUnmet}
}

// TokenInfo is what Gafaelfawr told Muster of the delegated token; without it
// the check ends.
func (a *Answer) TokenInfo() gafaelfawr.TokenInfo {
	info := a.Report().TokenInfo
	a.by.Must(info != nil, a, "token-info in Muster's report", "none: "+a.FailedChecks(), a.FailedCheck())
	return *info
}
