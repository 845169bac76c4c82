package environment

import (
	"fmt"
	"regexp"
	"time"
)

// KnownFailure is a failure that will be repaired by a date.
type KnownFailure struct {
	// Check is the name of the failing check.
	Check string `yaml:"check"`
	// Reason explains the failure, for example with the number of a ticket.
	Reason string `yaml:"reason"`
	// Until is the last day, such as 2026-12-24, on which the failure does not
	// fail the run.
	Until string `yaml:"until"`
}

// Over reports whether the last day has passed, in UTC.
func (k KnownFailure) Over(now time.Time) bool { return now.UTC().Format(time.DateOnly) > k.Until }

var nameOfCheck = regexp.MustCompile(`^Test[A-Z]\w*$`)

func refuseKnown(known []KnownFailure) error {
	seen := map[string]bool{}
	for _, k := range known {
		if !nameOfCheck.MatchString(k.Check) {
			return fmt.Errorf("%q under known must be the name of a check, such as TestApplicationSync", k.Check)
		}
		if k.Reason == "" {
			return fmt.Errorf("the known failure of %s needs a reason, such as the number of a ticket", k.Check)
		}
		if _, err := time.Parse(time.DateOnly, k.Until); err != nil {
			return fmt.Errorf("until of the known failure of %s must be a day, such as 2026-12-24, not %q", k.Check, k.Until)
		}
		if seen[k.Check] {
			return fmt.Errorf("%s is under known twice: give it one reason and one day", k.Check)
		}
		seen[k.Check] = true
	}
	return nil
}
