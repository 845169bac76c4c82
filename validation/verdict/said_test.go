package verdict

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestSaid(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		output string
		want   Said
	}{
		"nothing":            {"", Said{}},
		"what others print":  {"x_test.go:5: wrong\n  and more\n", Said{Rest: "x_test.go:5: wrong\n  and more"}},
		"all parts":          {"obligation: A.\nadvice:     B\nexpected:   1\nactual:     2\nrequest:    curl x\ncause:      C\nrunbook:    validation/RUNBOOK.md#d\n", Said{"A.", "B", "C", "validation/RUNBOOK.md#d", []saidFinding{{"1", "2", "curl x"}}, ""}},
		"parts that go on":   {"obligation: A\n            b.\nexpected:   1\n            or 2\nactual:     3\n            or 4", Said{Obligation: "A b.", Findings: []saidFinding{{"1 or 2", "3 or 4", ""}}}},
		"requests":           {"expected: 1\nactual: 2\nexpected: 3\nactual: 4\nrequest: a\nexpected: 5\nactual: 6\nrequest: b", Said{Findings: []saidFinding{{"1", "2", ""}, {"3", "4", "a"}, {"5", "6", "b"}}}},
		"other labels":       {"expected: 1\nactual: 2\nevidence: a.yaml\n  of it\nother: x\ncause: C", Said{Cause: "C", Findings: []saidFinding{{"1", "2", ""}}, Rest: "evidence: a.yaml\n  of it\nother: x"}},
		"between":            {"before\nobligation: A\n\nafter\n  it\nactual: 2", Said{Obligation: "A", Findings: []saidFinding{{"", "2", ""}}, Rest: "before\n\nafter\n  it"}},
		"twice":              {"cause: C\ncause: D\n  E\nactual: 1\nactual: 2\nrequest: a\nrequest: b", Said{Cause: "C", Findings: []saidFinding{{"", "1", ""}, {"", "2", "a"}}, Rest: "cause: D\n  E\nrequest: b"}},
		"a request too many": {"request: a\n  b", Said{Rest: "request: a\n  b"}},
		"empty":              {"expected:\nactual:   ", Said{Findings: []saidFinding{{}}}},
	} {
		assert.Equal(t, c.want, readSaid(c.output), name)
	}
}
