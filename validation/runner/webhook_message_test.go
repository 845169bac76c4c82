package runner

import (
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"

	"github.com/lsst-sqre/muster/validation/verdict"
)

var toIdfdev = webhookConfig{deployment: "idfdev", runs: "https://example.org/muster/runs/"}

func TestMessageOfARedRun(t *testing.T) {
	t.Parallel()
	run := ended("7", verdict.Fail, 0, check("TestA", "fail"), check("TestB", "pass"), securityCheck("fail"))
	run.Report.Diagnoses = []verdict.Diagnosis{{Text: "Gafaelfawr <is> down & out"}, {Text: "another"}}
	run.Report.Problems = []string{"a problem"}
	assert.Equal(t, `:red_circle: *Muster: idfdev is red.* 2 failed, 1 passed.
Failed: TestOpen (security), TestA
Diagnosis: Gafaelfawr &lt;is&gt; down &amp; out
<https://example.org/muster/runs/7|Run 7>`, message(toIdfdev, &run))
}

func TestMessageWithoutADiagnosis(t *testing.T) {
	t.Parallel()
	run := red("7", "TestA")
	run.Report.Environment = "/etc/muster/environment.yaml"
	run.Report.Checks[0].Obligation = "No token gets 401."
	run.Report.Checks[0].Message = "No token gets 401. Actual: 500"
	run.Report.Checks[0].Findings = []verdict.Finding{{Actual: "500"}}
	assert.Equal(t, `:red_circle: *Muster: /etc/muster/environment.yaml is red.* 1 failed, 0 passed.
Failed: TestA
Found: 500`, message(webhookConfig{}, &run))
}

func TestMessageOfAnIncompleteRun(t *testing.T) {
	t.Parallel()
	run := ended("7", verdict.Incomplete, 0, check("TestA", "blocked"))
	run.Report.Problems = []string{"no bootstrap token"}
	assert.Equal(t, `:large_orange_circle: *Muster: idfdev could not be checked.* The run is incomplete and says little about the deployment: 1 not run, 0 passed.
Reason: no bootstrap token
<https://example.org/muster/runs/7|Run 7>`, message(toIdfdev, &run))
}

func TestMessageOfAGreenRun(t *testing.T) {
	t.Parallel()
	run := green("7")
	run.Report.Diagnoses = []verdict.Diagnosis{{Text: "of advice"}}
	assert.Equal(t, `:large_green_circle: *Muster: idfdev is green again.* 1 passed.
<https://example.org/muster/runs/7|Run 7>`, message(toIdfdev, &run))
}

func TestMessageIsBounded(t *testing.T) {
	t.Parallel()
	run := ended("7", verdict.Fail, 0)
	for i := range 10000 {
		run.Report.Checks = append(run.Report.Checks, check("Test"+strings.Repeat("<é", 5000)+strconv.Itoa(i), "fail"))
	}
	run.Report.Diagnoses = []verdict.Diagnosis{{Text: strings.Repeat("\n&", 1<<20)}}
	text := message(toIdfdev, &run)
	assert.Less(t, utf8.RuneCountInString(text), 8000)
	assert.True(t, utf8.ValidString(text))
	assert.Contains(t, text, "and 9985 more")
	assert.Equal(t, 3, strings.Count(text, "\n"))
}

func TestMessageHasNoToken(t *testing.T) {
	t.Parallel()
	run := red("7", "TestA")
	run.Report.Diagnoses = []verdict.Diagnosis{{Text: "seen gt-ca11erca11erca11erca1A.s3cr3ts3cr3ts3cr3ts3cA"},
		{Text: "<!channel>"}}
	assert.NotContains(t, message(toIdfdev, &run), "s3cr3t")
}
