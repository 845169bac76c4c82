package suite

import (
	"flag"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lsst-sqre/muster/validation/verdict"
)

// conclude makes a verdict.Run of the results. failed is go test's own view;
// leftovers name what could not be cleaned up.
func (r *run) conclude(failed bool, leftovers []string, took time.Duration) *verdict.Run {
	if repeated := r.Client.Retries.String(); repeated != "" {
		r.results.fact(repeatedFact, repeated)
	}
	if limited := r.Client.Patience.String(); limited != "" {
		r.results.fact(limitedFact, limited)
	}
	if proxy := r.Client.Proxy(); proxy != "" {
		r.results.fact("proxy", proxy)
	}
	r.results.mu.Lock()
	defer r.results.mu.Unlock()
	if n := len(r.results.notVerified); n > 0 {
		r.results.facts["not verified"] = fmt.Sprintf("%d checks, for lack of permissions", n)
	}
	slices.SortFunc(r.results.checks, func(a, b *verdict.Check) int { return strings.Compare(a.Name, b.Name) })
	all := &verdict.Run{
		Schema: verdict.SchemaVersion, Environment: r.Env.Name, Arguments: r.options.arguments,
		URL: r.Env.URL, Local: r.Env.Local, Version: verdict.Version, Started: r.started,
		Requests: int(r.Client.Requests()), Facts: r.results.facts, Seconds: took.Seconds(), Checks: r.results.checks,
		Problems: []string{}, Diagnoses: []verdict.Diagnosis{},
	}
	known := ""
	if failed || len(leftovers) > 0 {
		known = verdict.Fail
	}
	problem := r.results.incomplete(all)
	if problem != "" {
		known, all.Problems = verdict.Incomplete, append(all.Problems, problem)
	}
	all.Judge(known)
	for _, text := range leftovers {
		all.Problems = append(all.Problems, "left behind: "+text)
	}
	if all.Verdict == verdict.Incomplete && len(all.Problems) == 0 {
		all.Problems = append(all.Problems, "every check that was chosen was skipped: nothing was verified")
	}
	if r.diagnose != nil {
		all.Diagnoses = append(all.Diagnoses, r.diagnose(all.Checks)...)
	}
	return all
}

// incomplete returns why the run says little about the deployment: something is
// missing that many checks need. It returns "" if nothing is.
func (r *results) incomplete(all *verdict.Run) string {
	switch {
	case r.started == 0:
		return nothingRan()
	case r.stuck:
		return r.aborted
	}
	if blocked := all.With(verdict.OutcomeBlocked); len(blocked) > 0 {
		return blocked[0].Message
	}
	return r.aborted
}

func nothingRan() string {
	if pattern := flag.Lookup("test.run").Value.String(); pattern != "" {
		return fmt.Sprintf("no check matches -run %s; go test ./validation -list . shows their names", pattern)
	}
	return "no check ran"
}
