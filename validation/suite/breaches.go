package suite

import (
	"flag"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lsst-sqre/muster/validation/verdict"
)

// othersPoll is how often is looked whether the other checks have ended.
const othersPoll = 20 * time.Millisecond

// EveryAnswer verifies what holds of every answer of the run, once all other
// checks have ended. A breach is one finding, however many answers have it.
func (c *Check) EveryAnswer() {
	c.require(c.run.preconditions.trusted)
	c.awaitOthers()
	for _, b := range c.run.invariants.found() {
		f := failure{Finding: finding(b.expected, b.text(), verdict.Of(verdict.CodeInvariant, "rule", b.rule, "path", b.path,
			"name", b.name, "answers", strconv.Itoa(b.answers)))}
		f.Hole, f.Path = b.hole, b.path
		c.record(f)
	}
}

func (b *breach) text() string {
	if b.answers == 0 {
		return b.actual
	}
	return fmt.Sprintf("%s: %s (%d answers of this run)", b.path, b.actual, b.answers)
}

// awaitOthers waits until this check is the last. With -parallel=1 no other can
// run meanwhile: then only those that ran before count.
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

// found are the breaches in an order that does not depend on which check came
// first.
func (i *invariants) found() []*breach {
	i.mu.Lock()
	defer i.mu.Unlock()
	all := slices.Clone(i.breaches)
	if i.strict != "" && i.lax != "" {
		all = append(all, &breach{rule: verdict.InvariantHSTS, name: "Strict-Transport-Security", path: i.lax,
			expected: "Strict-Transport-Security in all answers or in none",
			actual:   "it is in answers of " + i.strict + ", and not in those of " + i.lax})
	}
	slices.SortFunc(all, func(a, b *breach) int { return strings.Compare(a.rule+a.name, b.rule+b.name) })
	return all
}
