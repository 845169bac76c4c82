package runner

import (
	"fmt"

	"github.com/lsst-sqre/muster/validation/runner/history"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// historyBar is a row of marks, the oldest first, and the same in words.
type historyBar struct {
	Marks []string
	Text  string
}

// historyBarLength is how many runs a history bar shows.
const historyBarLength = 40

// historyBarOf returns the outcomes of a check in the runs, which are the
// newest first.
func historyBarOf(name string, runs []*history.Stored) historyBar {
	var s historyBar
	red, green := 0, 0
	for _, k := range runs[:min(historyBarLength, len(runs))] {
		mark := history.Colour(k.Outcomes[name])
		switch {
		case k.Stopped != "":
			mark = ""
		case mark == "red":
			red++
		case mark == "green":
			green++
		}
		s.Marks = append([]string{mark}, s.Marks...)
	}
	s.Text = fmt.Sprintf("In the last %d runs: passed %s, failed %s.", len(s.Marks), times(green), times(red))
	return s
}

// times says how often something happened.
func times(n int) string { return verdict.Count(n, "time") }

// historyBarOfRuns returns the verdicts of the runs.
func historyBarOfRuns(runs []*history.Stored) historyBar {
	var s historyBar
	counts := map[string]int{}
	for _, k := range runs[:min(2*historyBarLength, len(runs))] {
		mark := map[string]string{verdict.Pass: "green", verdict.Fail: "red",
			verdict.Incomplete: verdict.Incomplete}[k.Report.Verdict]
		if k.Stopped != "" {
			mark = stopped
		}
		counts[mark]++
		s.Marks = append([]string{mark}, s.Marks...)
	}
	s.Text = fmt.Sprintf("The last %d runs: %d passed, %d failed, %d were incomplete, %d were stopped.",
		len(s.Marks), counts["green"], counts["red"], counts[verdict.Incomplete], counts[stopped])
	return s
}

// explainedWhereRed reports whether a diagnosis explains every recent failure
// of the check. Then the deployment is unstable, not the check.
func explainedWhereRed(name string, runs []*history.Stored) bool {
	seen := 0
	for _, k := range runs {
		if history.Colour(k.Outcomes[name]) == "" || k.Stopped != "" {
			continue
		}
		if seen++; seen > history.FlakyRuns {
			break
		}
		if history.Colour(k.Outcomes[name]) == "red" && k.Report.ExplainedBy(&verdict.Check{Name: name}) == nil {
			return false
		}
	}
	return true
}
