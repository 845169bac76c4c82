package verdict

import (
	"net/url"
	"slices"
)

// Target names the deployment for people: the local deployment, the
// environment, or the host if the environment has no name of its own.
func (r *Run) Target() string {
	host := r.URL
	if u, err := url.Parse(r.URL); err == nil && u.Host != "" {
		host = u.Host
	}
	switch {
	case r.Local:
		return "the local deployment"
	case host == "":
		return r.Environment
	case r.Environment == "", r.Environment == "environment":
		return host // the chart mounts the file under that name
	}
	return r.Environment + " (" + host + ")"
}

// Explanation is a diagnosis with the failed checks that it explains.
type Explanation struct {
	Diagnosis
	Checks []*Check
}

// Explanations returns the diagnoses, each with the failed checks that it
// explains, and the failed checks without a diagnosis.
func (r *Run) Explanations() (explained []Explanation, rest []*Check) {
	for _, d := range r.Diagnoses {
		explained = append(explained, Explanation{Diagnosis: d})
	}
	for _, c := range r.Failures() {
		at := r.explainedBy(c)
		if at < 0 {
			rest = append(rest, c)
			continue
		}
		explained[at].Checks = append(explained[at].Checks, c)
	}
	return explained, rest
}

// ExplainedBy returns the diagnosis that explains the failed check, or nil.
func (r *Run) ExplainedBy(c *Check) *Diagnosis {
	if at := r.explainedBy(c); at >= 0 {
		return &r.Diagnoses[at]
	}
	return nil
}

func (r *Run) explainedBy(c *Check) int {
	at := slices.IndexFunc(r.Diagnoses, func(d Diagnosis) bool { return d.Cites(c.Name) })
	if at < 0 {
		at = slices.IndexFunc(r.Diagnoses, func(d Diagnosis) bool { return slices.Contains(d.Explains, c.Name) })
	}
	return at
}

// SkippedGroups groups the skipped checks by what would make them run.
func (r *Run) SkippedGroups() []Group {
	return group(r.With(OutcomeSkip), func(c *Check) string {
		if c.Remedy == "" {
			return c.Message
		}
		return "would run " + c.Remedy
	})
}

// Leading returns the failed checks that are worth a reader's time: the first
// of each explanation, and those without one.
func (r *Run) Leading() []*Check {
	explained, rest := r.Explanations()
	var all []*Check
	for _, e := range explained {
		all = append(all, e.Checks[:min(len(e.Checks), 1)]...)
	}
	return append(all, rest...)
}

// Unfinished returns the checks to run again: those that failed, have no result
// or could not run.
func (r *Run) Unfinished() []*Check { return r.With(OutcomeFail, OutcomeError, OutcomeBlocked) }
