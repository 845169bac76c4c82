package diagnoses

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// argumentLength bounds one argument in a cause.
const argumentLength = 100

// evidenceLength bounds the quotation of one finding.
const evidenceLength = 200

// rule is one cause that explains what several checks found.
type rule struct {
	// says names the cause and the remedy for a person. {path} stands for the
	// path of a declared rule, or of the first finding, and {route} for its route of
	// Gafaelfawr's.
	says string
	// inIngress completes says with what is wrong in the Ingress. If the Ingresses are as
	// Gafaelfawr's operator makes them, the cause says instead that it is not there.
	inIngress string
	// tellApart says how to tell look-alike causes apart.
	tellApart string
	// symptoms are findings that must all be there. The checks of passed must
	// have passed, so that the cause is not a wider one.
	symptoms []symptom
	passed   []string
	// objects are what Kubernetes alone knows of the cause. They stand for the
	// symptoms where the checks of those did not run because no request could be sent.
	objects []symptom
	// declared says that the rule is about one path under `protected`. Other
	// rules are about the deployment.
	declared bool
	// also are checks that show the same cause from another side, follows findings of
	// any check that follow from it.
	also    []string
	follows []symptom
	// masks are checks from which no other cause is read beside this one: what they find
	// then is its consequence.
	masks []string
	// header says that the cause is about the header of the first symptom, and place
	// that it is about one Ingress: what else was found of these follows from it.
	header, place bool
	// paths says that what was found of declared paths follows from the cause, too.
	paths bool
	// open says that applications are reached without asking Gafaelfawr.
	open bool
	// hole and wide hold for all rules of a group: a caller got in, or hardly any
	// request succeeds.
	hole, wide bool
	// edited says that the rule is about the one Ingress that is not as Gafaelfawr's operator
	// makes it: what was found there follows from it, and no other cause is read from it.
	edited bool
	// first marks causes that make causes from single answers uncertain, so that
	// those are held back. Only the first cause of a family is named.
	first string
	// refuted are checks that would fail if the cause were true. If one passed,
	// the rule does not apply. A check that did not run says nothing.
	refuted []string
	// absent are findings that contradict the cause.
	absent []symptom
}

// explains returns the diagnosis of the rule, if the rule applies.
func (r rule) explains(results map[string]*verdict.Check) (verdict.Diagnosis, bool) {
	d := verdict.Diagnosis{Apart: r.tellApart}
	found, ok := r.matches(results)
	if !ok || !r.admitted(results, !slices.ContainsFunc(found, func(m match) bool { return m.Object == "" })) {
		return d, false
	}
	for _, m := range found {
		d.Object = cmp.Or(d.Object, m.Object)
		d.Seen = append(d.Seen, verdict.Evidence{Check: m.check, Found: quote(m.Finding)})
	}
	first := found[0]
	if r.declared {
		d.Path = first.Path
	}
	d.Met = slices.DeleteFunc(slices.Clone(r.passed), func(name string) bool {
		return results[name] == nil || results[name].Outcome != verdict.OutcomePass
	})
	d.Text = strings.ReplaceAll(r.sentence(results), "{path}", cmp.Or(d.Path, first.Args["path"], first.Path))
	d.Text = strings.ReplaceAll(d.Text, "{route}", routeOf(first.Finding))
	for name, value := range first.Args {
		d.Text = strings.ReplaceAll(d.Text, "{"+name+"}", gafaelfawr.Excerpt(value, argumentLength))
	}
	if d.Text != r.says {
		d.Rule = r.says
	}
	r.complete(&d, results)
	return d, true
}

// match is the finding of a check that matches a symptom.
type match struct {
	check string
	verdict.Finding
}

// matches returns a finding for each symptom, and false if one has none. Those of a
// declared rule are about one path.
func (r rule) matches(results map[string]*verdict.Check) (found []match, ok bool) {
	symptoms := r.symptoms
	if len(r.objects) > 0 && !slices.ContainsFunc(symptoms, func(s symptom) bool { return ran(results[s.check]) }) {
		symptoms = r.objects
	}
	path := ""
	for _, s := range symptoms {
		c := results[s.check]
		if s.check == "" {
			c = s.anywhere(results)
		}
		f, ok := r.shown(c, s, path)
		if !ok {
			return nil, false
		}
		if r.declared {
			path = f.Path
		}
		found = append(found, match{c.Name, f})
	}
	return found, len(found) > 0
}

