package history

import (
	"slices"

	"github.com/lsst-sqre/muster/validation/verdict"
)

// FlakyRuns is the number of last runs of a check in which its changes between
// red and green are counted. flakyChanges of them make it flaky.
const (
	FlakyRuns    = 10
	flakyChanges = 3
)

// Changes are the changes of a run, by the names of checks. A check is red if
// it failed or did not end, and green if it passed, with or without advice. A
// check that did not run has no Colour. A stopped run changes nothing.
type Changes struct {
	// NewlyRed checks are red, and were green when they last had a Colour.
	NewlyRed []string `json:"newly_red"`
	// NewlyGreen checks are green, and were red.
	NewlyGreen []string `json:"newly_green"`
	// Flaky checks changed their Colour at least three times in the last ten runs
	// in which they had one.
	Flaky []string `json:"flaky"`
}

// Colour returns red, green, or "" for a check that did not run.
func Colour(outcome string) string {
	switch outcome {
	case verdict.OutcomeFail, verdict.OutcomeError:
		return "red"
	case verdict.OutcomePass, verdict.OutcomeAdvice:
		return "green"
	}
	return ""
}

// compare returns the changes of the last of the runs, which are the oldest
// first.
func compare(runs []*Stored) Changes {
	ch := Changes{NewlyRed: []string{}, NewlyGreen: []string{}, Flaky: []string{}}
	run := runs[len(runs)-1]
	if run.Stopped != "" {
		return ch
	}
	for name, outcome := range run.Outcomes {
		now := Colour(outcome)
		if now == "" {
			continue
		}
		colours := lastColours(name, runs)
		if len(colours) > 1 && colours[1] != now {
			if now == "red" {
				ch.NewlyRed = append(ch.NewlyRed, name)
			} else {
				ch.NewlyGreen = append(ch.NewlyGreen, name)
			}
		}
		if flaky(colours) {
			ch.Flaky = append(ch.Flaky, name)
		}
	}
	slices.Sort(ch.NewlyRed)
	slices.Sort(ch.NewlyGreen)
	slices.Sort(ch.Flaky)
	return ch
}

// lastColours returns the colours of a check in the last runs in which it had
// one, the newest first.
func lastColours(name string, runs []*Stored) (colours []string) {
	for _, k := range slices.Backward(runs) {
		if c := Colour(k.Outcomes[name]); c != "" && k.Stopped == "" {
			if colours = append(colours, c); len(colours) == FlakyRuns {
				break
			}
		}
	}
	return colours
}

func flaky(colours []string) bool {
	turns := 0
	for i := range colours[1:] {
		if colours[i] != colours[i+1] {
			turns++
		}
	}
	return turns >= flakyChanges
}
