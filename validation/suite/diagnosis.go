package suite

import (
	"fmt"
	"maps"
	"slices"
	"strings"
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
}

// finding is a check that failed, and words of what it found instead; any
// failure where words is empty, and any check where test is.
type finding struct{ test, words string }

// explanation is a diagnosis that applies: what a person reads, and the checks
// from which it is read.
type explanation struct {
	text  string
	cites []string
}

// diagnose gives the causes that explain the entries, the first the most
// important: holes before outages, wide causes before narrow ones. A hole that
// no diagnosis explains leads all the same.
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
	if c, ok := unexplainedHole(entries, causes); ok {
		causes = append([]explanation{c}, causes...)
	}
	return causes
}

// unexplainedHole is for a run in which somebody was let in, or something let
// out, while the leading cause is not read from any such check.
func unexplainedHole(entries []entry, causes []explanation) (explanation, bool) {
	holes := slices.DeleteFunc(slices.Clone(entries), func(e entry) bool { return e.outcome != failed || !e.security })
	slices.SortFunc(holes, func(a, b entry) int { return strings.Compare(a.test, b.test) })
	leads := func(e entry) bool { return slices.Contains(causes[0].cites, e.test) }
	if len(holes) == 0 || len(causes) == 0 || slices.ContainsFunc(holes, leads) {
		return explanation{}, false
	}
	e := holes[0]
	return explanation{text: "A hole that no known cause explains: this is not so: " + e.obligation + " Seen: " + e.test + " (" + firstLine(e.detail) + ").", cites: []string{e.test}}, true
}

func (d diagnosis) explains(results map[string]entry) (explanation, bool) {
	var x explanation
	var seen []string
	for _, f := range d.saw {
		e := results[f.test]
		if f.test == "" {
			e = f.anywhere(results)
		}
		at := slices.IndexFunc(e.found, func(found string) bool { return strings.Contains(found, f.words) })
		if e.outcome != failed || at < 0 {
			return x, false
		}
		seen = append(seen, fmt.Sprintf("%s (%s)", e.test, f.quote(e.found[at])))
		x.cites = append(x.cites, e.test)
	}
	for _, name := range d.met {
		if results[name].outcome != passed {
			return x, false
		}
	}
	x.text = d.says + " Seen: " + strings.Join(seen, ", ")
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
		if e := results[test]; e.outcome == failed && slices.ContainsFunc(e.found, func(found string) bool { return strings.Contains(found, f.words) }) {
			return e
		}
	}
	return entry{}
}
