package main

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/lsst-sqre/muster/validation/verdict"
)

// maxSummary bounds each list of the summary where it is not a screen's height
// that does.
const maxSummary = 50

// summary is what a person reads last: the verdict, why, what failed, and how
// to go on. On a terminal it is no longer than the screen.
func summary(r *verdict.Run, screen *screen, paint paint) string {
	s := summaryText{report: r, paint: paint}
	if screen != nil {
		s.width, s.height = screen.size()
	}
	head := []string{"", paint.outcome(r.Verdict, s.fit(r.Title()))}
	var tail []string
	failed := r.Failures()
	if len(failed) > 0 {
		tail = append(tail, "  Run one of them again: "+r.Rerun(failed[0]))
	}
	// Below it are the place of the reports and a prompt, often a word of make.
	rows := s.height - len(head) - s.rows(tail) - 3
	middle := s.limit(append(s.reasons(), s.checks(failed)...), rows)
	return strings.Join(append(append(head, middle...), tail...), "\n") + "\n"
}

type summaryText struct {
	report        *verdict.Run
	paint         paint
	width, height int // 0 where there is no screen
}

// reasons are what explains the verdict as a whole.
func (s summaryText) reasons() []string {
	var lines []string
	for _, p := range s.report.Problems {
		lines = append(lines, s.wrapped(verdict.Incomplete, "PROBLEM "+p)...)
	}
	for _, d := range s.report.Diagnoses {
		lines = append(lines, s.wrapped(verdict.OutcomeFail, "CAUSE "+d.String())...)
	}
	if len(s.report.Checks) == 0 {
		lines = append(lines, s.output()...)
	}
	return lines
}

// output is what was printed where no check ran, such as all that a compiler
// says. What a problem says already is left out.
func (s summaryText) output() []string {
	var lines []string
	said := strings.Join(s.report.Problems, "\n")
	for line := range strings.SplitSeq(s.report.Output, "\n") {
		line = strings.TrimRight(line, " \t")
		if line != "" && !strings.Contains(said, strings.TrimSpace(line)) {
			lines = append(lines, s.fit("    "+line))
		}
	}
	return lines
}

func (s summaryText) checks(failed []*verdict.Check) []string {
	var lines []string
	for _, c := range failed {
		line := "  " + words[c.Outcome] + " " + c.Name
		if c.Security {
			line += " [security]"
		}
		lines = append(lines, s.paint.outcome(c.Outcome, s.fit(line+": "+c.Found())))
	}
	for _, g := range s.report.Grouped(verdict.OutcomeBlocked) {
		lines = append(lines, s.paint.outcome(verdict.OutcomeBlocked, s.fit(fmt.Sprintf("  NOT RUN (%d checks): %s", len(g.Checks), g.Reason))))
	}
	for _, c := range s.report.With(verdict.OutcomeAdvice) {
		lines = append(lines, s.fit("  ADVICE "+c.Name+": "+c.Message))
	}
	return lines
}

// rows is how many rows of the screen the lines take.
func (s summaryText) rows(lines []string) int {
	n := 0
	for _, line := range lines {
		n += 1 + utf8.RuneCountInString(line)/max(1, s.width)
	}
	return n
}

// fit is a line of the screen.
func (s summaryText) fit(line string) string {
	if s.width == 0 {
		return line
	}
	return cut(line, s.width-1)
}

// wrapped is a text that is worth more than one line of the screen.
func (s summaryText) wrapped(outcome, text string) []string {
	const most, indent = 5, 4
	var lines []string
	line := " "
	for word := range strings.SplitSeq(text, " ") {
		if s.width > 0 && len(lines) < most-1 && utf8.RuneCountInString(line+" "+word) >= s.width {
			lines, line = append(lines, line), strings.Repeat(" ", indent-1)
		}
		line += " " + word
	}
	lines = append(lines, line)
	for i, line := range lines {
		lines[i] = s.paint.outcome(outcome, s.fit(line))
	}
	return lines
}

func (s summaryText) limit(lines []string, rows int) []string {
	if s.height == 0 {
		rows = maxSummary
	}
	rows = max(rows, 3)
	if len(lines) <= rows {
		return lines
	}
	return append(lines[:rows-1:rows-1], fmt.Sprintf("  and %d more lines: see report.html", len(lines)-rows+1))
}
