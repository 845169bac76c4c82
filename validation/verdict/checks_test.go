package verdict

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// Reports list the findings, so they omit the findings' text from the output.
func TestBesides(t *testing.T) {
	t.Parallel()
	const text = "obligation: It is so.\nexpected:   a\nactual:     b\nrunbook:    validation/RUNBOOK.md#testa\n"
	c := &Check{Obligation: "It is so.", Runbook: "validation/RUNBOOK.md#testa", Findings: []Finding{{Actual: "b"}}}
	for output, want := range map[string]string{
		text:                               "",
		"a line before\n" + text + "after": "a line before\nafter",
		"other words":                      "other words",
		"":                                 "",
	} {
		c.Output = output
		assert.Equal(t, want, c.Besides())
	}
	c.Output, c.Findings = text, nil
	assert.Equal(t, text, c.Besides(), "nothing else shows it")
}
