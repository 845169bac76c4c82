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

// diagnose gives the causes that explain the entries, the first the most
// important: holes before outages, wide causes before narrow ones.
func diagnose(entries []entry) []string {
	results := map[string]entry{}
	for _, e := range entries {
		results[e.test] = e
	}
	var causes []string
	explained := map[string]bool{}
	for _, d := range diagnoses {
		if evidence, ok := d.explains(results); ok && !d.repeats(explained) {
			text := d.says + " Seen: " + evidence + "."
			if d.apart != "" {
				text += " " + d.apart
			}
			causes = append(causes, text)
			for _, f := range d.saw {
				explained[f.test] = true
			}
		}
	}
	return causes
}

// repeats tells that a wider cause already explains what this one would.
func (d diagnosis) repeats(explained map[string]bool) bool {
	return slices.ContainsFunc(d.saw, func(f finding) bool { return explained[f.test] })
}

func (d diagnosis) explains(results map[string]entry) (evidence string, ok bool) {
	var seen []string
	for _, f := range d.saw {
		e := results[f.test]
		if f.test == "" {
			e = f.anywhere(results)
		}
		at := slices.IndexFunc(e.found, func(found string) bool { return strings.Contains(found, f.words) })
		if e.outcome != failed || at < 0 {
			return "", false
		}
		words := f.words
		if words == "" {
			words = firstLine(e.found[at])
		}
		seen = append(seen, fmt.Sprintf("%s (%s)", e.test, words))
	}
	for _, name := range d.met {
		if results[name].outcome != passed {
			return "", false
		}
	}
	evidence = strings.Join(seen, ", ")
	if len(d.met) > 0 {
		evidence += ", while " + strings.Join(d.met, ", ") + " is met"
	}
	return evidence, true
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
