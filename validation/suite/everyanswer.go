package suite

import (
	"flag"
	"time"

	"github.com/lsst-sqre/muster/validation/findings"
)

// othersPoll is the interval at which the check looks whether the others have
// ended.
const othersPoll = 20 * time.Millisecond

// EveryAnswer verifies the invariants of all answers after all other checks
// have ended. A breach is one finding, however many answers have it.
func (c *Check) EveryAnswer() {
	c.require(c.run.preconditions.Trusted)
	c.awaitOthers()
	for _, f := range c.run.invariants.Findings() {
		c.Record(findings.Failure{Finding: f})
	}
}

// awaitOthers waits until this check is the last one. With -parallel=1 no other
// check can run meanwhile, so only those that ran before count.
func (c *Check) awaitOthers() {
	if flag.Lookup("test.parallel").Value.String() == "1" {
		c.Remark("with -parallel=1 only the answers before this check are held to it")
		return
	}
	for c.run.rounds.outstanding() > 1 {
		select {
		case <-c.ctx.Done():
			c.Remark("%d other checks had not ended: their last answers are not held to it", c.run.rounds.outstanding()-1)
			return
		case <-time.After(othersPoll):
		}
	}
}
