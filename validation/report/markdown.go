package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/lsst-sqre/muster/validation/verdict"
)

// Bounds of report.md: GitHub drops a job summary of more than 1 MiB whole.
const (
	maxMarkdownFailures = 25
	maxMarkdownLines    = 24
	maxMarkdownOutput   = 8 << 10
	// maxMarkdownList is of each other list, and of the names in one entry.
	maxMarkdownList = 50
)

// writeMarkdown writes the summary that GitHub shows on a run's page, and that
// can be pasted where people talk.
func writeMarkdown(w io.Writer, r *verdict.Run, source string) error {
	m := &markdown{report: r, source: source}
	m.line("## Muster: %s", m.verdict())
	m.line("")
	m.line("%s.", markdownText(r.CountsText()))
	bounded(m, r.Problems, func(problem string) { m.line("\n> **%s**", markdownText(problem)) })
	bounded(m, r.Diagnoses, func(d verdict.Diagnosis) { m.line("\n> **Cause:** %s", markdownText(d.String())) })
	m.facts()
	m.failures()
	m.advice()
	m.groups("Not run", verdict.OutcomeBlocked)
	m.groups("Skipped", verdict.OutcomeSkip)
	_, err := io.WriteString(w, m.text.String())
	return err
}

type markdown struct {
	report *verdict.Run
	source string
	text   strings.Builder
}

func (m *markdown) line(format string, args ...any) {
	fmt.Fprintf(&m.text, format+"\n", args...)
}

// bounded shows the first of all, and says how many more there are.
func bounded[T any](m *markdown, all []T, show func(T)) {
	for _, one := range all[:min(len(all), maxMarkdownList)] {
		show(one)
	}
	if rest := len(all) - maxMarkdownList; rest > 0 {
		m.line("\nand %d more: see report.html.", rest)
	}
}

func (m *markdown) verdict() string {
	text := map[string]string{verdict.Pass: "✅ pass", verdict.Fail: "❌ fail"}[m.report.Verdict]
	if text == "" {
		text = "⚠️ " + m.report.Verdict
	}
	if m.report.Environment != "" {
		text += " of " + markdownText(m.report.Environment)
	}
	return text
}

func (m *markdown) facts() {
	m.line("\n| | |\n|---|---|")
	m.line("| duration | %s |", verdict.Duration(m.report.Seconds))
	if m.report.Requests >= 0 {
		m.line("| requests | %d |", m.report.Requests)
	}
	bounded(m, slices.Sorted(maps.Keys(m.report.Facts)), func(key string) {
		m.line("| %s | %s |", markdownText(key), markdownText(m.report.Facts[key]))
	})
}

func (m *markdown) failures() {
	failed := m.report.Failures()
	if len(failed) == 0 {
		return
	}
	m.line("\n### Failed (%d)", len(failed))
	for i, c := range failed {
		if i == maxMarkdownFailures {
			m.line("\nand %d more: see report.html.", len(failed)-i)
			break
		}
		what := c.Message
		if c.Obligation != "" {
			what = c.Obligation // and what was found is in the output
		}
		if c.Security {
			what = "[security] " + what
		}
		m.line("\n**%s**%s: %s\n", markdownText(c.Name), m.runbook(c), markdownText(what))
		m.fence("", excerpt(c))
		m.fence("sh", m.report.Rerun(c))
	}
}

// excerpt is the beginning of what a check printed, or else of its subtests
// that failed.
func excerpt(c *verdict.Check) string {
	outputs := []string{c.Output}
	for _, sub := range c.Subtests {
		if sub.Outcome == verdict.OutcomeFail && sub.Output != "" {
			outputs = append(outputs, sub.Name+":\n"+sub.Output)
		}
	}
	lines := strings.Split(strings.TrimLeft(strings.Join(outputs, "\n"), "\n"), "\n")
	if len(lines) > maxMarkdownLines {
		lines = append(lines[:maxMarkdownLines], fmt.Sprintf("[%d more lines in report.html]", len(lines)-maxMarkdownLines))
	}
	return verdict.Shorten(strings.Join(lines, "\n"), maxMarkdownOutput)
}

func (m *markdown) advice() {
	advised := m.report.With(verdict.OutcomeAdvice)
	if len(advised) == 0 {
		return
	}
	m.line("\n### Known weaknesses (%d)\n", len(advised))
	bounded(m, advised, func(c *verdict.Check) {
		m.line("- **%s**%s: %s", markdownText(c.Name), m.runbook(c), markdownText(c.Message))
	})
}

func (m *markdown) groups(title, outcome string) {
	groups := m.report.Grouped(outcome)
	if len(groups) == 0 {
		return
	}
	m.line("\n### %s (%d)\n", title, m.report.Counts[outcome])
	bounded(m, groups, func(g verdict.Group) {
		var all []string
		for i, c := range g.Checks {
			if i == maxMarkdownList {
				all = append(all, fmt.Sprintf("and %d more", len(g.Checks)-i))
				break
			}
			all = append(all, markdownText(c.Name))
		}
		m.line("- %s: %s", markdownText(g.Reason), strings.Join(all, ", "))
	})
}

func (m *markdown) runbook(c *verdict.Check) string {
	if link := runbookLink(m.source, c.Runbook); link != "" {
		return " ([runbook](" + link + "))"
	}
	return ""
}

// runbookPath is all that a runbook attribute may be: it becomes a link.
func runbookLink(source, path string) string {
	for _, r := range path {
		if !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._#-", r) {
			return ""
		}
	}
	if path == "" {
		return ""
	}
	return strings.TrimSuffix(source, "/") + "/" + path
}

// fence writes text as it is, within more backquotes than it has in a row.
func (m *markdown) fence(language, text string) {
	if strings.TrimSpace(text) == "" {
		return
	}
	fence := "```"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	m.line("%s%s\n%s\n%s", fence, language, text, fence)
}

// markdownText is text of one line without any meaning in Markdown or HTML.
func markdownText(text string) string {
	var b strings.Builder
	for _, r := range strings.Join(strings.Fields(text), " ") {
		switch r {
		case '<', '>', '&', '@', '#':
			// As a reference, or GitHub would also mention people and issues.
			b.WriteString("&#" + strconv.Itoa(int(r)) + ";")
		case '\\', '`', '*', '_', '[', ']', '|', '~', '!':
			b.WriteRune('\\')
			b.WriteRune(r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
