package main

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"

	"github.com/lsst-sqre/muster/validation/verdict"
)

// lines makes the stream of one package from TestMain's output, the result of its
// only test and the result of the package.
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
		"any test binary":           {lines("PASS", "pass", "pass"), verdict.Pass, ""},
		"the suite agrees":          {lines(`muster.run={\"verdict\":\"pass\"}\n`, "pass", "pass"), verdict.Pass, ""},
		"a failed test":             {lines("FAIL", "fail", "fail"), verdict.Fail, ""},
		"a claim against the facts": {lines(`muster.run={\"verdict\":\"pass\"}\n`, "fail", "fail"), verdict.Fail, ""},
		"left behind": {
			lines(`muster.run={\"verdict\":\"fail\",\"problems\":[\"one token is left\"]}\n`, "pass", "fail"), verdict.Fail,
			"one token is left",
		},
		"failed by its word alone": {
			lines(`muster.run={\"verdict\":\"fail\"}\n`, "pass", "pass"), verdict.Fail,
			"the suite gave the verdict fail without a reason",
		},
		"incomplete by its word": {
			lines(`muster.run={\"verdict\":\"incomplete\",\"problems\":[\"no Secret\"]}\n`, "pass", "fail"), verdict.Incomplete,
			"no Secret",
		},
		"incomplete and failed": {
			lines(`muster.run={\"verdict\":\"incomplete\"}\n`, "fail", "fail"), verdict.Incomplete, "",
		},
		"a word that is none": {
			lines(`muster.run={\"verdict\":\"green\"}\n`, "pass", "pass"), verdict.Incomplete,
			"the suite gave the verdict incomplete without a reason",
		},
		"nothing ran": {
			lines("PASS", "", "pass"), verdict.Incomplete, "no check ran: does the pattern of -run match one?",
		},
		"everything skipped": {
			lines("PASS", "skip", "pass"), verdict.Incomplete, "all checks were skipped: nothing was verified",
		},
		"failed outside of tests": {lines(`cannot listen\n`, "pass", "fail"), verdict.Incomplete, "cannot listen"},
		"failed without a word":   {lines("", "pass", "fail"), verdict.Incomplete, "it ended without a reason"},
		"a test without an end":   {lines("", "run", "fail"), verdict.Incomplete, "1 check did not end: TestA"},
		"ran twice, failed once":  {lines("", "fail", "fail") + lines("", "pass", "pass"), verdict.Fail, ""},
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
	s, err := verdict.Read(
		io.MultiReader(strings.NewReader(lines("PASS", "pass", "pass")), iotest.ErrReader(errors.New("the disk went away"))),
		nil,
	)
	r := s.Run(err)
	assert.Equal(t, verdict.Incomplete, r.Verdict)
	assert.Equal(t, []string{"cannot read the events to their end: the disk went away"}, r.Problems)
}
