package suite

import (
	"fmt"
	"strings"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/client"
)

// text returns what a person reads about a check that failed or advises.
func (c *Check) text() string {
	var b strings.Builder
	line := func(label, text string) {
		text = strings.ReplaceAll(strings.TrimSpace(gafaelfawr.Printable(gafaelfawr.Redact(text))), "\n", "\n            | ")
		fmt.Fprintf(&b, "%-11s %s\n", label+":", text)
	}
	line("obligation", c.o.Says)
	if c.o.Advice != "" {
		line("known", "a weakness of Gafaelfawr itself, in "+c.o.Advice+"; -strict makes it a failure")
	}
	if k, ok := c.known(); ok {
		line("known", k.Reason+"; it does not fail the run until "+k.Until)
	}
	var about *client.Response
	for i, f := range c.failures {
		if i > 0 && f.About != about && about != nil {
			line("request", c.run.Client.Curl(*about))
		}
		about = f.About
		line("expected", f.Expected)
		line("actual", f.Actual)
	}
	if about != nil {
		line("request", c.run.Client.Curl(*about))
	}
	line("possible causes", c.o.Cause)
	if c.result.Evidence != "" {
		line("evidence", c.result.Evidence)
	}
	line("runbook", c.result.Runbook)
	return b.String()
}

func runbookSection(test string) string {
	return "validation/RUNBOOK.md#" + strings.ToLower(test)
}
