package suite

import (
	"sync"

	"github.com/lsst-sqre/muster/validation/kubernetes"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// results collects what the checks of a run found. It is safe for concurrent
// use.
type results struct {
	mu      sync.Mutex
	started int
	checks  []*verdict.Check
	// facts describe the deployment in the report, for example its versions.
	facts map[string]string
	// notVerified names the checks that lack a permission, for all or a part of
	// their obligation.
	notVerified map[string]bool
	// aborted is why checks did not end regularly, "" if all did.
	aborted string
	// stuck says that checks went on after the run had been stopped.
	stuck bool
	// leftovers name what checks made and could not remove, one sentence each.
	leftovers []string
}

// repeatedFact says that requests were sent again.
const repeatedFact = "repeated"

// removableFact names known failures that passed.
const removableFact = "removable"

// limitedFact says that something in front limited the client.
const limitedFact = "limited"

// TellBesides has the last screen of a failed run say what somebody set at the ingress
// besides Phalanx, because that is often the cause.
func (c *Check) TellBesides(config kubernetes.ConfigMap) {
	if besides := c.SetBesides(config); besides != "" {
		c.Fact(verdict.FactBesides, besides)
	}
}

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

// factAlso adds a name to a fact that is a list.
func (r *results) factAlso(key, name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if before := r.facts[key]; before != "" {
		name = before + ", " + name
	}
	r.facts[key] = name
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

// abortStuck is abort for checks that go on.
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
