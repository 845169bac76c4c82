package runner

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation"
	"github.com/lsst-sqre/muster/validation/runbook"
	"github.com/lsst-sqre/muster/validation/runner/history"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// checkView is a check with what the runs before say of it.
type checkView struct {
	Check *verdict.Check
	// Again is the command that asks the runner for this check alone, Runbook where
	// the runbook can be read, and Section what it says.
	Again, Runbook, Section string
	// Pattern picks the check, and Ask is where a run of it is asked for.
	Pattern, Ask string
	New, Flaky   bool
	// Open: it is not folded.
	Open bool
	// Explained: a diagnosis does, so its possible causes are left out.
	Explained bool
	// Found is what it found first, in a line.
	Found string
	// Findings are the first, More the others.
	Findings, More []verdict.Finding
	History        historyBar
}

// causeView is a diagnosis with the failed checks that it explains.
type causeView struct {
	Number       int
	Text, Apart  string
	Seen         []evidenceView
	Met          []evidenceView
	First, Other []checkView
}

// evidenceView is a finding from which a cause is read. Here: the page has the
// check.
type evidenceView struct {
	Check, Found string
	Here         bool
}

// groupView is the checks of one reason.
type groupView struct {
	Reason string
	Names  []string
}

type factView struct{ Name, Value string }

// search makes the views of those checks of a run that have all of the words.
type search struct {
	words  []string
	ask    string
	again  func(pattern string) string
	report *verdict.Run
	k      *history.Stored
	runs   []*history.Stored
	// shown is how many checks were found.
	shown int
}

// matches looks where a reader would.
func (s *search) matches(c *verdict.Check) bool {
	parts := []string{c.Name, c.Area, c.Obligation, c.Message, c.Cause}
	for _, f := range c.Findings {
		parts = append(parts, f.Expected, f.Actual, f.Request, f.Object)
	}
	text := strings.ToLower(strings.Join(append(parts, c.Remarks...), "\n"))
	return !slices.ContainsFunc(s.words, func(word string) bool { return !strings.Contains(text, word) })
}

func (s *search) views(checks []*verdict.Check) (all []checkView) {
	for _, c := range checks {
		if s.matches(c) {
			s.shown++
			all = append(all, s.view(c))
		}
	}
	return all
}

func (s *search) view(c *verdict.Check) checkView {
	const most = 1 // more of them seldom say more
	v := checkView{
		Check: c, Again: s.again("^" + c.Name + "$"), History: historyBarOf(c.Name, s.runs), Ask: s.ask,
		New:     slices.Contains(s.k.Changes.NewlyRed, c.Name) || slices.Contains(s.k.Changes.NewlyGreen, c.Name),
		Flaky:   slices.Contains(s.k.Changes.Flaky, c.Name) && !explainedWhereRed(c.Name, s.runs),
		Section: runbook.Folded(runbook.Section(validation.Runbook, c.Name), unfolded), Pattern: "^" + c.Name + "$",
		Explained: s.report.ExplainedBy(c) != nil, Found: gafaelfawr.ExcerptLine(c.Found(), 200),
		Findings: c.Findings[:min(most, len(c.Findings))], Open: len(s.words) > 0,
	}
	v.More = c.Findings[len(v.Findings):]
	if strings.HasPrefix(c.Runbook, "validation/") {
		v.Runbook = runbookBase + c.Runbook
	}
	return v
}

// causes are the diagnoses with what they explain, and the failed checks that none
// of them does.
func (s *search) causes() (causes []causeView, rest []*verdict.Check) {
	explained, rest := s.report.Explanations()
	for i, e := range explained {
		c := causeView{Number: i + 1, Text: e.Titled(), Apart: e.Apart}
		for _, seen := range e.Seen {
			if i > 0 {
				seen.Found = "" // its card says it
			}
			c.Seen = append(c.Seen, s.evidence(seen.Check, gafaelfawr.ExcerptLine(seen.Found, 90)))
		}
		for _, name := range e.Met {
			c.Met = append(c.Met, s.evidence(name, ""))
		}
		if all := s.views(e.Checks); len(all) > 0 {
			c.First, c.Other = all[:1], all[1:]
		}
		causes = append(causes, c)
	}
	return causes, rest
}

func (s *search) evidence(name, found string) evidenceView {
	at := slices.IndexFunc(s.report.Checks, func(c *verdict.Check) bool { return c.Name == name })
	return evidenceView{Check: name, Found: found, Here: at >= 0 && s.matches(s.report.Checks[at])}
}

func (s *search) grouped(outcome string) []groupView {
	var groups []groupView
	all := s.report.Grouped(outcome)
	if outcome == verdict.OutcomeSkip {
		all = s.report.SkippedGroups()
	}
	for _, g := range all {
		view := groupView{Reason: g.Reason}
		for _, c := range g.Checks {
			if s.matches(c) {
				s.shown++
				view.Names = append(view.Names, c.Name)
			}
		}
		if len(view.Names) > 0 {
			groups = append(groups, view)
		}
	}
	return groups
}

// again is the command with which a program asks for checks.
func (r *web) again(q *http.Request) func(string) string {
	base := "https://" + r.host(q) + r.cfg.PathPrefix + "/run?run="
	return func(pattern string) string {
		return `curl -X POST -H "Authorization: Bearer $TOKEN" '` + base + url.QueryEscape(pattern) + "'"
	}
}

// unfolded is wider than any paragraph: browsers wrap them.
const unfolded = 1 << 20

// runbookBase is where the runbook can be read. Attributes name it relative to
// the module.
const runbookBase = "https://github.com/lsst-sqre/muster/blob/main/"
