package suite

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"path"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lsst-sqre/muster/validation/client"
	"github.com/lsst-sqre/muster/validation/message"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// checkTimeout bounds one check, all its requests together.
const checkTimeout = 60 * time.Second

// Run runs one check, in parallel with the others.
func Run(t *testing.T, o Obligation, body func(*Check)) {
	t.Helper()
	c := &Check{t: t, run: current, o: o, round: current.rounds.of(t.Name()), lists: &current.lists}
	c.result = &verdict.Check{
		Name: t.Name(), Area: area(), Obligation: o.Says, Cause: o.Cause, Runbook: runbookSection(t.Name()),
	}
	c.report()
	current.rounds.begin()
	defer current.endRound()
	t.Parallel()
	takes := cmp.Or(o.Takes, checkTimeout)
	ctx, cancel := client.WithBudget(current.ctx, takes, fmt.Errorf("the check took longer than %s", takes))
	defer cancel()
	if current.plan != nil {
		cancel() // nothing is asked
	}
	ctx = client.OnFlap(ctx, func(method, path string, first, then int) {
		c.flapped(nil, method, path, first, then)
	})
	c.ctx = client.OnRetry(ctx, func(text string) { c.Remark("%s", text) })
	current.results.start()
	defer c.planned()
	defer c.finish()
	defer c.cleanUp()
	c.begin()
	body(c)
}

// area is the file that calls Run: challenge of challenge_test.go.
func area() string {
	_, file, _, _ := runtime.Caller(2)
	return strings.TrimSuffix(strings.TrimSuffix(path.Base(file), ".go"), "_test")
}

func (c *Check) begin() {
	if c.run.ctx.Err() != nil {
		c.Block(client.WhyEnded(c.run.ctx).Error())
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

func (c *Check) cleanUp() {
	ctx, cancel := client.WithBudget(context.WithoutCancel(c.ctx), client.Timeout, context.DeadlineExceeded)
	defer cancel()
	for _, undo := range slices.Backward(c.cleanups) {
		if err := undo(ctx); err != nil {
			c.run.results.leftover(fmt.Sprintf("what %s made: %v", c.t.Name(), err))
		}
	}
}

// finish prints and records the outcome; it is deferred, so that a panic of
// the body neither ends the process nor loses the tokens made so far.
func (c *Check) finish() {
	if p := recover(); p != nil && p != any(ended{}) {
		f := failure{Finding: finding("the check to run to its end",
			fmt.Sprintf("it panicked, which is a defect of the suite: %v\n%s", p, debug.Stack()), verdict.Of(verdict.CodePanic))}
		f.Unable = true
		c.record(f)
	}
	if late := func(f failure) bool { return f.late }; slices.ContainsFunc(c.failures, late) {
		c.failures, c.blocked = slices.DeleteFunc(c.failures, late), client.WhyEnded(c.run.ctx).Error()
		c.run.results.abort(c.blocked)
	}
	c.sayNotProven()
	c.judge()
	c.print()
	c.report()
	c.run.results.add(c.result)
	switch c.result.Outcome {
	case verdict.OutcomeFail:
		c.t.Fail()
	case verdict.OutcomeBlocked, verdict.OutcomeSkip:
		c.t.SkipNow()
	}
}

// sayNotProven has a check that could not try a part, and found nothing wrong,
// end without a result.
func (c *Check) sayNotProven() {
	var all []string
	for _, why := range slices.Sorted(maps.Keys(c.unproven)) {
		all = append(all, why+": "+message.Few(c.unproven[why]))
	}
	switch text := "not proven: " + strings.Join(all, "; "); {
	case len(all) == 0:
	case len(c.failures) == 0 && c.blocked == "" && c.skipped == "":
		c.blocked = text
	default:
		c.Remark("%s", text)
	}
}

// judge fills in the result.
func (c *Check) judge() {
	r := c.result
	c.remarkKnown()
	known, isKnown := c.known()
	// What makes an advice check fail stands before the weakness that it is about.
	c.failures = append(c.others(), slices.DeleteFunc(c.failures, func(f failure) bool { return !c.weakness(f) })...)
	for _, f := range c.failures {
		if f.about != nil {
			f.Request = c.run.client.Curl(*f.about)
		}
		r.Findings = append(r.Findings, f.Finding)
		r.Security = r.Security || f.opens(c.o.Security) && !c.weakness(f)
	}
	for _, what := range c.closed {
		c.Remark("not verified: %s", what)
	}
	r.Remarks = c.remarks
	switch {
	case len(c.failures) > 0 && len(c.others()) == 0:
		r.Outcome, r.Advice = verdict.OutcomeAdvice, c.o.Advice
		r.Message = c.o.Says + " Not so in " + c.o.Advice + "."
	case len(c.failures) > 0 && isKnown:
		r.Outcome, r.Message = verdict.OutcomeAdvice, c.knownMessage(known)
	case len(c.failures) > 0:
		r.Outcome = verdict.OutcomeFail
	case c.blocked != "":
		r.Outcome, r.Message = verdict.OutcomeBlocked, c.blocked
	case len(c.closed) > 0 && !c.run.env.Kubernetes.Restricted && c.skipped == "":
		c.blocked = "only a part was verified: " + strings.Join(c.closed, "; ")
		r.Outcome, r.Message = verdict.OutcomeBlocked, c.blocked
	case c.skipped != "":
		r.Outcome, r.Message, r.Remedy = verdict.OutcomeSkip, c.skipped, c.remedy()
	default:
		r.Outcome = verdict.OutcomePass
	}
	if len(c.failures) > 0 {
		c.gatherEvidence()
	}
}

// weakness reports whether a failure is the one that an advice is about: something
// reaches the application. Whatever else fails, such as a request without an answer
// or with another status, is a failure like any; with -strict the weakness is, too.
func (c *Check) weakness(f failure) bool {
	atApplication := f.Code == verdict.CodeHeaderUnexpected && f.Args["at"] == verdict.Application
	return c.o.Advice != "" && !c.run.strict && !f.Unable && (atApplication || f.Code == verdict.CodeTokenLeaked)
}

// others are the failures that are not the weakness of an advice.
func (c *Check) others() []failure {
	return slices.DeleteFunc(slices.Clone(c.failures), c.weakness)
}

// print says for people how the check ended.
func (c *Check) print() {
	out := c.t.Output()
	for _, r := range c.remarks {
		message.Say(out, "remark: %s\n", r)
	}
	switch c.result.Outcome {
	case verdict.OutcomeFail, verdict.OutcomeAdvice:
		message.Say(out, "%s", message.Lines(c.text()))
	case verdict.OutcomeBlocked:
		message.Say(out, "not run: %s\n", c.blocked)
	case verdict.OutcomeSkip:
		message.Say(out, "skipped: %s\n", c.skipped)
	default:
		message.Say(out, "passed: %s\n", c.o.Says)
	}
}

// report says for programs what is known of the check, where one reads.
func (c *Check) report() {
	if !eventsWanted() {
		return
	}
	for _, a := range c.result.WireAttributes() {
		c.t.Attr(a.Key, a.Value)
	}
}
