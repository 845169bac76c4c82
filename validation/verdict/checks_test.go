package verdict

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// Reports show findings as such: their text among the output says nothing more.
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
