package runner

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/lsst-sqre/muster/validation/runner/history"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// execute carries out a run. A run that is cancelled while it waits for its
// turn is answered, but neither stored nor announced: otherwise clients that
// leave would push real runs out of the history.
func (r *Runner) execute(a *active) {
	defer a.cancel(nil)
	acquired := r.suiteSlot.Acquire(a.ctx, 1) == nil
	if acquired {
		defer r.suiteSlot.Release(1)
	}
	if !acquired || !r.markStarted(a) {
		r.end(a, r.conclude(a, verdict.NewStream(), nil, context.Cause(a.ctx)))
		return
	}
	for _, o := range r.observers {
		if o, ok := o.(starter); ok {
			o.Started()
		}
	}
	r.log.Info("run started", "run", a.ID, "trigger", a.Trigger, "pattern", a.Pattern)
	run := r.validate(a)
	r.history.Append(run)
	for _, o := range r.observers {
		o.Observe(run)
	}
	r.log.Info("run ended", "run", run.ID, "verdict", run.Report.Verdict, "seconds", run.Report.Seconds,
		"headline", run.Report.Headline())
	r.end(a, run)
}

// markStarted sets the time of the start, because the run may have waited. It
// returns false if the run was cancelled meanwhile.
func (r *Runner) markStarted(a *active) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	a.begun = r.now() // it may have waited
	a.Started = a.begun.UTC()
	return a.ctx.Err() == nil
}

// end gives the result to the waiting clients.
func (r *Runner) end(a *active, run history.Run) {
	r.mu.Lock()
	a.Ended, a.Stopped, a.Report = run.Ended, run.Stopped, run.Report
	r.underWay = slices.DeleteFunc(r.underWay, func(other *active) bool { return other == a })
	r.mu.Unlock()
	close(a.ended)
}

// validate runs the suite and returns the result.
func (r *Runner) validate(a *active) history.Run {
	r.revokeLeftovers(a.ctx)
	deadline := time.AfterFunc(r.cfg.Timeout, func() {
		a.cancel(fmt.Errorf("it took longer than %s (MUSTER_RUNNER_TIMEOUT)", r.cfg.Timeout))
	})
	stream, err := r.suite.run(a.ctx, a.rawPattern, func(c verdict.Change) { r.tell(a, c) })
	cause := context.Cause(a.ctx)
	deadline.Stop()
	run := r.conclude(a, stream, err, cause)
	// The suite may have been killed. The run's context may have ended, too.
	r.revokeLeftovers(context.WithoutCancel(a.ctx))
	return run
}

// conclude adds the report to the run; cause is why the run was cancelled, if so.
func (r *Runner) conclude(a *active, stream *verdict.Stream, err, cause error) history.Run {
	run := a.Run
	run.Ended = run.Started.Add(r.now().Sub(a.begun))
	run.Report = stream.Run(err)
	run.Report.Started, run.Report.Seconds = run.Started, run.Ended.Sub(run.Started).Seconds()
	if cause != nil {
		run.Report.Verdict = verdict.Incomplete
		run.Report.Problems = slices.Insert(run.Report.Problems, 0, "the run was ended early: "+cause.Error())
		if errors.Is(cause, errStopped) || errors.Is(cause, errLeft) {
			run.Stopped = cause.Error()
		}
	}
	return run
}

// tell records a change for the clients that follow the run.
func (r *Runner) tell(a *active, c verdict.Change) {
	r.mu.Lock()
	defer r.mu.Unlock()
	a.changes = append(a.changes, step{c, r.now()})
	close(a.news)
	a.news = make(chan struct{})
}
