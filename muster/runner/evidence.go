package runner

import (
	"strings"

	"github.com/lsst-sqre/muster/muster/verdict"
)

// finding is one thing that a check found, as it prints it.
type finding struct{ Expected, Actual, Request string }

// evidence is what a check that failed says, taken apart.
type evidence struct {
	Findings []finding
	Cause    string
	// Rest is what it printed besides.
	Rest string
}

// evidenceOf takes apart the output of a check of the suite: lines with a label,
// which go on in indented lines. A request stands below all findings that it
// showed.
func evidenceOf(c *verdict.Check) evidence {
	var e evidence
	var rest []string
	into := &e.Rest
	first := 0 // the first finding without a request
	var ignored string
	for line := range strings.SplitSeq(c.Output, "\n") {
		label, text, ok := strings.Cut(line, ":")
		text = strings.TrimSpace(text)
		switch {
		case ok && label == "expected":
			e.Findings = append(e.Findings, finding{Expected: text})
			into = &e.Findings[len(e.Findings)-1].Expected
		case ok && label == "actual" && len(e.Findings) > 0:
			into = &e.Findings[len(e.Findings)-1].Actual
			*into = text
		case ok && label == "request" && len(e.Findings) > first:
			for i := first; i < len(e.Findings)-1; i++ {
				e.Findings[i].Request = ""
			}
			first = len(e.Findings)
			into = &e.Findings[first-1].Request
			*into = text
		case ok && label == "cause":
			into = &e.Cause
			*into = text
		case ok && (label == "obligation" || label == "runbook" || label == "advice"):
			into = &ignored
		case strings.HasPrefix(line, "  ") && into != &e.Rest:
			*into += " " + strings.TrimSpace(line)
		default:
			into = &e.Rest
			rest = append(rest, line)
		}
	}
	e.Rest = strings.TrimSpace(strings.Join(rest, "\n"))
	return e
}
