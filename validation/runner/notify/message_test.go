package notify

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"

	"github.com/lsst-sqre/muster/validation/runner/history/historytest"
	"github.com/lsst-sqre/muster/validation/verdict"
)

var toIdfdev = WebhookConfig{Deployment: "idfdev", Runs: "https://example.org/muster/runs/"}

// The cause leads with its object, then come names, the time and the link.
func TestMessageOfARedRun(t *testing.T) {
	t.Parallel()
	var checks []*verdict.Check
	for i := range 20 {
		checks = append(checks, historytest.Check(fmt.Sprintf("Test%02d", i), "fail"))
	}
	run := historytest.Ended("7", verdict.Fail, 0, checks...)
	run.Report.Diagnoses = []verdict.Diagnosis{
		{Text: "Gafaelfawr <is> down & out.", Object: "Deployment gafaelfawr/gafaelfawr", Explains: []string{"Test09"}},
		{Text: "another"},
	}
	run.Report.Problems = []string{"a problem"}
	assert.Equal(t, `:red_circle: *idfdev:* Gafaelfawr &lt;is&gt; down &amp; out. (Deployment gafaelfawr/gafaelfawr)
It fails. Failed: Test09, Test00, Test01 and 17 more.
Since 1 March, 12:00 UTC.
<https://example.org/muster/runs/7|Run 7>`, message(toIdfdev, &run, green))
}

func TestMessageWithoutADiagnosis(t *testing.T) {
	t.Parallel()
	run := historytest.Red("7", "TestA")
	run.Report.Environment = "/etc/muster/environment.yaml"
	run.Report.Checks[0].Obligation = "No token gets 401."
	run.Report.Checks[0].Message = "No token gets 401. Actual: 500"
	run.Report.Checks[0].Findings = []verdict.Finding{{Actual: "500"}}
	assert.Equal(t, `:red_circle: */etc/muster/environment.yaml:* TestA: 500
It fails. Failed: TestA.
Since 1 March, 12:00 UTC.`, message(WebhookConfig{}, &run, green))
}

func TestMessageOfAnIncompleteRun(t *testing.T) {
	t.Parallel()
	run := historytest.Ended("7", verdict.Incomplete, 0, historytest.Check("TestA", "blocked"))
	run.Report.Problems = []string{"no bootstrap token"}
	assert.Equal(t, `:large_orange_circle: *idfdev:* no bootstrap token
It could not be checked: the run is incomplete and says little about the deployment.
Since 1 March, 12:00 UTC.
<https://example.org/muster/runs/7|Run 7>`, message(toIdfdev, &run, green))
}

func TestMessageOfAGreenRun(t *testing.T) {
	t.Parallel()
	run := historytest.Green("7")
	run.Report.Diagnoses = []verdict.Diagnosis{{Text: "of advice"}}
	assert.Equal(t, `:large_green_circle: *idfdev* passes again. 1 passed.
<https://example.org/muster/runs/7|Run 7>`, message(toIdfdev, &run, green))
}

var green = notifyState{Verdict: verdict.Pass, Causes: []string{}}

// A new hole gets a message while other checks are red, and so does its end.
func TestMessageOfAHole(t *testing.T) {
	t.Parallel()
	harmless, closed := historytest.Red("1", "TestA"), historytest.Red("3", "TestA")
	open := historytest.Ended("2", verdict.Fail, time.Hour, historytest.SecurityCheck("fail"))
	closed.Started = harmless.Started.Add(3 * time.Hour)
	state := green.after(&harmless)
	text := message(toIdfdev, &open, state)
	assert.Contains(t, text, ":rotating_light: *idfdev:* TestOpen\nA new security failure. Failed: TestOpen (security).")
	assert.Contains(t, text, "\nSince 1 March, 12:00 UTC (1 h).\n")
	state = state.after(&open)
	text = message(toIdfdev, &closed, state)
	assert.Contains(t, text,
		"The security failures are over; it still fails. Failed: TestA.\nSince 1 March, 12:00 UTC (3 h).")
	state = state.after(&closed)
	over := historytest.Green("4")
	over.Started = harmless.Started.Add(50 * time.Hour)
	assert.Contains(t, message(toIdfdev, &over, state),
		"passes again. 1 passed. It failed for 2 days, since 1 March, 12:00 UTC.")
}

// A new cause comes first, although an older one is more important.
func TestMessageLeadsWithWhatIsNew(t *testing.T) {
	t.Parallel()
	before, now := historytest.Red("1", "TestA"), historytest.Red("2", "TestA", "TestB")
	before.Report.Diagnoses = []verdict.Diagnosis{{Text: "an old cause", Explains: []string{"TestA"}}}
	now.Report.Diagnoses = []verdict.Diagnosis{
		before.Report.Diagnoses[0], {Text: "a new cause", Explains: []string{"TestB"}},
	}
	text := message(toIdfdev, &now, green.after(&before))
	assert.Contains(t, text, "*idfdev:* a new cause\nA new cause; it still fails. Failed: TestB, TestA.\n")
}

// Slack would format a deployment's text, link its URLs and notify people.
func TestMessageHasNoMarkupOfADeployment(t *testing.T) {
	t.Parallel()
	run := historytest.Red("7", "TestA")
	run.Report.Diagnoses = []verdict.Diagnosis{{
		Text: "*all* is _well_, ~not~ `so` <!channel> <https://evil.example|here> auth_type=basic @autherror\n> quoted"}}
	text := message(toIdfdev, &run, green)
	assert.Contains(t, text, ":red_circle: *idfdev:* ∗all* is ＿well_, ∼not~ 'so' &lt;!channel&gt; "+
		"&lt;https://evil.example|here&gt; auth_type=basic @autherror &gt; quoted\n")
}

func TestMessageIsBounded(t *testing.T) {
	t.Parallel()
	run := historytest.Ended("7", verdict.Fail, 0)
	for i := range 10000 {
		run.Report.Checks = append(run.Report.Checks,
			historytest.Check("Test"+strings.Repeat("<é", 5000)+strconv.Itoa(i), "fail"))
	}
	run.Report.Diagnoses = []verdict.Diagnosis{{Text: strings.Repeat("\n&", 1<<20)}}
	text := message(toIdfdev, &run, green)
	assert.Less(t, utf8.RuneCountInString(text), 3000, "Slack refuses more in a section")
	assert.True(t, utf8.ValidString(text))
	assert.Contains(t, text, "and 9997 more")
	assert.Equal(t, 3, strings.Count(text, "\n"))
	assert.NotRegexp(t, `&(amp|lt|gt)?…|&(amp|lt|gt)?$`, text, "an entity was cut")
}

func TestMessageHasNoToken(t *testing.T) {
	t.Parallel()
	run := historytest.Red("7", "TestA")
	run.Report.Diagnoses = []verdict.Diagnosis{{Text: "seen gt-ca11erca11erca11erca1A.s3cr3ts3cr3ts3cr3ts3cA"},
		{Text: "<!channel>"}}
	assert.NotContains(t, message(toIdfdev, &run, green), "s3cr3t")
}
