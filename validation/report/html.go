package main

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"io"
	"strings"

	"github.com/lsst-sqre/muster/validation/verdict"
)

//go:embed report.html.tmpl
var pageText string

// script is for convenience alone: the page is whole without it.
//
//go:embed report.js
var script string

// policy lets the page do nothing but what it was written for, whatever a check
// printed: its own style, its own script, and no request to anybody.
func policy() string {
	hash := sha256.Sum256([]byte(script))
	return "default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-" + base64.StdEncoding.EncodeToString(hash[:]) + "'"
}

// writeHTML writes one page that needs nothing else: it is read from an
// archive of a CI run, often on a phone.
func writeHTML(w io.Writer, r *verdict.Run, source string) error {
	page, err := template.New("report").Funcs(template.FuncMap{
		"seconds":  verdict.Duration,
		"upper":    strings.ToUpper,
		"policy":   policy,
		"script":   func() template.JS { return template.JS(script) }, //nolint:gosec // it is ours
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
