package suite

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lsst-sqre/muster/validation/invariants"
	"github.com/lsst-sqre/muster/validation/preconditions"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// run is the state that all checks of one process share.
type run struct {
	preconditions.Access
	// results collects what the checks find.
	results *results
	options Options
	started time.Time
	ctx     context.Context
	strict  bool
	// diagnose finds the causes of failures; nil finds none.
	diagnose      Diagnose
	preconditions preconditions.Preconditions
	// rounds counts how often each check has begun and which have ended.
	rounds rounds
	// plan is set if the checks are only listed.
	plan *plan
	// localCA is the PEM of the local deployment's authority.
	localCA []byte
	// addresses replace those of DNS for a local deployment.
	addresses []string
	// printed and saved count what the checks took of the run's output and
	// evidence.
	printed, saved allowance
	// lists holds the lists of Kubernetes objects that were read.
	lists sync.Map
	// stuck is set if checks did not end when the run was stopped.
	stuck atomic.Bool
	// closeLocal ends a local deployment.
	closeLocal func()
	// flaps are requests whose second answer differed from the first. They belong
	// to no check.
	flapping sync.Mutex
	flaps    []flap
	// serviceAddress replaces the cluster's DNS for a local deployment.
	serviceAddress func(service string) (string, bool)
	// invariants hold of every answer.
	invariants *invariants.Watch
	// served are the probes that Muster has.
	served served
}

// newRun returns a run on the environment, before its first request.
func newRun(ctx context.Context, env *Environment, o Options) *run {
	r := &run{results: newResults(), ctx: ctx, options: o, started: time.Now()}
	r.Access = preconditions.Access{Env: env, Fact: r.results.fact}
	return r
}

// current is set by Main before any check starts, because go test has no other
// way to hand something to a test function.
var current *run

// Diagnose finds the causes that explain what the checks of a run found.
type Diagnose func(checks []*verdict.Check) []verdict.Diagnosis

func (r *run) keepFlap(method, path string, first, then int) {
	r.flapping.Lock()
	defer r.flapping.Unlock()
	r.flaps = append(r.flaps, flap{method, path, first, then})
}
