package runner

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lsst-sqre/muster/validation"
	"github.com/lsst-sqre/muster/validation/runbook"
	"github.com/lsst-sqre/muster/validation/runner/history"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// runView is a run in the few words of a list.
type runView struct {
	ID, Page string
	// Class is the verdict, running or stopped.
	Class string
	// Says is the verdict in a sentence. About describes the run. Why is the
	// reason of a stopped run.
	Says, About, Why string
	When, Age        string
	Started          time.Time
	CountsText       string
	Causes           []string
	// Cause is the first cause, shortened, or the first failure.
	Cause                string
	NewlyRed, NewlyGreen string
}

func (r *web) view(run *history.Run, ch *history.Changes) runView {
	s := runView{ID: run.ID, Page: r.pagePath(run.ID), Class: running, When: run.Started.UTC().Format(whenForm),
		Started: run.Started.UTC(), Age: verdict.Age(r.now().Sub(run.Started)) + " ago"}
	s.About = map[string]string{history.OnRequest: "On request", history.OnSchedule: "By schedule"}[run.Trigger]
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
	s.About += ", " + verdict.Duration(report.Seconds) + ", " + s.Age + "."
	s.Class, s.CountsText = report.Verdict, report.CountsText()
	s.Says = map[string]string{
		verdict.Pass:       "Everything is as it should be.",
		verdict.Fail:       "The deployment is not as it should be.",
		verdict.Incomplete: "The run says little about the deployment.",
	}[report.Verdict]
	if run.Stopped != "" {
		s.Class, s.Says, s.Why = stopped, "The run was stopped, and says nothing about the deployment.", "Stopped: "+
			run.Stopped+"."
	} else {
		s.Causes = append(s.Causes, report.Explained()...)
		if s.Cause = report.Headline(); len(report.Diagnoses) > 0 {
			s.Cause = report.Diagnoses[0].Text
		}
		s.Cause = strings.TrimPrefix(s.Cause, report.Title()+"; ")
		if report.Verdict == verdict.Pass {
			s.Cause = ""
		}
	}
	if ch != nil {
		s.NewlyRed, s.NewlyGreen = listed(ch.NewlyRed), listed(ch.NewlyGreen)
	}
	return s
}

const whenForm = "2 January 2006, 15:04:05 UTC"

// listed joins names in a line.
func listed(names []string) string {
	const most = 12
	if len(names) > most {
		return strings.Join(names[:most], ", ") + fmt.Sprintf(" and %d more", len(names)-most)
	}
	return strings.Join(names, ", ")
}

// checkView is a check with its history.
type checkView struct {
	Check          *verdict.Check
	Rerun, Runbook string
	// Section is the runbook's section. Pattern picks the check. Ask is the path
	// for running it.
	Section, Pattern, Ask string
	New, Flaky            bool
	// Explained says that a diagnosis explains the failure, so that possible
	// causes are left out.
	Explained bool
	History   historyBar
}

// causeView is a diagnosis with the failed checks that it explains.
type causeView struct {
	Text  string
	First checkView
	More  []checkView
}

func viewCauses(report *verdict.Run, views func([]*verdict.Check) []checkView) (causes []causeView, rest []checkView) {
	explained, others := report.Explanations()
	for _, e := range explained {
		if all := views(e.Checks); len(all) > 0 {
			causes = append(causes, causeView{Text: e.Text, First: all[0], More: all[1:]})
		}
	}
	return causes, views(others)
}

// groupView has the checks of one reason.
type groupView struct {
	Reason string
	Names  []string
	Open   bool
}

type factView struct{ Name, Value string }

func viewCheck(report *verdict.Run, c *verdict.Check, k *history.Stored, runs []*history.Stored) checkView {
	s := checkView{
		Check: c, Rerun: report.Rerun(c), History: historyBarOf(c.Name, runs),
		New:     slices.Contains(k.Changes.NewlyRed, c.Name) || slices.Contains(k.Changes.NewlyGreen, c.Name),
		Flaky:   slices.Contains(k.Changes.Flaky, c.Name),
		Section: runbook.Section(validation.Runbook, c.Name), Pattern: "^" + c.Name + "$",
		Explained: report.ExplainedBy(c) != nil,
	}
	if strings.HasPrefix(c.Runbook, "validation/") {
		s.Runbook = runbookBase + c.Runbook
	}
	return s
}

func grouped(report *verdict.Run, outcome string) []groupView {
	var groups []groupView
	all := report.Grouped(outcome)
	if outcome == verdict.OutcomeSkip {
		all = report.SkippedGroups()
	}
	for _, g := range all {
		view := groupView{Reason: g.Reason, Open: outcome == verdict.OutcomeBlocked}
		for _, c := range g.Checks {
			view.Names = append(view.Names, c.Name)
		}
		groups = append(groups, view)
	}
	return groups
}

// runbookBase is where the runbook can be read. Attributes name it relative to
// the module.
const runbookBase = "https://github.com/lsst-sqre/muster/blob/main/"
