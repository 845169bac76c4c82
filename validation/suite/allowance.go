package suite

import (
	"sync/atomic"

	"github.com/lsst-sqre/muster/validation/verdict"
)

// What a deployment sends must not fill a log or a disk, however many checks
// repeat it.
const (
	// runOutput in bytes is what all checks together print, and runEvidence what
	// they save beside their failures.
	runOutput   = 4 << 20
	runEvidence = 16 << 20
	// leastOutput is what each may all the same: its beginning and its end.
	leastOutput = 4 << 10
)

// allowance is how many bytes the checks of a run took together.
type allowance struct{ taken atomic.Int64 }

// take is how many of the wanted bytes a check may have: all, or what is left,
// but not less than least.
func (a *allowance) take(wanted, of, least int) int {
	left := of - int(a.taken.Add(int64(wanted))) + wanted
	return min(wanted, max(left, least))
}

// fitting are the first findings for which there is room, one at least.
func (a *allowance) fitting(all []verdict.Finding) []verdict.Finding {
	for i, f := range all {
		size := len(f.Expected) + len(f.Actual) + len(f.Request)
		if a.take(size, runOutput, 0) < size {
			return all[:max(i, 1)]
		}
	}
	return all
}
