package runner

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/lsst-sqre/muster/muster/daemon"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// shownRun is a run as pages show it in a few words.
type shownRun struct {
	ID, Page string
	// Class is the verdict, running or stopped.
	Class string
	// Says is the verdict in a sentence, About what the run was, Why the reason
	// of a run that was stopped.
	Says, About, Why     string
	When                 string
	Started              time.Time
	CountsText           string
	Causes               []string
	NewlyRed, NewlyGreen string
}

const whenForm = "2 January 2006, 15:04:05"

func (r *Runner) show(run *Run, ch *Changes) shownRun {
	s := shownRun{ID: run.ID, Page: r.pagePath(run.ID), Class: running, When: run.Started.UTC().Format(whenForm), Started: run.Started.UTC()}
	s.About = map[string]string{OnRequest: "On request", OnSchedule: "By schedule"}[run.Trigger]
	if run.Pattern == "" {
		s.About += ", all checks"
	} else {
		s.About += ", only checks that match " + run.Pattern
	}
	report := run.Report
	if report == nil {
		s.About += "."
		return s
	}
	s.About += ", " + verdict.Duration(report.Seconds) + "."
	s.Class, s.CountsText = report.Verdict, report.CountsText()
	s.Says = map[string]string{
		verdict.Pass:       "Everything is as it should be.",
		verdict.Fail:       "The deployment is not as it should be.",
		verdict.Incomplete: "The run says little about the deployment.",
	}[report.Verdict]
	if run.Stopped != "" {
		s.Class, s.Says, s.Why = stopped, "The run was stopped, and says nothing about the deployment.", "Stopped: "+run.Stopped+"."
	} else {
		s.Causes = append(s.Causes, report.Explained()...)
	}
	if ch != nil {
		s.NewlyRed, s.NewlyGreen = listed(ch.NewlyRed), listed(ch.NewlyGreen)
	}
	return s
}

// listed is a list of names in a line.
func listed(names []string) string {
	const most = 12
	if len(names) > most {
		return strings.Join(names[:most], ", ") + fmt.Sprintf(" and %d more", len(names)-most)
	}
	return strings.Join(names, ", ")
}

// strip is a row of marks, the oldest first, and the same in words.
type strip struct {
	Marks []string
	Text  string
}

// stripLength is how many runs a strip shows.
const stripLength = 40

// stripOf has what the runs, the newest first, say of a check.
func stripOf(name string, runs []*storedRun) strip {
	var s strip
	red, green := 0, 0
	for _, k := range runs[:min(stripLength, len(runs))] {
		mark := colour(k.outcomes[name])
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
	s.Text = fmt.Sprintf("In the last %d runs: %d times green, %d times red.", len(s.Marks), green, red)
	return s
}

// stripOfRuns has the verdicts of the runs.
func stripOfRuns(runs []*storedRun) strip {
	var s strip
	counts := map[string]int{}
	for _, k := range runs[:min(2*stripLength, len(runs))] {
		mark := map[string]string{verdict.Pass: "green", verdict.Fail: "red", verdict.Incomplete: verdict.Incomplete}[k.Report.Verdict]
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

func (r *Runner) servePageOfRuns(w http.ResponseWriter, q *http.Request) {
	type flaky struct {
		Name  string
		Strip strip
	}
	underWay, runs, storeErrors := r.everything()
	data := struct {
		daemon.Frame
		Ask, NextText string
		Last, Now     *shownRun
		StoreErrors   []string
		Flaky         []flaky
		List          []shownRun
		Strip         strip
	}{Frame: r.frame(q, "What the validation found"), Ask: r.cfg.PathPrefix + "/pages/run", StoreErrors: storeErrors, Strip: stripOfRuns(runs)}
	if len(underWay) > 0 {
		shown := r.show(&underWay[0], nil)
		data.Now, data.Refresh = &shown, "5"
	}
	if next := r.nextRun(); !next.IsZero() {
		data.NextText = next.UTC().Format(whenForm)
	}
	for _, k := range runs {
		data.List = append(data.List, r.show(&k.Run, &k.changes))
		if whole := k.Pattern == "" && k.Stopped == ""; whole && data.Last == nil {
			last := data.List[len(data.List)-1]
			data.Last = &last
			for _, name := range k.changes.Flaky {
				data.Flaky = append(data.Flaky, flaky{name, stripOf(name, runs)})
			}
		}
	}
	r.render(w, http.StatusOK, "runs", data)
}
