package diagnoses

import (
	"maps"
	"slices"
	"strings"

	"github.com/lsst-sqre/muster/validation/verdict"
)

// marked applies to each rule of a group what all of them share.
func marked(group []rule, mark func(*rule)) []rule {
	group = slices.Clone(group)
	for i := range group {
		mark(&group[i])
	}
	return group
}

func isHole(r *rule) { r.hole = true }

func isWide(r *rule) { r.wide = true }

// complete adds the failed checks that the diagnosis explains, and its subject
// if the symptoms lack one.
func (r rule) complete(d *verdict.Diagnosis, results map[string]*verdict.Check) {
	if r.hole && d.Object == "" {
		d.Object = openObject(results)
	}
	if r.hole && d.About() == "" {
		d.Path = pathOf(d.Seen, results)
	}
	for _, name := range slices.Sorted(maps.Keys(results)) {
		c := results[name]
		if c.Outcome == verdict.OutcomeFail && (d.Cites(name) || r.folds(c, *d) || r.follow(c, *d, results)) {
			d.Explains = append(d.Explains, name)
		}
	}
}

// openObject is the object of which the sweep over all objects found that it lets
// callers in, where it is the only one or hides behind another.
func openObject(results map[string]*verdict.Check) string {
	c := results["TestSweep"]
	if c == nil || c.Outcome != verdict.OutcomeFail {
		return ""
	}
	var answered []string
	for _, f := range c.Findings {
		if f.Hole && f.Object != "" {
			return f.Object
		}
		if f.Code == verdict.CodeStatus && strings.HasPrefix(f.Args["got"], "2") {
			answered = append(answered, f.Object) // "" for what is summed up
		}
	}
	if len(answered) == 1 {
		return answered[0]
	}
	return ""
}

// beside is the one object of which checks that show the cause from another side
// found something.
func (r rule) beside(results map[string]*verdict.Check) (object string) {
	for _, name := range r.also {
		c := results[name]
		if c == nil || c.Outcome != verdict.OutcomeFail {
			continue
		}
		for _, f := range c.Findings {
			if f.Object == "" || object != "" && object != f.Object {
				return ""
			}
			object = f.Object
		}
	}
	return object
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

// folds reports whether a failed check that the diagnosis does not cite shows
// the same cause, because its first finding is one of the symptoms. An outage
// explains every finding of a request. Only a hole explains a hole, or a cause that
// makes others uncertain and names its check.
func (r rule) folds(c *verdict.Check, d verdict.Diagnosis) bool {
	named := slices.Contains(r.also, c.Name) || slices.Contains(r.masks, c.Name)
	if len(c.Findings) == 0 || c.Security && !r.hole && (!named || r.first == "") {
		return false
	}
	if named {
		return true
	}
	first := c.Findings[0]
	if r.declared != first.Declared || r.declared && first.Path != d.Path {
		return false
	}
	if r.wide {
		return first.Object == ""
	}
	return slices.ContainsFunc(r.symptoms, func(s symptom) bool { return s.reason.Code != "" && s.is(first) })
}

// settings reports whether all findings of a check are of what stands in objects: a
// cause that explains them is the one that these are read for.
func settings(c *verdict.Check) bool {
	return !slices.ContainsFunc(c.Findings, func(f verdict.Finding) bool {
		return f.Code != verdict.CodeDifference && f.Code != verdict.CodeSetting
	})
}
