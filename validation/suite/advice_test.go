package suite

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/lsst-sqre/muster/validation/findings"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// A known weakness is one kind of finding. Any other finding of such a check is a
// failure and comes first. The weakness then still counts as no hole.
func TestWeakness(t *testing.T) {
	t.Parallel()
	judged := func(unable bool, reasons ...Reason) *verdict.Check {
		env := &Environment{}
		c := &Check{Recorder: findings.NewRecorder(t.Context(), env), run: newRun(t.Context(), env, Options{}),
			o: Obligation{Says: "It is so.", Advice: "1.0"}, result: &verdict.Check{}}
		for i, r := range reasons {
			f := findings.Failure{Finding: findings.New("", "", r)}
			f.Hole, f.Unable = r.Code == verdict.CodeTokenLeaked, unable && i == 0
			c.Record(f)
		}
		c.judge()
		return c.result
	}
	weakness, leak := Arrived("Cookie", "gafaelfawr=x"), verdict.Of(verdict.CodeTokenLeaked)
	assert.Equal(t, verdict.OutcomeAdvice, judged(false, weakness, leak).Outcome)
	for _, other := range []Reason{verdict.Status(500, "text/html", 200),
		verdict.Of(verdict.CodeNoReport), verdict.Of(verdict.CodePanic),
		verdict.Of(verdict.CodeFlapping), verdict.Header("", "Cookie", []string{"x"}), verdict.Of(verdict.CodeUnmet)} {
		r := judged(false, leak, other)
		assert.Equal(t, verdict.OutcomeFail, r.Outcome, other.String())
		assert.False(t, r.Security, other.String())
		assert.Equal(t, other.Code, r.Findings[0].Code)
	}
	assert.Equal(t, verdict.OutcomeFail, judged(true, weakness).Outcome)
}
