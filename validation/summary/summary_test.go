package summary

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/lsst-sqre/muster/validation/verdict"
)

// broken returns a run in which one cause explains twenty failed checks.
func broken() *verdict.Run {
	r := &verdict.Run{
		Verdict: verdict.Fail, Environment: "local", URL: "https://minikube.lsst.codes", Local: true,
		Arguments: "-env=local -fault=N05", Requests: 544, Seconds: 2,
		Facts: map[string]string{"gafaelfawr": "15.4.1", "repeated": "2, such as GET /"},
	}
	d := verdict.Diagnosis{
		Text:   "The error mapping is missing from ingress-nginx: what should be 403, 400 and 429 becomes 500.",
		Object: "ConfigMap ingress-nginx/ingress-nginx-controller",
	}
	add := func(outcome, name, message string) *verdict.Check {
		c := &verdict.Check{Name: name, Outcome: outcome, Message: message, Runbook: "validation/RUNBOOK.md"}
		r.Checks = append(r.Checks, c)
		return c
	}
	for i := range 20 {
		name := fmt.Sprintf("TestWithALongName%d", i)
		add(verdict.OutcomeFail, name, "status 500 (text/html): 500 Internal Server Error")
		d.Explains = append(d.Explains, name)
	}
	d.Seen = []verdict.Evidence{{Check: "TestWithALongName0", Found: "status 500"}}
	r.Diagnoses = []verdict.Diagnosis{d}
	add(verdict.OutcomeFail, "TestOther", "something else")
	for i := range 9 {
		add(verdict.OutcomeBlocked, fmt.Sprintf("TestBlocked%d", i), "no bootstrap token")
		add(verdict.OutcomeSkip, fmt.Sprintf("TestSkipped%d", i), "no").Remedy = "with the line features: [kubernetes]"
	}
	add(verdict.OutcomeAdvice, "TestWeak", "A cookie stays.")
	r.Judge(verdict.Fail)
	r.Verdict = verdict.Fail
	return r
}

// The cause is on the last screen, and so is the verdict.
func TestTextFitsTheScreen(t *testing.T) {
	t.Parallel()
	for _, size := range [][2]int{{80, 24}, {140, 40}, {0, 0}} {
		text := Text(broken(), Options{Width: size[0], Height: size[1], More: NextSteps(broken()), Details: "report.html"})
		rows := 0
		for line := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
			if rows++; size[0] > 0 {
				rows += max(0, len([]rune(line))-1) / size[0]
			}
		}
		height := size[1]
		if height == 0 {
			height = usualHeight
		}
		assert.LessOrEqual(t, rows, height, text)
		assert.Contains(t, text, "\nFAIL of the local deployment: 21 failed, 9 not run, 1 known weakness")
		flat := strings.Join(strings.Fields(text), " ")
		assert.Contains(t, flat, "1 known weakness, 9 skipped, 0 passed in 2.0 s")
		assert.Contains(t, flat, "becomes 500. (ConfigMap ingress-nginx/ingress-nginx-controller)")
		assert.Contains(t, text, "It explains 20 failed checks:")
		assert.Contains(t, text, "FAIL TestOther: something else")
		assert.Contains(t, text, "NOT RUN (9 checks): no bootstrap token")
		assert.Contains(t, flat,
			"Run one of them again: go test ./validation -env=local -fault=N05 -run '^TestWithALongName0$'")
	}
}

// The cause comes before the problems. The same problem is listed once.
func TestTextLeadsWithTheCause(t *testing.T) {
	t.Parallel()
	r := broken()
	r.Problems = []string{"left behind: a token", "left behind: a token", "left behind: another", "left behind: a third"}
	text := Text(r, Options{Height: Unbounded})
	assert.Less(t, strings.Index(text, "CAUSE"), strings.Index(text, "PROBLEM"))
	assert.Equal(t, 3, strings.Count(text, "PROBLEM"), text)
	text = Text(r, Options{Width: 80, Height: 24})
	assert.Contains(t, text, "  PROBLEM left behind: a token\n    and 2 more problems\n")
}

func TestTextNamesWhatWouldRun(t *testing.T) {
	t.Parallel()
	text := Text(broken(), Options{Height: Unbounded})
	assert.Contains(t, text, "  SKIPPED (9 checks): would run with the line features: [kubernetes]\n")
	assert.Contains(t, text, "  SENT AGAIN 2, such as GET /\n")
	assert.NotContains(t, text, "REMOVE")
	r := broken()
	r.Facts["removable"] = "TestSweep, TestUpload"
	assert.Contains(t, Text(r, Options{Width: 80, Height: Unbounded}),
		"\n  REMOVE from known in the environment file what passed: TestSweep, TestUpload\n")
	assert.Contains(t, text, "  https://minikube.lsst.codes, 544 requests, gafaelfawr 15.4.1\n")
	assert.Contains(t, text, "      FAIL TestWithALongName19: status 500")
}

// Every text of a deployment stays on one line.
func TestTextHasNoForgedLine(t *testing.T) {
	t.Parallel()
	r := broken()
	r.Facts["version"] = "1\nPASS of the local deployment"
	r.Diagnoses[0].Text = "One\n\nPASS of all"
	r.Checks[0].Message = "a\nPASS b"
	assert.NotContains(t, Text(r, Options{Height: Unbounded}), "\nPASS")
}

// Where no known cause explains anything, the first checks say what is possible.
func TestTextNamesPossibleCauses(t *testing.T) {
	t.Parallel()
	r := broken()
	for _, c := range r.Checks {
		c.Cause = "404: the Ingress lacks /logout."
	}
	possible := "    Possible causes: 404: the Ingress lacks /logout.\n"
	assert.NotContains(t, Text(r, Options{Height: Unbounded}), possible, "a cause is known")
	r.Diagnoses = nil
	text := Text(r, Options{Height: Unbounded})
	assert.Equal(t, 2, strings.Count(text, possible), text)
}

// What was found is not understood without what was expected, if it is short. The
// first failures without a cause are not cut.
func TestTextSaysWhatWasExpected(t *testing.T) {
	t.Parallel()
	r := &verdict.Run{Verdict: verdict.Fail, Environment: "my"}
	long := "cannot connect: dial tcp: no such host. The host name does not resolve here: set `address` to the ingress, " +
		"such as 192.0.2.10:443."
	for name, finding := range map[string]verdict.Finding{
		"TestQuota":     {Actual: "none", Expected: "a quota in user-info"},
		"TestReachable": {Actual: long, Expected: "an answer"},
	} {
		r.Checks = append(r.Checks, &verdict.Check{
			Name: name, Outcome: verdict.OutcomeFail, Findings: []verdict.Finding{finding},
		})
	}
	text := Text(r, Options{Width: 80, Height: Unbounded})
	assert.Contains(t, text, "  FAIL TestQuota: none (expected: a quota in user-info)\n")
	assert.Contains(t, strings.Join(strings.Fields(text), " "), "FAIL TestReachable: "+long)
	for line := range strings.SplitSeq(text, "\n") {
		assert.Less(t, len([]rune(line)), 80, line)
	}
}

// A sentence fits a terminal.
func TestSentence(t *testing.T) {
	t.Parallel()
	text := Sentence(func(string) string { return "true" }, "muster: "+strings.Repeat("word ", 40))
	for line := range strings.SplitSeq(text, "\n") {
		assert.Less(t, len([]rune(line)), unknownWidth, line)
	}
	assert.True(t, strings.HasPrefix(text, "muster: word "), text)
	assert.True(t, strings.HasSuffix(text, "word\n"), text)
}
