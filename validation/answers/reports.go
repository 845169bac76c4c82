package answers

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/lsst-sqre/muster/muster"
	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/environment"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// Bounds for reports, because the sender may not be Muster.
const (
	maxReported  = 1000 // checks, and header lines
	versionLimit = 100
)

// report reads Muster's report from the answer.
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

// Report returns Muster's report; without one the check ends.
func (a *Answer) Report() *muster.Report {
	r, err := a.steadyReport()
	if err != nil {
		a.by.Must(false, a, "status 200 and a report of Muster", a.Excerpt(), a.other(verdict.CodeNoReport))
	}
	return r
}

// steadyReport reads the report, of a second request where the first was an accident.
func (a *Answer) steadyReport() (*muster.Report, error) {
	r, err := a.report()
	if (err != nil || a.Code != http.StatusOK) && a.flaps([]int{http.StatusOK}) || err == nil && a.unanswered(r) {
		return a.report()
	}
	return r, err
}

// unanswered sends the request again if Gafaelfawr did not answer Muster, and reports
// whether it did. Muster waits for five seconds, which are over soon where all checks
// run at once on a busy machine.
func (a *Answer) unanswered(r *muster.Report) bool {
	silent := slices.ContainsFunc(r.Checks, func(c muster.Check) bool {
		return c.Outcome == muster.Fail && (c.Name == "user-info-answers" || c.Name == "token-info-answers")
	})
	if !silent || a.repeated || a.by.ctx.Err() != nil {
		return false
	}
	a.repeated = true
	again := a.by.Send(a.Request)
	if again.Err != nil || again.Code != a.Code {
		return false
	}
	a.by.Remark("sent again because Gafaelfawr did not answer Muster: %s", a.FailedChecks())
	a.Response = again.Response
	return true
}

// ReportPasses verifies that the request was let in and, if this Muster
// reports, that Muster itself found nothing wrong.
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

// FailedChecks returns the messages of Muster's own failed checks.
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

// FailedCheck returns the reason for the first of Muster's own failed checks.
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

// TokenInfo returns what Gafaelfawr told Muster about the delegated token;
// without it the check ends.
func (a *Answer) TokenInfo() gafaelfawr.TokenInfo {
	info := a.Report().TokenInfo
	a.by.Must(info != nil, a, "token-info in Muster's report", "none: "+a.FailedChecks(), a.FailedCheck())
	return *info
}
