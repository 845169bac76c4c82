package diagnoses

import (
	"slices"
	"strings"

	"github.com/lsst-sqre/muster/validation/verdict"
)

// Causes of a route of Muster's that alone answers wrongly.
const (
	onePlace = "{path} answers wrongly, and no other route does: something is set for it alone, such as a snippet in " +
		"its Ingress, another Ingress of the same path, or a rule of a proxy in front. Compare its answers and its " +
		"Ingress with those of another route."
	onePlaceUnedited = "{path} answers wrongly, and no other route does: something is set for it alone, such as a rule " +
		"of a proxy in front. It is not its Ingress, which is as Gafaelfawr's operator makes it. Send the printed request " +
		"to the ingress controller directly."
)

// atOnePlace returns a cause of failed checks that nothing explains, if several of them
// found what is wrong at one route of Muster's and nowhere else.
func atOnePlace(checks []*verdict.Check, causes []verdict.Diagnosis) []verdict.Diagnosis {
	d := verdict.Diagnosis{Rule: onePlace}
	for _, c := range unexplained(checks, causes) {
		for i, f := range c.Findings {
			path, _, _ := strings.Cut(f.Path, "?")
			if !refusedAt(f) || !strings.HasPrefix(path, "/muster/") || d.Path != "" && path != d.Path {
				return nil
			}
			if d.Path = path; i == 0 {
				d.Seen = append(d.Seen, verdict.Evidence{Check: c.Name, Found: quote(f)})
				d.Explains = append(d.Explains, c.Name)
			}
		}
	}
	if len(d.Seen) < 2 {
		return nil
	}
	if slices.ContainsFunc(checks, func(c *verdict.Check) bool {
		return c.Name == "TestOperatorIngresses" && c.Outcome == verdict.OutcomePass
	}) {
		d.Rule = onePlaceUnedited
	}
	d.Text = strings.ReplaceAll(d.Rule, "{path}", d.Path)
	return []verdict.Diagnosis{d}
}

// refusedAt reports whether a finding is about a status that refuses or redirects who
// should be let in, or that should be another. What an answer says in detail is asked at
// few routes, so that one route alone says nothing.
func refusedAt(f verdict.Finding) bool {
	return f.Code == verdict.CodeStatus && !strings.HasPrefix(f.Args["got"], "2")
}

// unexplained are failed checks that no cause explains. Holes have causes of their own.
func unexplained(checks []*verdict.Check, causes []verdict.Diagnosis) (all []*verdict.Check) {
	for _, c := range checks {
		if c.Outcome == verdict.OutcomeFail && !c.Security && !slices.ContainsFunc(causes, func(d verdict.Diagnosis) bool {
			return d.Cites(c.Name) || slices.Contains(d.Explains, c.Name)
		}) {
			all = append(all, c)
		}
	}
	return all
}
