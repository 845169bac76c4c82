package suite

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/lsst-sqre/muster/validation/answers"
	"github.com/lsst-sqre/muster/validation/cluster"
	"github.com/lsst-sqre/muster/validation/findings"
	"github.com/lsst-sqre/muster/validation/preconditions"
	"github.com/lsst-sqre/muster/validation/sweep"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// Obligation is a property that the deployment must have.
type Obligation struct {
	// Says states the obligation in one sentence.
	Says string
	// Cause names the probable cause of a failure and the remedy.
	Cause string
	// Needs are features that the environment must declare.
	Needs []Feature
	// Security reports that a failure lets callers in who must stay out. Such
	// failures come first in the report.
	Security bool
	// Writes reports that the check makes objects in the cluster. It runs only
	// with -write.
	Writes bool
	// Takes bounds the check; zero means a minute.
	Takes time.Duration
	// Advice names the versions of Gafaelfawr that do not meet the obligation. A
	// failure is then a known weakness, which fails the run only with -strict.
	Advice string
}

// Check is one obligation under test. Its methods send requests and record
// findings.
type Check struct {
	*findings.Recorder
	*answers.Sender
	*cluster.Cluster
	*sweep.Sweeper
	t   *testing.T
	run *run
	ctx context.Context
	o   Obligation
	// round is empty for the first round, then -2 and so on when -count or -cpu
	// repeats the check. It makes the identities of the rounds different.
	round string
	// failures are the failures that judge found, in the order in which they are
	// shown.
	failures []findings.Failure
	// result is the check's entry in the run.
	result *verdict.Check
	// lacksMuster says that the check was skipped because no Muster reports what
	// reached it.
	lacksMuster bool
	// lists holds the lists of Kubernetes objects that the run has read.
	lists *sync.Map
	// cleanups undo what the check made, in reverse order.
	cleanups []func(context.Context) error
}

// equip gives the check its recorder, sender and view of the cluster.
func (c *Check) equip(ctx context.Context) {
	r := c.run
	c.ctx = ctx
	ready := func() { c.require(r.preconditions.Front) }
	c.Sender = answers.New(answers.Options{Recorder: c.Recorder, Context: ctx, Environment: r.Env, Client: r.Client,
		Ready: ready, Fact: r.results.fact})
	c.Cluster = cluster.New(cluster.Options{Recorder: c.Recorder, Environment: r.Env, Context: ctx, Run: r.ctx,
		Kube: r.Kube, Ready: func() { c.require(r.preconditions.Kubernetes) }, Lists: c.lists,
		Needs: c.o.Needs, Writes: c.o.Writes, Settle: r.options.Settle, Suffix: r.Tokens.Suffix,
		Unverified: c.unverified, CleanUp: c.Cleanup})
	c.Sweeper = sweep.New(sweep.Options{Recorder: c.Recorder, Sender: c.Sender, Cluster: c.Cluster, Environment: r.Env,
		Context: ctx, Run: r.ctx, Ready: ready, Suffix: r.Tokens.Suffix})
}

// Cleanup runs undo when the check ends, however it ends. The run fails if undo
// fails.
func (c *Check) Cleanup(undo func(context.Context) error) { c.cleanups = append(c.cleanups, undo) }

// skipForMuster ends the check, because it needs a Muster that reports what
// reached it.
func (c *Check) skipForMuster(reason string) {
	c.lacksMuster = true
	c.Skip(reason)
}

// unverified notes that the check could not verify a part of its obligation.
func (c *Check) unverified() {
	if c.t != nil { // -wait looks outside of any check
		c.run.results.unverified(c.t.Name())
	}
}

// Env is the environment under test.
func (c *Check) Env() *Environment { return c.run.Env }

// Context ends when the check's time is over or the run is interrupted.
func (c *Check) Context() context.Context { return c.ctx }

// Fact adds a fact about the deployment to the report, such as a version.
func (c *Check) Fact(key, value string) { c.run.results.fact(key, value) }

// require blocks the check unless the precondition holds.
func (c *Check) require(p *preconditions.Precondition) {
	// The precondition belongs to the whole run, so it must not end with this
	// check.
	if err := p.Verify(c.run.ctx); err != nil {
		c.Block(err.Error())
	}
}
