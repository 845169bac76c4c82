package runner

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/runner/history"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// Runner runs the validation. Make one with New.
type Runner struct {
	cfg       Config
	log       *slog.Logger
	suite     *suite
	history   *history.History
	own       *observers // of the configuration
	observers []observer // these, and others
	now       func() time.Time

	// running ends when the runner is stopped, with the reason as its cause.
	running context.Context
	stop    context.CancelCauseFunc
	work    sync.WaitGroup

	// suiteSlot is held while the suite is running.
	suiteSlot *semaphore.Weighted

	mu sync.Mutex
	// underWay are the runs that have not ended, the oldest first. Only the last
	// may be joined: the others are being stopped. At most one has begun; the
	// others wait for it.
	underWay []*active
	// next is when the schedule starts a run; zero: never.
	next time.Time
}

// active is a run in progress. The runner's mutex guards its members, except
// those that never change: its ID, trigger and pattern, ctx and the two ends.
type active struct {
	history.Run
	begun time.Time // with the monotonic clock
	// rawPattern is the pattern as it was requested. The Run has a redacted one
	// for everybody.
	rawPattern string
	// ctx ends when the run must end early, with the reason as its cause.
	ctx    context.Context
	cancel context.CancelCauseFunc
	// changes are all changes so far. news is closed at the next one, and ended
	// when the run is over and stored, if it ever began.
	changes     []step
	news, ended chan struct{}
	// waiters wait for the result. detached says that the run goes on without
	// them.
	waiters  int
	detached bool
}

// step is a change and its time.
type step struct {
	verdict.Change
	at time.Time
}

// Reasons why a run is ended before its deadline.
var (
	errStopped = errors.New("the runner was stopped")
	errLeft    = errors.New("all clients that waited for the run left")
)

// busyError says that another run is in progress.
type busyError struct {
	run    *active
	reason string
}

// Error implements error.
func (e *busyError) Error() string { return "run " + e.run.ID + " is in progress" + e.reason }

// New returns a runner. Zero fields of cfg stand for their defaults. A bad
// value is an error that names its environment variable. log may be nil. cfg's
// observers see each run first, then the others, in this order.
func New(cfg Config, log *slog.Logger, others ...observer) (*Runner, error) {
	cfg = cfg.withDefaults()
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	own, err := newObservers(cfg, log)
	if err != nil {
		return nil, err
	}
	r := &Runner{
		cfg: cfg, log: log, own: own, observers: append(own.all, others...), now: time.Now,
		suiteSlot: semaphore.NewWeighted(1),
		suite:     &suite{cfg: cfg, journals: tokenJournals(cfg)},
		history:   history.Open(cfg.Store, cfg.Keep, log),
	}
	r.running, r.stop = context.WithCancelCause(context.Background())
	for _, o := range r.observers {
		if o, ok := o.(resumer); ok {
			o.Resume(r.history.Backward())
		}
	}
	return r, nil
}

// runRequest describes a run to start or to join.
type runRequest struct {
	trigger, pattern string
	// exclusive: do not join a run in progress.
	exclusive bool
	// detached: let the run go on without waiters.
	detached bool
}

// begin starts a run, or joins the one in progress. It does not join a run that is
// being stopped: the new run starts when that has ended. The caller must leave the
// run.
func (r *Runner) begin(req runRequest) (a *active, joined bool, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.running.Err() != nil {
		return nil, false, context.Cause(r.running)
	}
	a = r.latest()
	switch {
	case a == nil:
	case req.exclusive:
		return nil, false, &busyError{run: a}
	case a.ctx.Err() != nil:
	case req.pattern != a.rawPattern:
		return nil, false, &busyError{run: a, reason: " with another pattern"}
	default:
		a.waiters++
		a.detached = a.detached || req.detached
		return a, true, nil
	}
	a = r.activate(req)
	r.underWay = append(r.underWay, a)
	r.work.Go(func() { r.execute(a) })
	return a, false, nil
}

// activate makes a run.
func (r *Runner) activate(req runRequest) *active {
	begun := r.now()
	a := &active{
		Run: history.Run{
			ID: r.history.NewID(begun), Trigger: req.trigger, Pattern: gafaelfawr.Redact(req.pattern), Started: begun.UTC(),
		},
		begun: begun, rawPattern: req.pattern, news: make(chan struct{}), ended: make(chan struct{}),
		waiters: 1, detached: req.detached,
	}
	a.ctx, a.cancel = context.WithCancelCause(r.running)
	return a
}

// latest returns the run that may be joined unless it is being stopped, or nil
// if none is in progress. The mutex must be held.
func (r *Runner) latest() *active {
	if len(r.underWay) == 0 {
		return nil
	}
	return r.underWay[len(r.underWay)-1]
}

// leave removes one waiter, and cancels the run if none is left and the run is not
// detached.
func (r *Runner) leave(a *active) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if a.waiters--; a.waiters == 0 && !a.detached {
		a.cancel(errLeft)
	}
}

// find returns the run with the id if it is in progress, or nil.
func (r *Runner) find(id string) *active {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, a := range r.underWay {
		if a.ID == id {
			return a
		}
	}
	return nil
}

// look returns the current state of a run. It may have ended.
func (r *Runner) look(a *active) (history.Run, []step) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return a.Run, slices.Clone(a.changes)
}

// everything returns the runs in progress and the stored runs, the newest
// first, and the store's errors.
func (r *Runner) everything() (underWay []history.Run, ended []*history.Stored, storeErrors []string) {
	r.mu.Lock()
	for _, a := range slices.Backward(r.underWay) {
		underWay = append(underWay, a.Run)
	}
	r.mu.Unlock()
	// A run is stored before it leaves underWay, so it may be in both lists, but
	// never in none.
	ended, storeErrors = r.history.List()
	underWay = slices.DeleteFunc(underWay, func(run history.Run) bool {
		return slices.ContainsFunc(ended, func(k *history.Stored) bool { return k.ID == run.ID })
	})
	return underWay, ended, storeErrors
}

func (r *Runner) nextRun() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.next
}
