package main

import (
	_ "embed"
	"html/template"
	"io"
	"strings"
)

//go:embed report.html.tmpl
var pageText string

// writeHTML writes one page that needs nothing else: it is read from an
// archive of a CI run, often on a phone.
func writeHTML(w io.Writer, r *Report, source string) error {
	page, err := template.New("report").Funcs(template.FuncMap{
		"seconds":  seconds,
		"upper":    strings.ToUpper,
		"runbook":  func(c *Check) string { return runbookLink(source, c.Runbook) },
		"counts":   r.countsText,
		"rerun":    r.rerun,
		"failures": r.failures,
		"advised":  func() []*Check { return r.with(outcomeAdvice) },
		"passed":   func() []*Check { return r.with(outcomePass) },
		"groups":   r.grouped,
	}).Parse(pageText)
	if err != nil {
		return err
	}
	return page.Execute(w, r)
}
