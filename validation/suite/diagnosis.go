package suite

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lsst-sqre/muster/validation/environment"
)

// diagnosis is one cause that explains what several checks found.
type diagnosis struct {
	// says names the cause and what to do, for a person.
	says string
	// apart tells, where two causes look the same from here, what would tell.
	apart string
	// saw are findings that must all be there; met are checks that must have
	// been met, so that the cause is not a wider one.
	saw []finding
	met []string
	// declared tells that it is of one path that the environment declares under
	// `protected`, which {path} in says stands for; others are of the deployment.
	declared bool
}

// finding is a check that failed, and words of what it found instead; any
// failure where words is empty, and any check where test is.
type finding struct{ test, words string }

// sight is what a check found instead of what it expected.
type sight struct {
	text string
	// path is one of those that the environment declares under protected; ""
	// for all else.
	path string
	// unable tells that it kept the check from trying what it is about.
	unable bool
}

// declared is the path that an answer is about, where the environment declares
// it as another application's: it tells nothing of the deployment as a whole.
func (c *Check) declared(about *Answer) string {
	if about == nil {
		return ""
	}
	others := c.run.env.Protected
	if c.run.env.Muster.Deployed == NoMuster && len(others) > 0 {
		others = others[1:] // the first stands for all
	}
	path, _, _ := strings.Cut(about.Request.Target.Path, "?")
	if !slices.ContainsFunc(others, func(p environment.Target) bool { return p.Path == path }) {
		return ""
	}
	return path
}

// shows reports whether that is what the finding is.
func (f finding) shows(s sight) bool {
	return strings.Contains(s.text, f.words) && (f.words != "" || !s.unable)
}

// explanation is a diagnosis that applies: what a person reads, and the checks
// from which it is read.
type explanation struct {
	text  string
	cites []string
}

// diagnose gives the causes that explain the entries, the first the most
// important: holes before outages, wide causes before narrow ones. A hole that
// none of them explains leads all the same.
func diagnose(entries []entry) []explanation {
	results := map[string]entry{}
	for _, e := range entries {
		results[e.test] = e
	}
	var causes []explanation
	explained := map[string]bool{}
	for _, d := range diagnoses() {
		c, ok := d.explains(results)
		if !ok || slices.ContainsFunc(c.cites, func(test string) bool { return explained[test] }) {
			continue // where a wider cause explains it already, this one says no more
		}
		for _, test := range c.cites {
			explained[test] = true
		}
		causes = append(causes, c)
	}
	return holeFirst(entries, causes)
}

// holeFirst leads, where somebody was let in, or something let out, with the
// first cause that is read from such a check, or says that there is none.
func holeFirst(entries []entry, causes []explanation) []explanation {
	holes := slices.DeleteFunc(slices.Clone(entries), func(e entry) bool { return e.outcome != failed || !e.security })
	if len(holes) == 0 || len(causes) == 0 {
		return causes
	}
	at := slices.IndexFunc(causes, func(c explanation) bool {
		return slices.ContainsFunc(holes, func(e entry) bool { return slices.Contains(c.cites, e.test) })
	})
	if at >= 0 {
		first := causes[at]
		return slices.Insert(slices.Delete(causes, at, at+1), 0, first)
	}
	slices.SortFunc(holes, func(a, b entry) int { return strings.Compare(a.test, b.test) })
	e := holes[0]
	unexplained := explanation{text: "A hole that no known cause explains: this is not so: " + e.obligation + " Seen: " + e.test + " (" + firstLine(e.detail) + ").", cites: []string{e.test}}
	return slices.Insert(causes, 0, unexplained)
}

func (d diagnosis) explains(results map[string]entry) (explanation, bool) {
	var x explanation
	var seen []string
	path := ""
	for _, f := range d.saw {
		e := results[f.test]
		if f.test == "" {
			e = f.anywhere(results)
		}
		at := slices.IndexFunc(e.found, func(s sight) bool {
			return f.shows(s) && (s.path != "") == d.declared && (path == "" || s.path == path)
		})
		wider := d.declared && slices.ContainsFunc(e.found, func(s sight) bool { return s.path == "" && !s.unable })
		if e.outcome != failed || at < 0 || wider {
			return x, false
		}
		path = e.found[at].path
		seen = append(seen, fmt.Sprintf("%s (%s)", e.test, f.quote(e.found[at].text)))
		x.cites = append(x.cites, e.test)
	}
	for _, name := range d.met {
		if results[name].outcome != passed {
			return x, false
		}
	}
	x.text = strings.ReplaceAll(d.says, "{path}", path) + " Seen: " + strings.Join(seen, ", ")
	if len(d.met) > 0 {
		x.text += ", while " + strings.Join(d.met, " and ") + isMet[len(d.met) == 1]
	}
	x.text += "."
	if d.apart != "" {
		x.text += " " + d.apart
	}
	return x, true
}

var isMet = map[bool]string{true: " is met", false: " are met"}

// quote is what a check found, as evidence: a status stands for itself, the
// page that comes with it says no more.
func (f finding) quote(found string) string {
	if strings.HasPrefix(f.words, "status ") {
		return f.words
	}
	return firstLine(found)
}

// anywhere is the first of the checks that found the words.
func (f finding) anywhere(results map[string]entry) entry {
	for _, test := range slices.Sorted(maps.Keys(results)) {
		if e := results[test]; e.outcome == failed && slices.ContainsFunc(e.found, f.shows) {
			return e
		}
	}
	return entry{}
}
