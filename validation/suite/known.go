package suite

import (
	"fmt"
	"slices"
	"time"

	"github.com/lsst-sqre/muster/validation/environment"
	"github.com/lsst-sqre/muster/validation/message"
)

// refuseKnown rejects known failures of checks that the suite does not have,
// because a misspelt name would excuse nothing.
func refuseKnown(known []environment.KnownFailure, checks []string) error {
	for _, k := range known {
		if !slices.Contains(checks, k.Check) {
			return fmt.Errorf("unknown check %q under known%s; go test ./validation -list . shows the checks",
				k.Check, environment.DidYouMean(k.Check, checks))
		}
	}
	return nil
}

// known returns the known failure of this check, if its last day has not
// passed.
func (c *Check) known() (environment.KnownFailure, bool) {
	k, ok := c.run.Env.Knows(c.result.Name)
	return k, ok && !k.Over(time.Now())
}

// remarkKnown says that a known failure has expired or can be removed.
func (c *Check) remarkKnown() {
	k, ok := c.run.Env.Knows(c.result.Name)
	switch found := c.Found(); {
	case !ok || found.Blocked != "" || found.Skipped != "":
	case len(found.Failures) == 0:
		c.Remark("it passes: remove it from known in the environment file (%s)", k.Reason)
		c.run.results.factAlso(removableFact, c.result.Name)
	case k.Over(time.Now()):
		c.Remark("it was known until %s (%s), and that day has passed", k.Until, k.Reason)
	}
}

// knownMessage returns what the summary says about a known failure.
func (c *Check) knownMessage(k environment.KnownFailure) string {
	return fmt.Sprintf("Known until %s: %s. %s", k.Until, k.Reason, message.FirstLine(c.failures[0].Actual))
}
