package suite

import (
	"flag"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/validation/client"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// ended returns a run whose checks ended with these outcomes, before its verdict.
func ended(t *testing.T, outcomes ...string) *run {
	t.Helper()
	env := &Environment{Name: "test", URL: "https://a.example"}
	require.NoError(t, env.Complete("."))
	r := newRun(t.Context(), env, Options{})
	var err error
	r.Client, err = client.New(env, nil)
	require.NoError(t, err)
	for i, outcome := range outcomes {
		r.results.start()
		r.results.add(
			&verdict.Check{Name: "Test" + string(rune('Z'-i)), Outcome: outcome, Message: fmt.Sprint(outcome, " ", i)},
		)
	}
	return r
}

// The verdict of a run: what failed, what was left behind, and what was not
// verified.
func TestConclude(t *testing.T) {
	t.Parallel()
	const pass, fail = verdict.OutcomePass, verdict.OutcomeFail
	const skip, blocked = verdict.OutcomeSkip, verdict.OutcomeBlocked
	for name, c := range map[string]struct {
		outcomes  []string
		failed    bool // as go test says
		leftovers []string
		verdict   string
		problems  []string
	}{
		"all passed":          {[]string{pass, skip}, false, nil, verdict.Pass, []string{}},
		"a check failed":      {[]string{pass, fail}, true, nil, verdict.Fail, []string{}},
		"go test failed":      {[]string{pass}, true, nil, verdict.Fail, []string{}},
		"a token is left":     {[]string{pass}, false, []string{"a token"}, verdict.Fail, []string{"left behind: a token"}},
		"a check was blocked": {[]string{pass, blocked}, false, nil, verdict.Incomplete, []string{"blocked 1"}},
		"failed and blocked":  {[]string{fail, blocked}, true, nil, verdict.Incomplete, []string{"blocked 1"}},
		"nothing was verified": {[]string{skip}, false, nil, verdict.Incomplete,
			[]string{"every check that was chosen was skipped: nothing was verified"}},
		"the first one by name": {[]string{blocked, blocked}, false, nil, verdict.Incomplete, []string{"blocked 1"}},
	} {
		all := ended(t, c.outcomes...).conclude(c.failed, c.leftovers, time.Second)
		assert.Equal(t, c.verdict, all.Verdict, name)
		assert.Equal(t, c.problems, all.Problems, name)
	}
}

// The report has the checks in alphabetical order and the facts of the run.
func TestConcludeListsChecksAndFacts(t *testing.T) {
	t.Parallel()
	r := ended(t, verdict.OutcomePass, verdict.OutcomePass)
	r.diagnose = func(checks []*verdict.Check) []verdict.Diagnosis { return []verdict.Diagnosis{{Text: checks[0].Name}} }
	all := r.conclude(false, nil, 1500*time.Millisecond)
	require.Len(t, all.Checks, 2)
	assert.Equal(t, []string{"TestY", "TestZ"}, []string{all.Checks[0].Name, all.Checks[1].Name})
	assert.Equal(t, []verdict.Diagnosis{{Text: "TestY"}}, all.Diagnoses)
	assert.InDelta(t, 1.5, all.Seconds, 0)
	assert.NotContains(t, all.Facts, repeatedFact)
	assert.NotContains(t, all.Facts, limitedFact)
	assert.NotContains(t, all.Facts, "not verified")

	r.results.unverified("TestZ")
	assert.Equal(t, "1 checks, for lack of permissions", r.conclude(false, nil, 0).Facts["not verified"])
}

// A run whose checks did not begin or did not end says why.
func TestConcludeWithoutAnEnd(t *testing.T) {
	t.Parallel()
	nothing := ended(t).conclude(false, nil, 0)
	assert.Equal(t, verdict.Incomplete, nothing.Verdict)
	require.Len(t, nothing.Problems, 1)
	why := "no check ran"
	if pattern := flag.Lookup("test.run").Value.String(); pattern != "" {
		why = "no check matches -run " + pattern + ";"
	}
	assert.True(t, strings.HasPrefix(nothing.Problems[0], why), nothing.Problems[0])

	aborted := ended(t, verdict.OutcomePass)
	aborted.results.abort("interrupted")
	assert.Equal(t, []string{"interrupted"}, aborted.conclude(false, nil, 0).Problems)
}
