package suite

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/lsst-sqre/muster/validation/client"
	"github.com/lsst-sqre/muster/validation/message"
)

// checkTimeout bounds one check, all its requests together.
const checkTimeout = 60 * time.Second

// Obligation is what a check holds the deployment to.
type Obligation struct {
	// Says is the obligation, one sentence.
	Says string
	// Cause is the probable cause when it is not met, and what to do.
	Cause string
	// Needs are features that the environment must declare.
	Needs []Feature
	// Security tells that callers get in who must not where it is not met: such
	// failures come first in the report.
	Security bool
	// Writes tells that the check makes objects in the cluster: it runs only
	// with -write.
	Writes bool
	// Takes bounds the check; a minute where zero.
	Takes time.Duration
	// Advice names the versions of Gafaelfawr that do not meet the obligation.
	// Where it is set, a failure is shown but fails the run only with -strict.
	Advice string
}

// Check is one obligation under test. Its methods make requests and record
// what is not as it should be.
type Check struct {
	t        *testing.T
	run      *run
	ctx      context.Context
	o        Obligation
	failures []failure
	// round is empty, and -2 and so on where -count or -cpu repeats the check: it
	// tells the identities of the rounds apart.
	round string
	// skipped and blocked are reasons why the check did not run: it does not
	// apply here, or something that it cannot do without is missing.
	skipped, blocked string
	// remarks are printed whatever the outcome.
	remarking sync.Mutex
	remarks   []string
	// namespaces are those that failures concern.
	namespaces []string
	// lists of Kubernetes objects that were asked for: those of the run.
	lists *sync.Map
	// cleanups undo what the check made, the last first.
	cleanups []func(context.Context) error
}

// ended is what the methods that end a check early panic with.
type ended struct{}

// Run runs one check, in parallel with the others.
func Run(t *testing.T, o Obligation, body func(*Check)) {
	t.Helper()
	attr(t, "obligation", o.Says)
	attr(t, "environment", current.env.Name)
	attr(t, "runbook", runbookSection(t.Name()))
	t.Parallel()
	if o.Takes == 0 {
		o.Takes = checkTimeout
	}
	ctx, cancel := context.WithTimeoutCause(current.ctx, o.Takes, fmt.Errorf("the check took longer than %s", o.Takes))
	defer cancel()
	if current.plan != nil {
		cancel() // nothing is asked
	}
	c := &Check{t: t, run: current, o: o, round: current.round(t.Name()), lists: &current.lists}
	c.ctx = client.OnRetry(ctx, func(text string) { c.Remark("%s", text) })
	current.ledger.start()
	defer current.plan.note(c)
	defer c.finish()
	defer c.cleanUp()
	c.begin()
	body(c)
}

func (c *Check) begin() {
	if c.run.ctx.Err() != nil {
		c.Block(whyEnded(c.run.ctx).Error())
	}
	for _, f := range c.o.Needs {
		if !c.run.env.Has(f) {
			c.Skip(fmt.Sprintf("environment %q does not declare the feature %s", c.run.env.Name, f))
		}
	}
	if c.o.Writes && !c.run.options.Write {
		c.Skip("it makes objects in the cluster, which only -write allows")
	}
}

// Cleanup has something undone when the check ends, however it ends. What
// cannot be removed fails the run.
func (c *Check) Cleanup(undo func(context.Context) error) { c.cleanups = append(c.cleanups, undo) }

func (c *Check) cleanUp() {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.ctx), client.Timeout)
	defer cancel()
	for _, undo := range slices.Backward(c.cleanups) {
		if err := undo(ctx); err != nil {
			c.run.ledger.leave(fmt.Sprintf("what %s made: %v", c.t.Name(), err))
		}
	}
}

// Remark is printed with the outcome, whatever it is.
func (c *Check) Remark(format string, args ...any) {
	c.remarking.Lock()
	defer c.remarking.Unlock()
	if text := fmt.Sprintf(format, args...); !slices.Contains(c.remarks, text) {
		c.remarks = append(c.remarks, text)
	}
}

// finish prints and records the outcome; it is deferred, so that a panic of
// the body neither ends the process nor loses the tokens made so far.
func (c *Check) finish() {
	if p := recover(); p != nil && p != any(ended{}) {
		c.record(false, failure{
			expected: "the check to run to its end",
			actual:   fmt.Sprintf("it panicked, which is a defect of the suite: %v\n%s", p, debug.Stack()),
			unable:   true,
		})
	}
	if late := func(f failure) bool { return f.late }; slices.ContainsFunc(c.failures, late) {
		c.failures, c.blocked = slices.DeleteFunc(c.failures, late), whyEnded(c.run.ctx).Error()
		c.run.ledger.cut(c.blocked)
	}
	e := c.outcome()
	c.run.ledger.add(e)
	if e.outcome == blocked || e.outcome == skipped {
		c.t.SkipNow()
	}
}

// outcome prints how the check ended.
func (c *Check) outcome() entry {
	e := entry{test: c.t.Name(), obligation: c.o.Says}
	for _, f := range c.failures {
		e.found = append(e.found, f.sight(c))
		e.security = e.security || f.opens(c.o.Security)
	}
	out := c.t.Output()
	for _, r := range c.remarks {
		say(out, "remark: %s\n", r)
	}
	switch {
	case len(c.failures) > 0 && c.o.Advice != "" && !c.run.strict:
		e.outcome, e.detail = advised, c.o.Advice
		attr(c.t, "advice", message.OneLine(c.o.Says+" Not so in "+c.o.Advice+"."))
		say(out, "%s", lines(c.text()))
	case len(c.failures) > 0:
		e.outcome, e.detail = failed, firstLine(c.failures[0].actual)
		if e.security {
			attr(c.t, "severity", "security")
		}
		say(out, "%s", lines(c.text()))
		c.t.Fail()
	case c.blocked != "":
		e.outcome, e.detail = blocked, c.blocked
		say(out, "not run: %s\n", c.blocked)
	case c.skipped != "":
		e.outcome, e.detail = skipped, c.skipped
		say(out, "skipped: %s\n", c.skipped)
	default:
		e.outcome = passed
		say(out, "met: %s\n", c.o.Says)
	}
	return e
}

// Skip ends the check: it does not apply to this environment.
func (c *Check) Skip(reason string) {
	c.skipped = reason
	panic(ended{})
}

// Block ends the check: something is missing that it cannot do without, so
// that the run as a whole is incomplete.
func (c *Check) Block(reason string) {
	c.blocked = reason
	panic(ended{})
}

// Env is the environment under test.
func (c *Check) Env() *Environment { return c.run.env }

// Context ends when the check's time is over or the run was interrupted.
func (c *Check) Context() context.Context { return c.ctx }

// Note keeps a fact about the deployment for the report, such as a version.
func (c *Check) Note(key, value string) { c.run.ledger.note(key, value) }
