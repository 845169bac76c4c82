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

// Bounds of report.md. GitHub drops a job summary of more than 1 MiB.
const (
	maxMarkdownFailures = 25
	maxMarkdownLines    = 24
	maxMarkdownOutput   = 8 << 10
	// maxMarkdownList bounds each other list, and the names in one entry.
	maxMarkdownList = 50
)

// writeMarkdown writes the summary that GitHub shows on a run's page, and that
// people can paste into a chat.
func writeMarkdown(w io.Writer, d publication) error {
	r := d.Run
	m := &markdown{report: r, source: d.source}
	m.line("## Muster: %s", m.verdict())
	m.line("")
	m.line("%s.", markdownText(r.CountsText()))
	bounded(m, r.Problems, func(problem string) { m.line("\n> **%s**", markdownText(problem)) })
	bounded(m, r.Diagnoses, func(d verdict.Diagnosis) { m.line("\n> **Cause:** %s", markdownText(d.String())) })
	m.facts()
	m.changes(d.Changes)
	m.failures()
	m.advice()
	m.groups("Not run", r.Counts[verdict.OutcomeBlocked], r.Grouped(verdict.OutcomeBlocked))
	m.groups("Skipped", r.Counts[verdict.OutcomeSkip], r.SkippedGroups())
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

// bounded shows the first items and says how many more there are.
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
	if target := m.report.Target(); target != "" {
		text += " of " + markdownText(target)
	}
	return text
}

func (m *markdown) facts() {
	m.line("\n| | |\n|---|---|")
	if !m.report.Started.IsZero() {
		m.line("| started | %s |", m.report.Started.UTC().Format("2006-01-02 15:04:05 MST"))
	}
	if m.report.URL != "" {
		m.line("| URL | %s |", markdownText(m.report.URL))
	}
	if m.report.Version != "" {
		m.line("| suite | %s |", markdownText(m.report.Version))
	}
	m.line("| duration | %s |", verdict.Duration(m.report.Seconds))
	if m.report.Requests >= 0 {
		m.line("| requests | %d |", m.report.Requests)
	}
	bounded(m, slices.Sorted(maps.Keys(m.report.Facts)), func(key string) {
		m.line("| %s | %s |", markdownText(key), markdownText(m.report.Facts[key]))
	})
}

func (m *markdown) failures() {
	failed := m.report.Leading()
	if len(failed) == 0 {
		return
	}
	m.line("\n### Failed (%d)", len(m.report.Failures()))
	folded := map[*verdict.Check][]*verdict.Check{}
	explained, _ := m.report.Explanations()
	for _, e := range explained {
		if len(e.Checks) > 1 {
			folded[e.Checks[0]] = e.Checks[1:]
		}
	}
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
		m.fence("", m.excerpt(c))
		m.fence("sh", m.report.Rerun(c))
		if more := folded[c]; len(more) > 0 {
			m.line("\nThe same cause explains %s more: %s", verdict.Count(len(more), "failed check"), markdownNames(more))
		}
	}
}

// excerpt returns the beginning of the output of a check, or else of its failed
// subtests. It leaves out possible causes if the cause is known.
func (m *markdown) excerpt(c *verdict.Check) string {
	if len(c.Findings) > 0 && m.report.ExplainedBy(c) != nil {
		return boundedExcerpt(findings(c))
	}
	outputs := []string{c.Output}
	for _, sub := range c.Subtests {
		if sub.Outcome == verdict.OutcomeFail && sub.Output != "" {
			outputs = append(outputs, sub.Name+":\n"+sub.Output)
		}
	}
	return boundedExcerpt(strings.Join(outputs, "\n"))
}

// findings returns the findings of a check as text.
func findings(c *verdict.Check) string {
	var b strings.Builder
	for _, f := range c.Findings {
		fmt.Fprintf(&b, "expected: %s\nactual:   %s\n", f.Expected, f.Actual)
		if f.Request != "" {
			fmt.Fprintf(&b, "request:  %s\n", f.Request)
		}
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func boundedExcerpt(text string) string {
	lines := strings.Split(strings.TrimLeft(text, "\n"), "\n")
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

// changes writes what changed since another run.
func (m *markdown) changes(c *verdict.Comparison) {
	if c == nil {
		return
	}
	m.line("\n### Compared with %s\n", markdownText(c.Old))
	for _, l := range c.Lists() {
		m.line("- %s", l.Title)
		bounded(m, l.Items, func(item string) { m.line("  - %s", markdownText(item)) })
	}
	if len(c.Lists()) == 0 {
		m.line("Nothing changed.")
	}
}

func (m *markdown) groups(title string, count int, groups []verdict.Group) {
	if len(groups) == 0 {
		return
	}
	m.line("\n### %s (%d)\n", title, count)
	bounded(m, groups, func(g verdict.Group) {
		m.line("- %s: %s", markdownText(g.Reason), markdownNames(g.Checks))
	})
}

func markdownNames(checks []*verdict.Check) string {
	var all []string
	for i, c := range checks {
		if i == maxMarkdownList {
			all = append(all, fmt.Sprintf("and %d more", len(checks)-i))
			break
		}
		all = append(all, markdownText(c.Name))
	}
	return strings.Join(all, ", ")
}

func (m *markdown) runbook(c *verdict.Check) string {
	if link := runbookLink(m.source, c.Runbook); link != "" {
		return " ([runbook](" + link + "))"
	}
	return ""
}

// runbookLink returns a link for a runbook attribute of the allowed form.
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

// fence writes text unchanged, within more backquotes than it has in a row.
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

// markdownText returns text of one line without meaning in Markdown or HTML.
func markdownText(text string) string {
	var b strings.Builder
	for _, r := range strings.Join(strings.Fields(text), " ") {
		switch r {
		case '<', '>', '&', '@', '#':
			// A reference prevents GitHub from mentioning people and issues.
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
