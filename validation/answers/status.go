package answers

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/lsst-sqre/muster/validation/findings"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// Status verifies that the answer has one of the statuses.
func (a *Answer) Status(want ...int) bool {
	if slices.Contains(want, a.Code) {
		return true // an excerpt is expensive
	}
	if a.flaps(want) {
		return true
	}
	verify := a.by.Expect
	if a.Code/100 == 2 && !slices.ContainsFunc(want, func(status int) bool { return !findings.Refusal(status) }) {
		verify = a.by.Closed
	}
	return verify(false, a, "status "+verdict.Statuses(want), a.Excerpt(), a.status(want...))
}

// Passed verifies that the application's own status arrived.
func (a *Answer) Passed(status int) bool {
	return a.Code == status || a.Code >= 500 && a.flaps([]int{status}) ||
		a.by.Expect(false, a, "status "+strconv.Itoa(status)+", which the application answers", a.Excerpt(), a.status(status))
}

// status returns the reason for a wrong status.
func (a *Answer) status(want ...int) verdict.Reason {
	return verdict.Status(a.Code, a.Header.Get("Content-Type"), want...)
}

// other returns the reason for a wrong answer: its status if that is not 200,
// else what is wrong with its body.
func (a *Answer) other(code verdict.Code) verdict.Reason {
	if a.Code != http.StatusOK {
		return a.status(http.StatusOK)
	}
	return verdict.Of(code, "status", strconv.Itoa(a.Code), "type", a.Header.Get("Content-Type"))
}

// MustStatus is Status that ends the check if it fails.
func (a *Answer) MustStatus(want ...int) {
	if !a.Status(want...) {
		a.by.End()
	}
}
