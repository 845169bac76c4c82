package runner

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/lsst-sqre/muster/validation/runner/history"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// runView is a run in the few words of a list.
type runView struct {
	ID, Page string
	// Class is the verdict, running or stopped.
	Class string
	// Says is the verdict in a sentence, where its causes do not say it; About what
	// the run was, Why the reason of a run that was stopped.
	Says, About, Why string
	When, Age        string
	Started          time.Time
	CountsText       string
	// Cause is the first of the causes, in short, or what failed first.
	Cause                string
	NewlyRed, NewlyGreen string
}

func (r *web) view(run *history.Run, ch *history.Changes) runView {
	s := runView{ID: run.ID, Page: r.pagePath(run.ID), Class: running, When: run.Started.UTC().Format(whenForm),
		Started: run.Started.UTC(), Age: verdict.Age(r.now().Sub(run.Started)) + " ago"}
	s.About = map[string]string{history.OnRequest: "On request", history.OnSchedule: "By schedule"}[run.Trigger]
	if run.Pattern != "" {
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
		verdict.Incomplete: "The run says little about the deployment.",
	}[report.Verdict]
	if run.Stopped != "" {
		s.Class, s.Says, s.Why = stopped, "The run was stopped, and says nothing about the deployment.", "Stopped: "+
			run.Stopped+"."
	} else {
		s.Cause = causeOf(report)
	}
	if ch != nil {
		s.NewlyRed, s.NewlyGreen = listed(ch.NewlyRed), listed(ch.NewlyGreen)
	}
	return s
}

const whenForm = "2 January 2006, 15:04:05 UTC"

// causeOf is the cause of a run that did not pass, in short: the most important one,
// or else what failed first.
func causeOf(report *verdict.Run) string {
	switch {
	case report.Verdict == verdict.Pass:
		return ""
	case len(report.Diagnoses) == 0:
		return strings.TrimPrefix(report.Headline(), report.Title()+"; ")
	}
	text := report.Diagnoses[0].Titled()
	if more := len(report.Diagnoses) - 1; more > 0 {
		text += " And " + verdict.Count(more, "more cause") + "."
	}
	return text
}

// sentence is the deployment and its state, the title of a page.
func (r *web) sentence(q *http.Request, run *history.Run) string {
	says := map[string]string{verdict.Pass: "passes", verdict.Fail: "fails", verdict.Incomplete: "could not be checked"}
	if run.Stopped != "" {
		return r.deployment(q) + ": a run was stopped"
	}
	if run.Pattern != "" {
		return r.deployment(q) + ": some checks"
	}
	return r.deployment(q) + " " + says[run.Report.Verdict]
}

// redSince says since when whole runs did not pass, of which the first in the list
// is the newest; "" where it passed.
func redSince(runs []*history.Stored) string {
	var first *history.Stored
	for _, k := range runs {
		if !k.Whole() {
			continue
		}
		if !k.Red() {
			if first == nil {
				return ""
			}
			return "since " + first.Started.UTC().Format(whenForm)
		}
		first = k
	}
	if first == nil {
		return ""
	}
	return "since " + first.Started.UTC().Format(whenForm) + ", or before the oldest run that is kept"
}

// listed is a list of names in a line.
func listed(names []string) string {
	const most = 3
	if len(names) > most {
		return strings.Join(names[:most], ", ") + fmt.Sprintf(" and %d more", len(names)-most)
	}
	return strings.Join(names, ", ")
}
