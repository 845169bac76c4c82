package main

import (
	"github.com/lsst-sqre/muster/validation/summary"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// lastScreen is the summary of the run; on a terminal it is no higher than the
// screen.
func lastScreen(r *verdict.Run, screen *screen, paint paint) string {
	o := summary.Options{Paint: paint.outcome, More: summary.NextSteps(r), Details: "report.html"}
	if len(r.Failures()) > 1 {
		o.More = append(o.More, "Run all of them again: make validate RUN=failed, with the same ENV and ARGS")
	}
	if screen != nil {
		width, height := screen.size()
		// Below it are the place of the reports and a prompt, often a word of make.
		o.Width, o.Height = width, max(height-3, 1)
	}
	return summary.Text(r, o)
}
