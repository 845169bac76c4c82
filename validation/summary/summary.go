// Package summary writes the last screen of a run: the verdict, the causes, the
// failed checks, and the next steps. It is never higher than the screen. The
// suite ends with it under plain go test, and the program report under make
// validate.
package summary

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/message"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// Heights, in lines, of a summary that goes to no terminal. A program gets all
// of it.
const (
	usualHeight = 40
	Unbounded   = 1 << 20
)

// longestLine bounds a line that goes to no terminal, in characters.
const longestLine = 300

// Options say where the summary goes.
type Options struct {
	// Width is the width of the terminal in columns, or 0 without one. Height
	// bounds the lines of the summary; 0 means usualHeight.
	Width, Height int
	// Paint colours a line by an outcome or a verdict. Nil colours none.
	Paint func(outcome, text string) string
	// More are the last lines: the next steps.
	More []string
	// Details says where to read what is left out here.
	Details string
}

// repeated is the fact that requests were sent again.
const repeated = "repeated"

// limited is the fact that something in front limited the client.
const limited = "limited"

// removable is the fact that known failures passed.
const removable = "removable"

// block is a part of the summary, with a short form for small screens.
type block struct{ full, short []string }

// text is a summary in the making.
type text struct {
	run *verdict.Run
	o   Options
}

// Text returns the summary of the run. It ends with a line end.
func Text(r *verdict.Run, o Options) string {
	if o.Height == 0 {
		o.Height = usualHeight
	}
	t := text{run: r, o: o}
	head := append([]string{""}, t.title()...)
	var tail []string
	for _, line := range o.More {
		tail = append(tail, "  "+message.OneLine(line)) // not cut, because it will be copied
	}
	rows := max(o.Height-len(head)-t.height(tail), 3)
	lines := slices.Concat(head, t.limit(t.blocks(), rows), tail)
	return strings.Join(lines, "\n") + "\n"
}

// title returns the whole verdict with its numbers. In a narrow terminal it
// takes two lines.
func (t text) title() []string {
	const narrowest = 60 // a smaller screen has no two lines for it
	if t.o.Width < narrowest {
		return []string{t.painted(t.run.Verdict, t.fit(t.run.Title()))}
	}
	return t.folded(t.run.Verdict, "", "  ", t.run.Title())
}

// blocks returns the parts between the verdict and the next steps, the most
// useful first.
func (t text) blocks() []block {
	r := t.run
	explained, rest := r.Explanations()
	var all []block
	blocked := r.Grouped(verdict.OutcomeBlocked)
	for _, e := range explained {
		all = append(all, t.cause(e), t.explained(e))
	}
	all = append(all, t.problems(blocked), t.checks(rest, len(explained) == 0))
	if len(r.Checks) == 0 {
		all = append(all, block{full: t.output()})
	}
	var groups []string
	for _, g := range blocked {
		line := fmt.Sprintf("  NOT RUN (%s): %s", verdict.Count(len(g.Checks), "check"), g.Reason)
		groups = append(groups, t.painted(verdict.OutcomeBlocked, t.fit(line)))
	}
	if again := r.Facts[repeated]; again != "" {
		groups = append(groups, t.fit("  SENT AGAIN "+again))
	}
	if how := r.Facts[limited]; how != "" {
		groups = append(groups, t.fit("  LIMITED this client is limited by something in front of the deployment: "+how))
	}
	if what := r.Facts[verdict.FactBesides]; what != "" && len(r.Failures()) > 0 {
		groups = append(groups, t.fit("  SET BESIDES PHALANX'S OWN, and so perhaps the cause: "+what))
	}
	if passed := r.Facts[removable]; passed != "" {
		groups = append(groups, t.fit("  REMOVE from known in the environment file what passed: "+passed))
	}
	return append(all, block{full: groups}, t.known(), t.skipped(), t.facts())
}

// problems says what kept the run from being complete. The short form is one
// problem. If a problem kept checks from running, the group of those checks
// names it.
func (t text) problems(blocked []verdict.Group) block {
	var b block
	var shown []string
	for _, p := range t.run.Problems {
		same := func(g verdict.Group) bool { return g.Reason == p }
		if slices.Contains(shown, p) || slices.ContainsFunc(blocked, same) {
			continue
		}
		shown = append(shown, p)
		b.full = append(b.full, t.wrapped(verdict.Incomplete, "PROBLEM "+p)...)
		if len(shown) == 1 {
			b.short = b.full
		}
	}
	if len(shown) > 1 {
		b.short = append(slices.Clip(b.short),
			t.fit("    and "+verdict.Count(len(shown)-1, "more problem")))
	}
	return b
}

// cause returns a diagnosis; the short form lacks its evidence.
func (t text) cause(e verdict.Explanation) block {
	b := block{full: t.wrapped(verdict.OutcomeFail, "CAUSE "+e.String())}
	short := "CAUSE " + e.Text
	if about := e.About(); about != "" && !strings.Contains(short, about) {
		short += " (" + about + ")"
	}
	b.short = t.wrapped(verdict.OutcomeFail, short)
	return b
}

// explained lists the failed checks that a diagnosis explains; the short form
// is their names.
func (t text) explained(e verdict.Explanation) block {
	if len(e.Checks) == 0 {
		return block{}
	}
	head := "    It explains " + verdict.Count(len(e.Checks), "failed check") + ":"
	b := block{full: []string{head}}
	var names []string
	for _, c := range e.Checks {
		b.full = append(b.full, t.failure("      ", c))
		names = append(names, c.Name)
	}
	b.short = t.few(head, names)
	return b
}

