package main

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
)

// lines makes a stream of one package out of what TestMain says, what the only
// test did and what the package did.
func lines(said, test, pkg string) string {
	var s strings.Builder
	s.WriteString(`{"Action":"start","Package":"p"}` + "\n")
	if test != "" {
		s.WriteString(`{"Action":"run","Package":"p","Test":"TestA"}` + "\n")
		s.WriteString(`{"Action":"` + test + `","Package":"p","Test":"TestA","Elapsed":0.5}` + "\n")
	}
	s.WriteString(`{"Action":"output","Package":"p","Output":"` + said + `"}` + "\n")
	s.WriteString(`{"Action":"` + pkg + `","Package":"p","Elapsed":0.5}` + "\n")
	return s.String()
}

func TestVerdict(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ stream, verdict, problem string }{
		"any test binary":           {lines("PASS", "pass", "pass"), verdictPass, ""},
		"the suite agrees":          {lines(`muster: verdict=pass\n`, "pass", "pass"), verdictPass, ""},
		"a failed test":             {lines("FAIL", "fail", "fail"), verdictFail, ""},
		"a claim against the facts": {lines(`muster: verdict=pass\n`, "fail", "fail"), verdictFail, ""},
		"left behind":               {lines(`muster: verdict=fail\nmuster: error=one token is left\n`, "pass", "fail"), verdictFail, "one token is left"},
		"failed by its word alone":  {lines(`muster: verdict=fail\n`, "pass", "pass"), verdictFail, "the suite gave the verdict fail without a reason"},
		"incomplete by its word":    {lines(`muster: verdict=incomplete\nmuster: error=no Secret\n`, "pass", "fail"), verdictIncomplete, "no Secret"},
		"incomplete and failed":     {lines(`muster: verdict=incomplete\n`, "fail", "fail"), verdictIncomplete, ""},
		"a word that is none":       {lines(`muster: verdict=green\n`, "pass", "pass"), verdictIncomplete, "the suite gave the verdict incomplete without a reason"},
		"nothing ran":               {lines("PASS", "", "pass"), verdictIncomplete, "no check ran: does the pattern of -run match one?"},
		"everything skipped":        {lines("PASS", "skip", "pass"), verdictIncomplete, "all checks were skipped: nothing was verified"},
		"failed outside of tests":   {lines(`cannot listen\n`, "pass", "fail"), verdictIncomplete, "cannot listen"},
		"failed without a word":     {lines("", "pass", "fail"), verdictIncomplete, "it ended without a reason"},
		"a test without an end":     {lines("", "run", "fail"), verdictIncomplete, "1 check did not end: TestA"},
		"ran twice, failed once":    {lines("", "fail", "fail") + lines("", "pass", "pass"), verdictFail, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := reportOn(t, c.stream)
			assert.Equal(t, c.verdict, r.report.Verdict)
			if c.problem == "" {
				assert.Empty(t, r.report.Problems)
			} else {
				assert.Contains(t, r.report.Problems, c.problem)
			}
		})
	}
}

func TestReadErrorIsIncomplete(t *testing.T) {
	t.Parallel()
	s, err := readStream(io.MultiReader(strings.NewReader(lines("PASS", "pass", "pass")), iotest.ErrReader(errors.New("the disk went away"))))
	r := summarize(s, err)
	assert.Equal(t, verdictIncomplete, r.Verdict)
	assert.Equal(t, []string{"cannot read the events to their end: the disk went away"}, r.Problems)
}

func TestFailureMessage(t *testing.T) {
	t.Parallel()
	for want, output := range map[string]string{
		"Routes exist. Actual: 404": "obligation: Routes exist.\nexpected:   200\nactual:     404\nactual:     another",
		"panic: boom":               "x_test.go:5: before\npanic: boom\n\ngoroutine 1 [running]:",
		"Not equal: expected: 1 actual : 2": "x_test.go:7: \n    \tError Trace:\tx_test.go:7\n    \tError:      \tNot equal: \n" +
			"    \t            \texpected: 1\n    \t            \tactual  : 2\n    \tTest:       \tTestX\n",
		"it is wrong": "\nx_test.go:12: it is wrong\n    and more",
		"":            "",
	} {
		assert.Equal(t, want, failureMessage(output))
	}
	assert.Len(t, []rune(failureMessage(strings.Repeat("wörd ", 1000))), maxMessage+1)
}

func TestLongOutputKeepsBothEnds(t *testing.T) {
	t.Parallel()
	got := cleanOutput("first" + strings.Repeat("ö", maxOutput) + "last")
	assert.Less(t, len(got), maxOutput+100)
	assert.Regexp(t, `^first(?s:.*)\[… left out …\](?s:.*)last$`, got)
	assert.NotContains(t, got, "\uFFFD")
}
