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
	// results are what the checks found.
	results *results
	options Options
	started time.Time
	ctx     context.Context
	strict  bool
	// diagnose finds causes; nil finds none.
	diagnose      Diagnose
	preconditions preconditions.Preconditions
	// rounds counts how often each check was begun, and which have ended.
	rounds rounds
	// plan is set where the checks are only listed.
	plan *plan
	// localCA is the PEM of the local deployment's authority.
	localCA []byte
	// addresses stand in for those of DNS, where the deployment is local.
	addresses []string
	// printed and saved are what the checks took of the run's output and evidence.
	printed, saved allowance
	// lists are those of Kubernetes objects that were asked for.
	lists sync.Map
	// stuck is set where checks did not end when the run was stopped.
	stuck atomic.Bool
	// closeLocal ends a local deployment.
	closeLocal func()
	// flaps are requests that were answered differently when they were asked again,
	// on no check's account.
	flapping sync.Mutex
	flaps    []flap
	// serviceAddress replaces the cluster's DNS for a local deployment.
	serviceAddress func(service string) (string, bool)
	// invariants hold of every answer.
	invariants *invariants.Watch
	// served are the probes that Muster has.
	served served
}

// newRun is a run on that environment, which nothing is asked with yet.
func newRun(ctx context.Context, env *Environment, o Options) *run {
	r := &run{results: newResults(), ctx: ctx, options: o, started: time.Now()}
	r.Access = preconditions.Access{Env: env, Fact: r.results.fact}
	return r
}

// current is set by Main before any check starts; go test has no other way to
// hand something to a test function.
var current *run

// Diagnose finds the causes that explain what the checks of a run found.
type Diagnose func(checks []*verdict.Check) []verdict.Diagnosis

func (r *run) keepFlap(method, path string, first, then int) {
	r.flapping.Lock()
	defer r.flapping.Unlock()
	r.flaps = append(r.flaps, flap{method, path, first, then})
}
