package diagnoses

import (
	"maps"
	"slices"

	"github.com/lsst-sqre/muster/validation/verdict"
)

// marked are rules of a group with what all of it have in common.
func marked(group []rule, mark func(*rule)) []rule {
	group = slices.Clone(group)
	for i := range group {
		mark(&group[i])
	}
	return group
}

func isHole(r *rule) { r.hole = true }

func isWide(r *rule) { r.wide = true }

// complete adds what the diagnosis is about, where its symptoms do not say it, and
// which failed checks it explains.
func (r rule) complete(d *verdict.Diagnosis, results map[string]*verdict.Check) {
	if r.hole && d.Object == "" {
		d.Object = openObject(results)
	}
	if r.hole && d.About() == "" {
		d.Path = pathOf(d.Seen, results)
	}
	for _, name := range slices.Sorted(maps.Keys(results)) {
		if c := results[name]; c.Outcome == verdict.OutcomeFail && (d.Cites(name) || r.folds(c, *d)) {
			d.Explains = append(d.Explains, name)
		}
	}
}

// openObject is the first object of which the sweep over all objects found that it
// lets callers in.
func openObject(results map[string]*verdict.Check) string {
	c := results["TestSweep"]
	if c == nil || c.Outcome != verdict.OutcomeFail {
		return ""
	}
	for _, f := range c.Findings {
		if f.Hole && f.Object != "" {
			return f.Object
		}
	}
	return ""
}

// pathOf is the first path that the evidence is about.
func pathOf(seen []verdict.Evidence, results map[string]*verdict.Check) string {
	for _, e := range seen {
		for _, f := range results[e.Check].Findings {
			if f.Path != "" {
				return f.Path
			}
		}
	}
	return ""
}

// folds reports whether a failed check that the diagnosis does not cite shows the
// same cause: its first finding is one of the symptoms. An outage explains whatever
// was found by a request. No hole is explained by what is no hole.
func (r rule) folds(c *verdict.Check, d verdict.Diagnosis) bool {
	if c.Security && !r.hole || len(c.Findings) == 0 {
		return false
	}
	if slices.Contains(r.also, c.Name) {
		return true
	}
	first := c.Findings[0]
	if r.declared != first.Declared || r.declared && first.Path != d.Path {
		return false
	}
	if r.wide {
		return first.Object == ""
	}
	return slices.ContainsFunc(r.saw, func(s symptom) bool { return s.reason.Code != "" && s.is(first) })
}
