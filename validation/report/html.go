package main

import (
	_ "embed"
	"html/template"
	"io"
	"strings"

	"github.com/lsst-sqre/muster/muster/verdict"
)

//go:embed report.html.tmpl
var pageText string

// writeHTML writes one page that needs nothing else: it is read from an
// archive of a CI run, often on a phone.
func writeHTML(w io.Writer, r *verdict.Report, source string) error {
	page, err := template.New("report").Funcs(template.FuncMap{
		"seconds":  verdict.Duration,
		"upper":    strings.ToUpper,
		"runbook":  func(c *verdict.Check) string { return runbookLink(source, c.Runbook) },
		"counts":   r.CountsText,
		"rerun":    r.Rerun,
		"failures": r.Failures,
		"advised":  func() []*verdict.Check { return r.With(verdict.OutcomeAdvice) },
		"passed":   func() []*verdict.Check { return r.With(verdict.OutcomePass) },
		"groups":   r.Grouped,
	}).Parse(pageText)
	if err != nil {
		return err
	}
	return page.Execute(w, r)
}
