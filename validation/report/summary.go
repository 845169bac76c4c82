package main

import (
	"github.com/lsst-sqre/muster/validation/summary"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// lastScreen returns the summary of the run. On a terminal it is no higher than
// the screen. It says how much changed since another run.
func lastScreen(r *verdict.Run, since *verdict.Comparison, screen *screen, paint paint) string {
	o := summary.Options{Paint: paint.outcome, More: summary.NextSteps(r), Details: "report.html"}
	if len(r.Failures()) > 1 {
		o.More = append(o.More, "Run all of them again: "+r.RerunFailed())
	}
	if since != nil {
		o.More = append([]string{since.Line()}, o.More...)
	}
	if screen != nil {
		width, height := screen.size()
		// The place of the reports, a prompt and often a line of make come below
		// it.
		o.Width, o.Height = width, max(height-3, 1)
	}
	return summary.Text(r, o)
}
