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

// Obligation is what a check holds the deployment to.
type Obligation struct {
	// Says is the obligation, one sentence.
	Says string
	// Cause is the probable cause when it is not met, and what to do.
	Cause string
	// Needs are features that the environment must declare.
	Needs []Feature
	// Security reports that callers get in who must not where it is not met: such
	// failures come first in the report.
	Security bool
	// Writes reports that the check makes objects in the cluster: it runs only
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
	*findings.Recorder
	*answers.Sender
	*cluster.Cluster
	*sweep.Sweeper
	t   *testing.T
	run *run
	ctx context.Context
	o   Obligation
	// round is empty, and -2 and so on where -count or -cpu repeats the check: it
	// tells the identities of the rounds apart.
	round string
	// failures are those that judge found, in the order in which they are told.
	failures []findings.Failure
	// result is what the run says of the check.
	result *verdict.Check
	// lacksMuster says that it was skipped because no Muster reports what reached it.
	lacksMuster bool
	// lists of Kubernetes objects that were asked for: those of the run.
	lists *sync.Map
	// cleanups undo what the check made, the last first.
	cleanups []func(context.Context) error
}

// equip gives the check what it records with, and what it asks with.
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

// Cleanup has something undone when the check ends, however it ends. What
// cannot be removed fails the run.
func (c *Check) Cleanup(undo func(context.Context) error) { c.cleanups = append(c.cleanups, undo) }

// skipForMuster ends the check: it needs a Muster that reports what reached it.
func (c *Check) skipForMuster(reason string) {
	c.lacksMuster = true
	c.Skip(reason)
}

// unverified keeps that a part of what the check is about could not be verified.
func (c *Check) unverified() {
	if c.t != nil { // -wait looks outside of any check
		c.run.results.unverified(c.t.Name())
	}
}

// Env is the environment under test.
func (c *Check) Env() *Environment { return c.run.Env }

// Context ends when the check's time is over or the run was interrupted.
func (c *Check) Context() context.Context { return c.ctx }

// Fact keeps a fact about the deployment for the report, such as a version.
func (c *Check) Fact(key, value string) { c.run.results.fact(key, value) }

// require blocks the check where the precondition does not hold.
func (c *Check) require(p *preconditions.Precondition) {
	// It is tried for the whole run, so it must not end with this check.
	if err := p.Verify(c.run.ctx); err != nil {
		c.Block(err.Error())
	}
}