// sentence names the cause, and the place of the fault if that is known.
func (r rule) sentence(results map[string]*verdict.Check) string {
	operator := results["TestOperatorIngresses"]
	switch {
	case r.inIngress == "":
		return r.says
	case operator != nil && operator.Outcome == verdict.OutcomePass:
		return r.says + ", although the Ingress asks as it should: Gafaelfawr itself, or what stands between it and the " +
			"ingress, decides otherwise."
	}
	return r.says + ": " + r.inIngress
}

// admitted reports whether what passed and what did not allows the cause. Where all
// symptoms are of objects, a check that did not run is no objection.
func (r rule) admitted(results map[string]*verdict.Check, ofObjects bool) bool {
	for _, s := range r.absent {
		if s.anywhere(results) != nil {
			return false
		}
	}
	for _, name := range r.refuted {
		if c := results[name]; c != nil && c.Outcome == verdict.OutcomePass {
			return false
		}
	}
	for _, name := range r.passed {
		c := results[name]
		met := c != nil && c.Outcome == verdict.OutcomePass || ofObjects && !ran(c)
		if !met && !(r.hole && !r.declared && slices.Contains(refusals, name) && refused(c)) {
			return false
		}
	}
	return true
}

// refusals are checks that somebody is refused. A hole is not the wider one of theirs if
// nobody was let in, whatever else of the refusal was wrong.
var refusals = []string{
	"TestNoToken", "TestUnscopedToken", "TestUnknownToken", "TestRevokedToken", "TestOnlyServices", "TestProbesRefuse",
	"TestUsername", "TestWrongSecret", "TestForeignHost", "TestMalformedToken", "TestRevocation", "TestEditedScopes",
	"TestTokensOfOthers", "TestForms", "TestTwoAuthorizations",
}

// refused reports whether a check ran and let nobody in.
func refused(c *verdict.Check) bool {
	return ran(c) && !slices.ContainsFunc(c.Findings, func(f verdict.Finding) bool {
		return f.Hole || f.Unable || f.Code == verdict.CodeStatus && strings.HasPrefix(f.Args["got"], "2")
	})
}

// ran reports whether a check came to a verdict.
func ran(c *verdict.Check) bool {
	return c != nil && c.Outcome != verdict.OutcomeSkip && c.Outcome != verdict.OutcomeBlocked &&
		c.Outcome != verdict.OutcomeError
}

// shown returns the finding of the check that matches the symptom. A declared
// rule takes a finding about the path, or about any path if path is "", and
// only if the check found nothing about the deployment as a whole.
func (r rule) shown(c *verdict.Check, s symptom, path string) (verdict.Finding, bool) {
	if c == nil || c.Outcome != verdict.OutcomeFail {
		return verdict.Finding{}, false
	}
	wider := func(f verdict.Finding) bool { return !f.Declared && !f.Unable }
	if r.declared && slices.ContainsFunc(c.Findings, wider) {
		return verdict.Finding{}, false
	}
	at := slices.IndexFunc(c.Findings, func(f verdict.Finding) bool {
		return s.is(f) && f.Declared == r.declared && (path == "" || f.Path == path)
	})
	if at < 0 {
		return verdict.Finding{}, false
	}
	return c.Findings[at], true
}

// anywhere returns the first check that found the symptom.
func (s symptom) anywhere(results map[string]*verdict.Check) *verdict.Check {
	for _, name := range slices.Sorted(maps.Keys(results)) {
		c := results[name]
		if (s.check == "" || s.check == name) && c.Outcome == verdict.OutcomeFail && slices.ContainsFunc(c.Findings, s.is) {
			return c
		}
	}
	return nil
}

// quote returns a finding as evidence. It shortens a status, because the page
// that comes with it says no more.
func quote(f verdict.Finding) string {
	if f.Code == verdict.CodeStatus {
		return "status " + f.Args["got"]
	}
	line, _, _ := strings.Cut(f.Actual, "\n")
	return gafaelfawr.Excerpt(line, evidenceLength)
}
