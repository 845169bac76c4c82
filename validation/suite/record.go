package suite

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/stretchr/testify/assert"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/client"
)

type failure struct {
	expected, actual string
	about            *Answer
	// hole tells that somebody was let in, or something let out, who or what
	// must not be.
	hole bool
	// unable tells that the check did not come as far as to try it.
	unable bool
	// late tells that the run was being stopped: it says nothing about the
	// deployment.
	late bool
}

// sight is the failure as a diagnosis sees it. What kept the check from trying
// tells nothing of a path.
func (f failure) sight(c *Check) sight {
	if f.unable {
		return sight{text: f.actual, unable: true}
	}
	return sight{text: f.actual, path: c.declared(f.about)}
}

// opens tells that the failure lets somebody in, or something out: of a check
// about that only what is no refusal, and no failure to try.
func (f failure) opens(security bool) bool {
	return f.hole || security && !f.unable && (f.about == nil || f.about.Code/100 == 2)
}

// Expect records a failure unless ok; about is the answer that shows it, or nil.
func (c *Check) Expect(ok bool, about *Answer, expected, actual string) bool {
	return c.record(ok, failure{expected: expected, actual: actual, about: about})
}

// Closed is Expect of what keeps callers out, or what is another's from them:
// where it is not so, that is a hole, which comes before all else.
func (c *Check) Closed(ok bool, about *Answer, expected, actual string) bool {
	return c.record(ok, failure{expected: expected, actual: actual, about: about, hole: true})
}

// textLimit in characters bounds what is kept of one text of a finding.
const textLimit = 2 << 10

func (c *Check) record(ok bool, f failure) bool {
	if ok {
		return true // to make an excerpt of what nobody reads would take time
	}
	f.expected, f.actual = gafaelfawr.Excerpt(f.expected, textLimit), gafaelfawr.Excerpt(f.actual, textLimit)
	f.late = c.run.ctx.Err() != nil
	f.unable = f.unable || strings.Contains(f.actual, client.LosesConnections) // what was asked for may be in order
	if !slices.Contains(c.failures, f) {
		c.failures = append(c.failures, f)
	}
	return false
}

// Must is Expect that ends the check where it is not met: what follows would
// only repeat the same.
func (c *Check) Must(ok bool, about *Answer, expected, actual string) {
	if !c.Expect(ok, about, expected, actual) {
		panic(ended{})
	}
}

// NoError ends the check where something failed that had to be done first.
func (c *Check) NoError(err error, what string) {
	if err != nil {
		c.unable(what, errorText(err))
	}
}

// unable ends the check, which failed before it came to what it is about.
func (c *Check) unable(expected, actual string) {
	c.record(false, failure{expected: expected, actual: actual, unable: true})
	panic(ended{})
}

// text is what a person reads of a check that failed or advises.
func (c *Check) text() string {
	var b strings.Builder
	line := func(label, text string) {
		text = strings.ReplaceAll(strings.TrimSpace(gafaelfawr.Printable(gafaelfawr.Redact(text))), "\n", "\n            | ")
		fmt.Fprintf(&b, "%-11s %s\n", label+":", text)
	}
	line("obligation", c.o.Says)
	if c.o.Advice != "" {
		line("advice", "a weakness of Gafaelfawr itself, in "+c.o.Advice+"; -strict makes it a failure")
	}
	var about *Answer
	for i, f := range c.failures {
		if i > 0 && f.about != about && about != nil {
			line("request", about.Curl())
		}
		about = f.about
		line("expected", f.expected)
		line("actual", f.actual)
	}
	if about != nil {
		line("request", about.Curl())
	}
	line("cause", c.o.Cause)
	if folder := c.run.options.Evidence; folder != "" && len(c.namespaces) > 0 {
		file, err := c.evidence(folder)
		if err != nil {
			file = "none: " + err.Error()
		}
		line("evidence", file)
	}
	line("runbook", runbookSection(c.t.Name()))
	return b.String()
}

func runbookSection(test string) string {
	return "validation/RUNBOOK.md#" + strings.ToLower(test)
}

// firstLine is the first line of a text, of a length that a summary bears.
func firstLine(text string) string {
	line, _, _ := strings.Cut(gafaelfawr.Printable(text), "\n")
	return gafaelfawr.Excerpt(line, 200)
}

// Equal records a failure unless both are equal; what names the fact.
func (c *Check) Equal(about *Answer, what string, want, got any) bool {
	return c.Expect(assert.ObjectsAreEqual(want, got), about,
		fmt.Sprintf("%s %v", what, want), fmt.Sprintf("%s %v", what, got))
}

// ErrorStatus verifies that Gafaelfawr's API refused with that status.
func (c *Check) ErrorStatus(err error, status int, what string) bool {
	var api *gafaelfawr.APIError
	answered := errors.As(err, &api)
	f := failure{expected: fmt.Sprintf("status %d to %s", status, what), actual: "it succeeded", hole: err == nil && refusal(status)}
	if err != nil {
		f.actual, f.unable = describe(err), !answered
	}
	return c.record(answered && api.Status == status, f)
}
