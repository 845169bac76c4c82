package notify

import (
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/validation/runner/history/historytest"
	"github.com/lsst-sqre/muster/validation/verdict"
)

var toIdfdev = WebhookConfig{Deployment: "idfdev", Runs: "https://example.org/muster/runs/"}

func TestMessageOfARedRun(t *testing.T) {
	t.Parallel()
	run := historytest.Ended(
		"7",
		verdict.Fail,
		0,
		historytest.Check("TestA", "fail"),
		historytest.Check("TestB", "pass"),
		historytest.SecurityCheck("fail"),
	)
	run.Report.Diagnoses = []verdict.Diagnosis{{Text: "Gafaelfawr <is> down & out"}, {Text: "another"}}
	run.Report.Problems = []string{"a problem"}
	assert.Equal(t, `:red_circle: *Muster: idfdev fails.* 2 failed, 1 passed.
Cause: Gafaelfawr &lt;is&gt; down &amp; out
Failed: TestOpen (security), TestA
<https://example.org/muster/runs/7|Run 7>`, message(toIdfdev, &run, notifyState{Verdict: verdict.Pass}))
}

func TestMessageWithoutADiagnosis(t *testing.T) {
	t.Parallel()
	run := historytest.Red("7", "TestA")
	run.Report.Environment = "/etc/muster/environment.yaml"
	run.Report.Checks[0].Obligation = "No token gets 401."
	run.Report.Checks[0].Message = "No token gets 401. Actual: 500"
	run.Report.Checks[0].Findings = []verdict.Finding{{Actual: "500"}}
	assert.Equal(t, `:red_circle: *Muster: /etc/muster/environment.yaml fails.* 1 failed, 0 passed.
Found: 500
Failed: TestA`, message(WebhookConfig{}, &run, notifyState{Verdict: verdict.Pass}))
}

func TestMessageOfAnIncompleteRun(t *testing.T) {
	t.Parallel()
	run := historytest.Ended("7", verdict.Incomplete, 0, historytest.Check("TestA", "blocked"))
	run.Report.Problems = []string{"no bootstrap token"}
	assert.Equal(
		t,
		`:large_orange_circle: *Muster: idfdev could not be checked.* The run is incomplete and says `+
			`little about the deployment: 1 not run, 0 passed.
Reason: no bootstrap token
<https://example.org/muster/runs/7|Run 7>`,
		message(toIdfdev, &run, notifyState{Verdict: verdict.Pass}),
	)
}

func TestMessageOfAGreenRun(t *testing.T) {
	t.Parallel()
	run := historytest.Green("7")
	run.Report.Diagnoses = []verdict.Diagnosis{{Text: "of advice"}}
	assert.Equal(t, `:large_green_circle: *Muster: idfdev passes again.* 1 passed.
<https://example.org/muster/runs/7|Run 7>`, message(toIdfdev, &run, notifyState{Verdict: verdict.Pass}))
}

// A hole is news while other checks are red, and so is its end.
func TestMessageOfAHole(t *testing.T) {
	t.Parallel()
	harmless, open, closed := historytest.Red(
		"1",
		"TestA",
	), historytest.Ended(
		"2",
		verdict.Fail,
		time.Hour,
		historytest.SecurityCheck("fail"),
	), historytest.Red(
		"3",
		"TestA",
	)
	closed.Started = harmless.Started.Add(3 * time.Hour)
	state := notifyState{Verdict: verdict.Pass}.after(&harmless)
	assert.True(t, state.covers(&harmless))
	require.False(t, state.covers(&open))
	assert.Contains(t, message(toIdfdev, &open, state), ":rotating_light: *Muster: idfdev has a new security failure.*")
	state = state.after(&open)
	assert.True(t, state.covers(&open))
	require.False(t, state.covers(&closed))
	text := message(toIdfdev, &closed, state)
	assert.Contains(
		t,
		text,
		"the security failures of idfdev are over; it still fails.* 1 failed, 0 passed. It has failed since ",
	)
	assert.Contains(t, text, " UTC (3 h).")
	state = state.after(&closed)
	assert.True(t, state.covers(&closed))
	over := historytest.Green("4")
	over.Started = harmless.Started.Add(50 * time.Hour)
	assert.Contains(t, message(toIdfdev, &over, state), "passes again.* 1 passed. It had failed since ")
	assert.Contains(t, message(toIdfdev, &over, state), "(2 days).")
}

func TestMessageIsBounded(t *testing.T) {
	t.Parallel()
	run := historytest.Ended("7", verdict.Fail, 0)
	for i := range 10000 {
		run.Report.Checks = append(
			run.Report.Checks,
			historytest.Check("Test"+strings.Repeat("<é", 5000)+strconv.Itoa(i), "fail"),
		)
	}
	run.Report.Diagnoses = []verdict.Diagnosis{{Text: strings.Repeat("\n&", 1<<20)}}
	text := message(toIdfdev, &run, notifyState{Verdict: verdict.Pass})
	assert.Less(t, utf8.RuneCountInString(text), 8000)
	assert.True(t, utf8.ValidString(text))
	assert.Contains(t, text, "and 9997 more")
	assert.Equal(t, 3, strings.Count(text, "\n"))
}

func TestMessageHasNoToken(t *testing.T) {
	t.Parallel()
	run := historytest.Red("7", "TestA")
	run.Report.Diagnoses = []verdict.Diagnosis{{Text: "seen gt-ca11erca11erca11erca1A.s3cr3ts3cr3ts3cr3ts3cA"},
		{Text: "<!channel>"}}
	assert.NotContains(t, message(toIdfdev, &run, notifyState{Verdict: verdict.Pass}), "s3cr3t")
}