// checks lists failed checks without a diagnosis. If there is none at all, the first two
// say what may be the cause; the short form leaves that out.
func (t text) checks(failed []*verdict.Check, possible bool) block {
	var b block
	for i, c := range failed {
		line := t.failure("  ", c)
		b.short = append(b.short, line)
		if !possible || i >= 2 {
			b.full = append(b.full, line)
			continue
		}
		b.full = append(b.full, t.wrapped(c.Outcome, failureText(c))...)
		if c.Cause != "" {
			b.full = append(b.full, t.folded("", "    ", "    ", "Possible causes: "+c.Cause)...)
		}
	}
	return b
}

// failure returns a failed check in one line.
func (t text) failure(margin string, c *verdict.Check) string {
	return t.painted(c.Outcome, t.fit(margin+failureText(c)))
}

// failureText says what was found and, where that is short, what was expected:
// "none" alone says nothing.
func failureText(c *verdict.Check) string {
	const short = 60
	line := Words[c.Outcome] + " " + c.Name
	if c.Security {
		line += " [security]"
	}
	if len(c.Findings) == 0 {
		return line + ": " + c.Message
	}
	found, _, _ := strings.Cut(c.Findings[0].Actual, "\n")
	expected, _, _ := strings.Cut(c.Findings[0].Expected, "\n")
	if expected != "" && utf8.RuneCountInString(found) <= short {
		found += " (expected: " + expected + ")"
	}
	return line + ": " + found
}

// known lists the known weaknesses; the short form is their names.
func (t text) known() block {
	var b block
	var names []string
	for _, c := range t.run.With(verdict.OutcomeAdvice) {
		b.full = append(b.full, t.fit("  "+Words[c.Outcome]+" "+c.Name+": "+c.Message))
		names = append(names, c.Name)
	}
	if len(names) > 0 {
		b.short = t.few("  "+Words[verdict.OutcomeAdvice]+":", names)
	}
	return b
}

// skipped groups the skipped checks by what would make them run.
func (t text) skipped() block {
	const most = 4
	var b block
	groups := t.run.SkippedGroups()
	slices.SortStableFunc(groups, func(a, b verdict.Group) int { return len(b.Checks) - len(a.Checks) })
	total := 0
	for i, g := range groups {
		total += len(g.Checks)
		if i < most {
			line := fmt.Sprintf("  SKIPPED (%s): %s", verdict.Count(len(g.Checks), "check"), g.Reason)
			b.full = append(b.full, t.fit(line))
		}
	}
	if len(groups) > most {
		b.full = append(b.full, t.fit(fmt.Sprintf("  SKIPPED for %s", verdict.Count(len(groups)-most, "more reason"))))
	}
	if total > 0 {
		b.short = []string{t.fit("  SKIPPED (" + verdict.Count(total, "check") + ")")}
	}
	return b
}

// facts returns the other facts of the run in one line.
func (t text) facts() block {
	r := t.run
	var parts []string
	if !r.Started.IsZero() {
		parts = append(parts, r.Started.UTC().Format("2006-01-02 15:04 MST"))
	}
	if r.URL != "" {
		parts = append(parts, r.URL)
	}
	if r.Version != "" {
		parts = append(parts, "suite "+r.Version)
	}
	if r.Requests >= 0 && r.URL != "" {
		parts = append(parts, verdict.Count(r.Requests, "request"))
	}
	for _, key := range slices.Sorted(maps.Keys(r.Facts)) {
		if !slices.Contains([]string{repeated, limited, removable, verdict.FactBesides}, key) { // which have their own lines
			parts = append(parts, key+" "+r.Facts[key])
		}
	}
	if len(parts) == 0 {
		return block{}
	}
	return block{full: []string{t.fit("  " + strings.Join(parts, ", "))}}
}

// output returns what was printed if no check ran, such as a compiler's errors.
// It leaves out what a problem already says.
func (t text) output() []string {
	var lines []string
	said := strings.Join(t.run.Problems, "\n")
	for line := range strings.SplitSeq(t.run.Output, "\n") {
		line = strings.TrimRight(line, " \t")
		repeats := slices.ContainsFunc(t.run.Problems, func(p string) bool { return strings.Contains(line, p) })
		if line != "" && !repeats && !strings.Contains(said, strings.TrimSpace(line)) {
			lines = append(lines, t.fit("    "+line))
		}
	}
	return lines
}

// Words names the outcomes as a log does.
var Words = map[string]string{
	verdict.OutcomePass: "PASS", verdict.OutcomeFail: "FAIL", verdict.OutcomeAdvice: "KNOWN WEAKNESS",
	verdict.OutcomeSkip: "SKIPPED", verdict.OutcomeBlocked: "NOT RUN", verdict.OutcomeError: "NO RESULT",
}

// NextSteps returns the commands to go on with: run one failed check alone, and
// explain its failure.
func NextSteps(r *verdict.Run) []string {
	failed := r.Failures()
	if len(failed) == 0 {
		return nil
	}
	steps := []string{"Run one of them again: " + r.Rerun(failed[0])}
	if runbook := failed[0].Runbook; runbook != "" {
		steps = append(steps, "What it means: "+r.ExplainCommand(failed[0]))
	}
	return steps
}

func (t text) painted(outcome, line string) string {
	if t.o.Paint == nil {
		return line
	}
	return t.o.Paint(outcome, line)
}

// fit cuts a line to the screen.
func (t text) fit(line string) string {
	margin := line[:len(line)-len(strings.TrimLeft(line, " "))]
	line = margin + strings.Join(strings.Fields(line), " ")
	if t.o.Width == 0 {
		return gafaelfawr.Excerpt(line, longestLine)
	}
	return Cut(line, t.o.Width-1)
}
