package suite

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/client"
	"github.com/lsst-sqre/muster/validation/environment"
	"github.com/lsst-sqre/muster/validation/verdict"
)

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
	// result is what the run says of the check.
	result *verdict.Check
	// skipped and blocked are reasons why the check did not run: it does not
	// apply here, or something that it cannot do without is missing.
	skipped, blocked string
	// lacksMuster says that it was skipped because no Muster reports what reached it.
	lacksMuster bool
	// unproven is what the check could not try, by the reason.
	unproven map[string][]string
	// remarks are printed whatever the outcome.
	remarking sync.Mutex
	remarks   []string
	// namespaces are those that failures concern.
	namespaces []string
	// closed are what the account may not read of what the check judges.
	closed []string
	// forbidden says that the check ended because nothing of that may be read.
	forbidden bool
	// lists of Kubernetes objects that were asked for: those of the run.
	lists *sync.Map
	// cleanups undo what the check made, the last first.
	cleanups []func(context.Context) error
}

// ended is what the methods that end a check early panic with.
type ended struct{}

// Cleanup has something undone when the check ends, however it ends. What
// cannot be removed fails the run.
func (c *Check) Cleanup(undo func(context.Context) error) { c.cleanups = append(c.cleanups, undo) }

// Remark is printed with the outcome, whatever it is.
func (c *Check) Remark(format string, args ...any) {
	c.remarking.Lock()
	defer c.remarking.Unlock()
	if text := fmt.Sprintf(format, args...); !slices.Contains(c.remarks, text) {
		c.remarks = append(c.remarks, text)
	}
}

// Skip ends the check: it does not apply to this environment.
func (c *Check) Skip(reason string) {
	c.skipped = reason
	panic(ended{})
}

// skipForMuster ends the check: it needs a Muster that reports what reached it.
func (c *Check) skipForMuster(reason string) {
	c.lacksMuster = true
	c.Skip(reason)
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

// Fact keeps a fact about the deployment for the report, such as a version.
func (c *Check) Fact(key, value string) { c.run.results.fact(key, value) }

// require blocks the check where the precondition does not hold.
func (c *Check) require(p *precondition) {
	// It is tried for the whole run, so it must not end with this check.
	if err := p.verify(c.run.ctx); err != nil {
		c.Block(err.Error())
	}
}

// record files a failure, and returns false.
func (c *Check) record(f failure) bool {
	f.Expected, f.Actual = gafaelfawr.Excerpt(f.Expected, textLimit), gafaelfawr.Excerpt(f.Actual, textLimit)
	for name, value := range f.Args {
		f.Args[name] = gafaelfawr.Excerpt(value, textLimit)
	}
	f.late = c.run.ctx.Err() != nil
	// What was asked for may be in order.
	f.Unable = f.Unable || f.Code == verdict.CodeConnectionLost || f.Code == verdict.CodeLimited
	if f.about != nil {
		f.Path, f.Declared = c.pathOf(f.about)
		f.Declared = f.Declared && !f.Unable // what was not tried says nothing of a path
	}
	if !slices.ContainsFunc(c.failures, f.same) {
		c.failures = append(c.failures, f)
	}
	return false
}

// pathOf is the path that an answer is about, and whether the environment
// declares it as another application's: it says nothing of the whole deployment.
func (c *Check) pathOf(about *client.Response) (path string, declared bool) {
	others := c.run.env.Protected
	if c.run.env.Muster.Deployed == NoMuster && len(others) > 0 {
		others = others[1:] // the first stands for all
	}
	path, _, _ = strings.Cut(about.Request.Target.Path, "?")
	return path, slices.ContainsFunc(others, func(p environment.Target) bool { return p.Path == path })
}

// unable ends the check, which failed before it came to what it is about.
func (c *Check) unable(expected, actual string, reason ...Reason) {
	f := failure{Finding: finding(expected, actual, reason...)}
	f.Unable = true
	c.record(f)
	panic(ended{})
}

// Concerns names a namespace in which evidence is to be gathered if the check
// fails.
func (c *Check) Concerns(namespace string) {
	if namespace != "" && !slices.Contains(c.namespaces, namespace) {
		c.namespaces = append(c.namespaces, namespace)
	}
}
