package suite

import (
	"sync/atomic"

	"github.com/lsst-sqre/muster/validation/verdict"
)

// A deployment must not fill a log or a disk with what it sends, however many
// checks repeat it.
const (
	// runOutput bounds, in bytes, what all checks together print. runEvidence
	// bounds what they save beside their failures.
	runOutput   = 4 << 20
	runEvidence = 16 << 20
	// leastOutput is granted to each check in any case: its beginning and its
	// end.
	leastOutput = 4 << 10
)

// allowance counts the bytes that the checks of a run have taken together.
type allowance struct{ taken atomic.Int64 }

// take returns how many of the wanted bytes a check may have: all of them or
// what is left, and at least least.
func (a *allowance) take(wanted, of, least int) int {
	left := of - int(a.taken.Add(int64(wanted))) + wanted
	return min(wanted, max(left, least))
}

// fitting returns the first findings for which there is room, at least one.
func (a *allowance) fitting(all []verdict.Finding) []verdict.Finding {
	for i, f := range all {
		size := len(f.Expected) + len(f.Actual) + len(f.Request)
		if a.take(size, runOutput, 0) < size {
			return all[:max(i, 1)]
		}
	}
	return all
}
