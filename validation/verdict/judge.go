package verdict

// Verdicts of a run.
const (
	Pass = "pass"
	Fail = "fail"
	// Incomplete says that the run tells little about the deployment, whatever
	// passed or failed.
	Incomplete = "incomplete"
)

// ExitCode returns the exit code for the verdict: 0 for pass, 1 for fail, 2 for
// incomplete and anything else.
func ExitCode(verdict string) int {
	switch verdict {
	case Pass:
		return 0
	case Fail:
		return 1
	}
	return 2
}

// Judge counts the checks and sets the verdict. known is the verdict from elsewhere:
// Fail if something failed outside of checks, Incomplete if checks did not run
// that should have. It can only make the verdict worse.
func (r *Run) Judge(known string) {
	r.Counts = map[string]int{}
	for _, c := range r.Checks {
		r.Counts[c.Outcome]++
	}
	switch {
	case known == Incomplete, r.verified() == 0, r.Counts[OutcomeError]+r.Counts[OutcomeBlocked] > 0:
		r.Verdict = Incomplete
	case known == Fail, r.Counts[OutcomeFail] > 0:
		r.Verdict = Fail
	default:
		r.Verdict = Pass
	}
}

// verified returns the number of checks that judged the deployment.
func (r *Run) verified() int {
	return r.Counts[OutcomePass] + r.Counts[OutcomeFail] + r.Counts[OutcomeAdvice]
}

// worseVerdict joins two verdicts. Any other word counts as incomplete.
func worseVerdict(a, b string) string {
	rank := map[string]int{"": 0, Pass: 1, Fail: 2}
	for _, v := range []string{a, b} {
		if _, known := rank[v]; !known {
			return Incomplete
		}
	}
	if rank[a] > rank[b] {
		return a
	}
	return b
}
