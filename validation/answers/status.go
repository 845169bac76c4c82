package answers

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/lsst-sqre/muster/validation/findings"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// Status verifies the status of the answer, one of those given.
func (a *Answer) Status(want ...int) bool {
	if slices.Contains(want, a.Code) {
		return true // an excerpt costs more than all else here
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

// status is the reason for another status than those wanted.
func (a *Answer) status(want ...int) verdict.Reason {
	return verdict.Status(a.Code, a.Header.Get("Content-Type"), want...)
}

// other is the reason for an answer that is not the one wanted: a status that
// is not 200, or else what is wrong with its body.
func (a *Answer) other(code verdict.Code) verdict.Reason {
	if a.Code != http.StatusOK {
		return a.status(http.StatusOK)
	}
	return verdict.Of(code, "status", strconv.Itoa(a.Code), "type", a.Header.Get("Content-Type"))
}

// MustStatus is Status that ends the check where it is another.
func (a *Answer) MustStatus(want ...int) {
	if !a.Status(want...) {
		a.by.End()
	}
}
