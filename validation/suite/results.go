package suite

import (
	"sync"

	"github.com/lsst-sqre/muster/validation/verdict"
)

// results collects what the checks of a run found. It is safe for concurrent
// use.
type results struct {
	mu      sync.Mutex
	started int
	checks  []*verdict.Check
	// facts are about the deployment and belong into a report, such as the
	// versions found.
	facts map[string]string
	// notVerified are the checks for which, or for a part of which, the account
	// lacks permissions.
	notVerified map[string]bool
	// aborted is why checks did not come to their end, "" if all did.
	aborted string
	// stuck says that checks went on though the run was stopped.
	stuck bool
	// leftovers are what checks made and could not remove, a sentence each.
	leftovers []string
}

// repeatedFact is the fact that requests were sent again.
const repeatedFact = "repeated"

// limitedFact is the fact that something in front limited the client.
const limitedFact = "limited"

func newResults() *results {
	return &results{facts: map[string]string{}, notVerified: map[string]bool{}}
}

func (r *results) start() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.started++
}

func (r *results) add(c *verdict.Check) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.checks = append(r.checks, c)
}

func (r *results) fact(key, value string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.facts[key] = value
}

func (r *results) unverified(check string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.notVerified[check] = true
}

func (r *results) leftover(text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.leftovers = append(r.leftovers, text)
}

// abortStuck is abort where checks go on.
func (r *results) abortStuck(why string) {
	r.abort(why + ", and checks did not end")
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stuck = true
}

func (r *results) abort(why string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.aborted = why
}
