package verdict

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A check comes out of the attributes as it went in, however long its texts are.
func TestAttributesCarryACheck(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("text with blanks ", 1000)
	sent := &Check{
		Name: "TestNoToken", Outcome: OutcomeFail, Obligation: "A protected route refuses.",
		Findings: []Finding{
			{Expected: "status 401", Actual: "status 200 \u2192 open", Hole: true},
			{Expected: "short", Actual: long},
		},
	}
	var w wire
	for _, a := range sent.WireAttributes() {
		assert.LessOrEqual(t, len(a.Value), partSize)
		assert.Equal(t, strings.TrimSpace(a.Value), a.Value, "test2json trims blanks")
		assert.True(t, w.take(a.Key, a.Value))
	}
	require.NotNil(t, w.check)
	require.Len(t, w.check.Findings, 2)
	assert.Equal(t, sent.Obligation, w.check.Obligation)
	assert.Equal(t, sent.Findings[0].Actual, w.check.Findings[0].Actual)
	assert.True(t, w.check.Findings[0].Hole)
	assert.LessOrEqual(t, len(w.check.Findings[1].Actual), maxFindingText+100)
}

// Attributes that are no JSON, or of another protocol, change nothing.
func TestForeignAttributes(t *testing.T) {
	t.Parallel()
	var w wire
	assert.False(t, w.take("severity", "security"))
	assert.True(t, w.take(findingKey, `{"actual": "of no check"}`))
	assert.Nil(t, w.check)
	assert.True(t, w.take(checkKey, encode(Check{Name: "TestA"})))
	assert.True(t, w.take(findingKey, "no JSON"))
	assert.Empty(t, w.check.Findings)
}

// A bad verdict has a reason; a good one needs none.
func TestVerdictHasAReason(t *testing.T) {
	t.Parallel()
	for verdict, problems := range map[string]int{Pass: 0, Incomplete: 1, Fail: 1} {
		s := NewStream()
		s.add(event{Action: "run", Package: "p", Test: "TestA"})
		for _, a := range (&Check{Name: "TestA", Outcome: OutcomePass}).WireAttributes() {
			s.add(event{Action: "attr", Package: "p", Test: "TestA", Key: a.Key, Value: a.Value})
		}
		s.add(event{Action: "pass", Package: "p", Test: "TestA"})
		s.add(event{Action: "output", Package: "p", Output: (&Run{Verdict: verdict}).Line() + "\n"})
		s.add(event{Action: "pass", Package: "p"})
		r := s.Run(nil)
		assert.Equal(t, verdict, r.Verdict)
		assert.Len(t, r.Problems, problems, verdict)
	}
}

func TestDiagnosisInOneLine(t *testing.T) {
	t.Parallel()
	d := Diagnosis{Text: "The route is open."}
	assert.Equal(t, "The route is open.", d.String())
	d.Seen, d.Met = []Evidence{{"TestA", "status 200"}, {"TestB", "status 500"}}, []string{"TestC"}
	assert.Equal(t, "The route is open. Seen: TestA (status 200), TestB (status 500), while TestC passed.", d.String())
	d.Apart = "To tell: look."
	assert.True(t, strings.HasSuffix(d.String(), "passed. To tell: look."))
}

// The key of a cause is its rule, at the path that the environment declares.
func TestKeyOfACause(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "The text.", Diagnosis{Text: "The text."}.Key())
	d := Diagnosis{Text: "/tap is open.", Rule: "{path} is open."}
	assert.Equal(t, "{path} is open.", d.Key())
	d.Path = "/tap"
	assert.Equal(t, "/tap is open.", d.Key())
}
