package diagnoses

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// argumentLength bounds what a cause repeats of one argument.
const argumentLength = 100

// evidenceLength bounds what is quoted of one finding.
const evidenceLength = 200

// rule is one cause that explains what several checks found.
type rule struct {
	// says names the cause and what to do, for a person; {path} stands for the
	// path that a declared rule is about.
	says string
	// apart says how to tell causes apart that look the same from here.
	apart string
	// saw are findings that must all be there; met are checks that must have
	// been met, so that the cause is not a wider one.
	saw []symptom
	met []string
	// declared says that it is of one path that the environment declares under
	// `protected`; others are of the deployment.
	declared bool
	// also are checks that show the same cause from another side.
	also []string
	// hole and wide are of all rules of a group: somebody is let in, or hardly
	// anything can be asked.
	hole, wide bool
	// first is set of causes after which other causes that are read from single
	// answers are not certain: they are held back. Of two of one family only the
	// first is named.
	first string
	// refuted are checks that contradict the cause where they are met: where it was
	// so, they would be red. Where they did not run, they say nothing.
	refuted []string
}

// explains is the diagnosis of the rule, if it applies.
func (r rule) explains(results map[string]*verdict.Check) (verdict.Diagnosis, bool) {
	d := verdict.Diagnosis{Apart: r.apart, Met: r.met}
	var args map[string]string // of the first finding
	for _, s := range r.saw {
		c := results[s.check]
		if s.check == "" {
			c = s.anywhere(results)
		}
		f, ok := r.shown(c, s, d.Path)
		if !ok {
			return d, false
		}
		if r.declared {
			d.Path = f.Path
		}
		if d.Object == "" {
			d.Object = f.Object
		}
		if args == nil {
			args = f.Args
		}
		d.Seen = append(d.Seen, verdict.Evidence{Check: c.Name, Found: quote(f)})
	}
	for _, name := range r.refuted {
		if c := results[name]; c != nil && c.Outcome == verdict.OutcomePass {
			return d, false
		}
	}
	for _, name := range r.met {
		if c := results[name]; c == nil || c.Outcome != verdict.OutcomePass {
			return d, false
		}
	}
	d.Text = strings.ReplaceAll(r.says, "{path}", cmp.Or(d.Path, args["path"]))
	for name, value := range args {
		d.Text = strings.ReplaceAll(d.Text, "{"+name+"}", gafaelfawr.Excerpt(value, argumentLength))
	}
	r.complete(&d, results)
	return d, true
}

// shown is the finding of the check that the symptom is; of a declared rule one
// of the path, or of any where path is "", and only where the check found nothing
// of the deployment as a whole.
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

// anywhere is the first of the checks that found the symptom.
func (s symptom) anywhere(results map[string]*verdict.Check) *verdict.Check {
	for _, name := range slices.Sorted(maps.Keys(results)) {
		if c := results[name]; c.Outcome == verdict.OutcomeFail && slices.ContainsFunc(c.Findings, s.is) {
			return c
		}
	}
	return nil
}

// quote is a finding as evidence: a status stands for itself, the page that
// comes with it says no more.
func quote(f verdict.Finding) string {
	if f.Code == verdict.CodeStatus {
		return "status " + f.Args["got"]
	}
	line, _, _ := strings.Cut(f.Actual, "\n")
	return gafaelfawr.Excerpt(line, evidenceLength)
}
