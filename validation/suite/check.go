package suite

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"path"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lsst-sqre/muster/validation/client"
	"github.com/lsst-sqre/muster/validation/findings"
	"github.com/lsst-sqre/muster/validation/message"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// checkTimeout bounds one check with all its requests.
const checkTimeout = 60 * time.Second

// Run runs one check, in parallel with the others.
func Run(t *testing.T, o Obligation, body func(*Check)) {
	t.Helper()
	c := &Check{Recorder: findings.NewRecorder(current.ctx, current.Env), t: t, run: current, o: o,
		round: current.rounds.of(t.Name()), lists: &current.lists}
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
		cancel() // no request is sent
	}
	ctx = client.OnFlap(ctx, func(method, path string, first, then int) {
		c.Flapped(nil, method, path, first, then)
	})
	c.equip(client.OnRetry(ctx, func(text string) { c.Remark("%s", text) }))
	current.results.start()
	defer c.planned()
	defer c.finish()
	defer c.cleanUp()
	c.begin()
	body(c)
}

// area names the file that calls Run: challenge for challenge_test.go.
func area() string {
	_, file, _, _ := runtime.Caller(2)
	return strings.TrimSuffix(strings.TrimSuffix(path.Base(file), ".go"), "_test")
}

func (c *Check) begin() {
	if c.run.ctx.Err() != nil {
		c.Block(client.WhyEnded(c.run.ctx).Error())
	}
	for _, f := range c.o.Needs {
		if !c.run.Env.Has(f) {
			c.Skip(fmt.Sprintf("environment %q does not declare the feature %s", c.run.Env.Name, f))
		}
	}
	if c.o.Writes && !c.run.options.Write {
		c.Skip("it makes objects in the cluster, which only -write allows")
	}
}

// Pause waits for what depends on the time. The check goes on sooner if the run ends.
func (c *Check) Pause(d time.Duration) {
	select {
	case <-c.ctx.Done():
	case <-time.After(d):
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

// finish prints and records the outcome. It is deferred, because a panic of the
// body must neither end the process nor lose tokens.
func (c *Check) finish() {
	c.Recover(recover(), debug.Stack())
	if aborted := c.Conclude(); aborted != "" {
		c.run.results.abort(aborted)
	}
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

// judge fills in the result.
func (c *Check) judge() {
	r := c.result
	c.remarkKnown()
	known, isKnown := c.known()
	weaknesses, others := c.byWeakness()
	// A real failure of an advice check stands before its known weakness.
	c.failures = slices.Concat(others, weaknesses)
	for _, f := range c.failures {
		if f.About != nil {
			f.Request = c.run.Client.Curl(*f.About)
		}
		r.Findings = append(r.Findings, f.Finding)
		r.Security = r.Security || f.Opens(c.o.Security) && !c.weakness(f)
	}
	unread := c.Found().Unread
	for _, what := range unread {
		c.Remark("not verified: %s", what)
	}
	found := c.Found()
	r.Remarks = found.Remarks
	switch {
	case len(c.failures) > 0 && len(others) == 0:
		r.Outcome, r.Advice = verdict.OutcomeAdvice, c.o.Advice
		r.Message = c.o.Says + " Not so in " + c.o.Advice + "."
	case len(c.failures) > 0 && isKnown:
		r.Outcome, r.Message = verdict.OutcomeAdvice, c.knownMessage(known)
	case len(c.failures) > 0:
		r.Outcome = verdict.OutcomeFail
	case found.Blocked != "":
		r.Outcome, r.Message = verdict.OutcomeBlocked, found.Blocked
	case len(unread) > 0 && !c.run.Env.Kubernetes.Restricted && found.Skipped == "":
		r.Outcome, r.Message = verdict.OutcomeBlocked, "only a part was verified: "+strings.Join(unread, "; ")
	case found.Skipped != "":
		r.Outcome, r.Message, r.Remedy = verdict.OutcomeSkip, found.Skipped, c.remedy()
	default:
		r.Outcome = verdict.OutcomePass
	}
	if len(c.failures) > 0 {
		c.gatherEvidence()
	}
}

// weakness reports whether a failure is the known weakness of an advice check:
// something reaches the application. Any other failure, such as a lost request
// or another status, counts as usual. With -strict the weakness counts, too.
func (c *Check) weakness(f findings.Failure) bool {
	atApplication := f.Code == verdict.CodeHeaderUnexpected && f.Args["at"] == verdict.Application
	return c.o.Advice != "" && !c.run.strict && !f.Unable && (atApplication || f.Code == verdict.CodeTokenLeaked)
}

// byWeakness separates the failures that are the known weakness from the
// others.
func (c *Check) byWeakness() (weaknesses, others []findings.Failure) {
	for _, f := range c.Found().Failures {
		if c.weakness(f) {
			weaknesses = append(weaknesses, f)
		} else {
			others = append(others, f)
		}
	}
	return weaknesses, others
}

// print shows a person how the check ended.
func (c *Check) print() {
	var out strings.Builder
	for _, r := range c.result.Remarks {
		message.Say(&out, "remark: %s\n", r)
	}
	switch c.result.Outcome {
	case verdict.OutcomeFail, verdict.OutcomeAdvice:
		message.Say(&out, "%s", message.Lines(c.text()))
	case verdict.OutcomeBlocked:
		message.Say(&out, "not run: %s\n", c.result.Message)
	case verdict.OutcomeSkip:
		message.Say(&out, "skipped: %s\n", c.result.Message)
	default:
		message.Say(&out, "passed: %s\n", c.o.Says)
	}
	text := verdict.Shorten(out.String(), c.run.printed.take(out.Len(), runOutput, leastOutput))
	_, _ = io.WriteString(c.t.Output(), text) // as package testing does
}

// report writes the result for a program, if one reads the output.
func (c *Check) report() {
	if !eventsWanted() {
		return
	}
	fitting := *c.result
	fitting.Findings = c.run.printed.fitting(fitting.Findings)
	for _, a := range fitting.WireAttributes() {
		c.t.Attr(a.Key, a.Value)
	}
}
