package suite

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lsst-sqre/muster/validation/verdict"
)

// run is the state that all checks of one process share.
type run struct {
	access
	options Options
	started time.Time
	ctx     context.Context
	strict  bool
	// diagnose finds causes; nil finds none.
	diagnose      Diagnose
	preconditions preconditions
	// rounds counts how often each check was begun.
	rounds sync.Map
	// plan is set where the checks are only listed.
	plan *plan
	// localCA is the PEM of the local deployment's authority.
	localCA []byte
	// addresses stand in for those of DNS, where the deployment is local.
	addresses []string
	// lists are those of Kubernetes objects that were asked for.
	lists sync.Map
	// serviceAddress replaces the cluster's DNS for a local deployment.
	serviceAddress func(service string) (string, bool)
}

// current is set by Main before any check starts; go test has no other way to
// hand something to a test function.
var current *run

// round counts the rounds of a check, which -count and -cpu repeat.
func (r *run) round(test string) string {
	count, _ := r.rounds.LoadOrStore(test, new(atomic.Int64))
	if n := count.(*atomic.Int64).Add(1); n > 1 {
		return "-" + strconv.FormatInt(n, 10)
	}
	return ""
}

// whyEnded names the signal or the deadline that ended a context.
func whyEnded(ctx context.Context) error {
	return fmt.Errorf("the run was ended early: %w", context.Cause(ctx))
}

// Diagnose finds the causes that explain what the checks of a run found.
type Diagnose func(checks []*verdict.Check) []verdict.Diagnosis
