package main

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"io"
	"strings"

	"github.com/lsst-sqre/muster/validation/runbook"
	"github.com/lsst-sqre/muster/validation/verdict"
)

//go:embed report.html.tmpl
var pageText string

// script is for convenience: the page is complete without it.
//
//go:embed report.js
var script string

// policy restricts the page to its own style and script, without any request,
// whatever a check printed.
func policy() string {
	hash := sha256.Sum256([]byte(script))
	return "default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-" + base64.StdEncoding.EncodeToString(
		hash[:],
	) + "'"
}

// wrong has the failures, grouped by their diagnosis.
type wrong struct {
	Explained []verdict.Explanation
	Rest      []*verdict.Check
}

func wrongOf(r *verdict.Run) (w wrong) {
	w.Explained, w.Rest = r.Explanations()
	return w
}

// overviewOf returns the causes for the top of the page. A single cause is
// shown only with its failures, so that the first failure is visible without
// scrolling.
func overviewOf(r *verdict.Run) []verdict.Diagnosis {
	if explained, _ := r.Explanations(); len(r.Diagnoses) == 1 && len(explained) == 1 && len(explained[0].Checks) > 0 {
		return nil
	}
	return r.Diagnoses
}

// unfolded is wider than any paragraph of the runbook: browsers wrap them.
const unfolded = 1 << 20

// mostFindings of a check are open: more of them seldom say more.
const mostFindings = 2

// writeHTML writes one page that needs nothing else: it is read from an
// archive of a CI run, often on a phone.
func writeHTML(w io.Writer, d publication) error {
	r := d.Run
	page, err := template.New("report").Funcs(template.FuncMap{
		"seconds":  verdict.Duration,
		"upper":    strings.ToUpper,
		"policy":   policy,
		"script":   func() template.JS { return template.JS(script) }, //nolint:gosec // it is ours
		"runbook":  func(c *verdict.Check) string { return runbookLink(d.source, c.Runbook) },
		"counts":   r.CountsText,
		"rerun":    r.Rerun,
		"failures": r.Failures,
		"wrong":    func() wrong { return wrongOf(r) },
		"overview": func() []verdict.Diagnosis { return overviewOf(r) },
		"section":  func(c *verdict.Check) string { return runbook.Folded(runbook.Section(d.runbook, c.Name), unfolded) },
		"first":    func(all []*verdict.Check) *verdict.Check { return all[0] },
		"rest":     func(all []*verdict.Check) []*verdict.Check { return all[1:] },
		"count":    verdict.Count,
		"leading":  func(all []verdict.Finding) []verdict.Finding { return all[:min(len(all), mostFindings)] },
		"others":   func(all []verdict.Finding) []verdict.Finding { return all[min(len(all), mostFindings):] },
		"title":    func() string { return strings.TrimSuffix(strings.ToUpper(r.Verdict)+" of "+r.Target(), " of ") },
		"advised":  func() []*verdict.Check { return r.With(verdict.OutcomeAdvice) },
		"passed":   func() []*verdict.Check { return r.With(verdict.OutcomePass) },
		"blocked":  func() []verdict.Group { return r.Grouped(verdict.OutcomeBlocked) },
		"skipped":  r.SkippedGroups,
	}).Parse(pageText)
	if err != nil {
		return err
	}
	return page.Execute(w, d)
}
