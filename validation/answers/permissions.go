package answers

import (
	"slices"
	"strconv"

	"github.com/lsst-sqre/muster/validation/verdict"
)

// Permits verifies that a caller may do what was asked, or is refused, as the
// statuses say. A caller who may do what others may not is a hole.
func (a *Answer) Permits(caller, operation string, want ...int) bool {
	got := strconv.Itoa(a.Code)
	reason := verdict.Of(verdict.CodePermission, "operation", operation, "caller", caller, "got", got,
		"want", verdict.Statuses(want))
	verify := a.by.Expect
	if a.Code/100 == 2 && (want[0] == 401 || want[0] == 403) {
		verify = a.by.Closed
	}
	return verify(slices.Contains(want, a.Code), a, operation+" by "+caller+": status "+verdict.Statuses(want),
		a.Excerpt(), reason)
}

// LetsNobodyIn verifies that the answer is some refusal, or leads elsewhere.
func (a *Answer) LetsNobodyIn(expected string) bool {
	reason := verdict.Status(a.Code, a.Header.Get("Content-Type"), 401)
	return a.by.Closed(a.Code >= 300, a, expected, a.Excerpt(), reason)
}
