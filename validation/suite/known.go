package suite

import (
	"fmt"
	"time"

	"github.com/lsst-sqre/muster/validation/environment"
	"github.com/lsst-sqre/muster/validation/message"
)

// known is the check's red that the environment knows of, where the last day for
// it has not passed.
func (c *Check) known() (environment.KnownRed, bool) {
	k, ok := c.run.Env.Knows(c.result.Name)
	return k, ok && !k.Over(time.Now())
}

// remarkKnown says what a known red comes to: it is over, or it can be removed.
func (c *Check) remarkKnown() {
	k, ok := c.run.Env.Knows(c.result.Name)
	switch found := c.Found(); {
	case !ok || found.Blocked != "" || found.Skipped != "":
	case len(found.Failures) == 0:
		c.Remark("it is green: remove it from known in the environment file (%s)", k.Reason)
	case k.Over(time.Now()):
		c.Remark("it was known until %s (%s), and that day has passed", k.Until, k.Reason)
	}
}

// knownMessage is what the summary says of a known red.
func (c *Check) knownMessage(k environment.KnownRed) string {
	return fmt.Sprintf("Known until %s: %s. %s", k.Until, k.Reason, message.FirstLine(c.failures[0].Actual))
}
