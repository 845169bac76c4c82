package notify

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/validation/runner/history"
	"github.com/lsst-sqre/muster/validation/runner/history/historytest"
	"github.com/lsst-sqre/muster/validation/runner/notify/notifytest"
	"github.com/lsst-sqre/muster/validation/verdict"
)

func TestRestart(t *testing.T) {
	t.Parallel()
	r := notifytest.NewReceiver(t)
	state := filepath.Join(t.TempDir(), "webhook.json")
	wasRed, wasGreen := historytest.Red("1", "TestA"), historytest.Green("2")
	w := tell(t, r, state)
	w.observe(wasRed)
	w.stop()

	w = tell(t, r, state, historytest.Green("0"), wasRed)
	w.settle()
	w.observe(historytest.Red("1a", "TestA"))
	w.stop()
	require.Len(t, r.Texts(), 1, "told before")

	w = tell(t, r, state, wasRed, wasGreen) // the run ended, and the process before it told
	w.settle()
	w.stop()
	require.Len(t, r.Texts(), 2)
	assert.Contains(t, r.Texts()[1], "passes again")

	w = tell(t, r, state, historytest.Green("0"), wasRed) // a store that lost the later run
	w.settle()
	w.stop()
	require.Len(t, r.Texts(), 2)

	w = tell(t, r, state)
	w.observe(historytest.Green("3"))
	require.Len(t, r.Texts(), 2)
}

// A message that the former process could not deliver is delivered once by the
// next one.
func TestRestartTellsWhatWasNotTold(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]http.HandlerFunc{"before the first try": nil, "refused": notifytest.Status(404),
		"answer lost": notifytest.Cut} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := notifytest.NewReceiver(t)
			state := filepath.Join(t.TempDir(), "webhook.json")
			wasRed := historytest.Red("1", "TestA")
			if answer != nil {
				r.Answers = []http.HandlerFunc{answer}
				w, paused, _ := held(t, r, state)
				w.Observe(wasRed)
				notifytest.Take(t, paused)
				w.stop()
			}
			w := tell(t, r, state, historytest.Green("0"), wasRed)
			w.settle()
			w.observe(historytest.Red("2", "TestA"), historytest.Red("3", "TestB"))
			w.stop()
			require.Len(t, r.Texts(), 1)
			assert.Contains(t, r.Texts()[0], "runs/1|")

			w = tell(t, r, state, historytest.Green("0"), wasRed)
			w.observe(historytest.Red("4", "TestA"))
			assert.Len(t, r.Texts(), 1, "told before")
		})
	}
}

// A runner that is killed during a delivery does not know whether the message
// arrived.
func TestKilledWhileItTells(t *testing.T) {
	t.Parallel()
	state := filepath.Join(t.TempDir(), "webhook.json")
	w := tell(t, notifytest.NewReceiver(t), state)
	w.begin(new(historytest.Red("1", "TestA")))

	r := notifytest.NewReceiver(t)
	w = tell(t, r, state, historytest.Green("0")) // the store lost the red run
	w.settle()
	assert.Empty(t, r.Texts(), "a state that has passed")
	w.observe(historytest.Green("2"), historytest.Green("3"))
	require.Len(t, r.Texts(), 1)
	assert.Contains(t, r.Texts()[0], "passes again")
}

func TestRestartWithADamagedFile(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", `{"red":fal`, `{"verdict":"purple"}`, `{"run":"1"}`} {
		r := notifytest.NewReceiver(t)
		state := filepath.Join(t.TempDir(), "webhook.json")
		require.NoError(t, os.WriteFile(state, []byte(text), 0o600))
		picked := historytest.Green("1a")
		picked.Pattern = "TestA"
		w := tell(t, r, state, historytest.Green("0"), historytest.Red("1", "TestA"), picked)
		w.observe(historytest.Red("2", "TestA"), historytest.Green("3"))
		require.Len(t, r.Texts(), 1)
		assert.Contains(t, r.Texts()[0], "passes again")
		assert.Contains(t, w.log.String(), "assuming the last stored run was already announced")
	}
}

func TestStateThatCannotBeKept(t *testing.T) {
	t.Parallel()
	r := notifytest.NewReceiver(t)
	w := tell(t, r, filepath.Join(t.TempDir(), "missing", "webhook.json"))
	w.observe(historytest.Red("1", "TestA"), historytest.Red("2", "TestA"), historytest.Green("3"))
	assert.Len(t, r.Texts(), 2)
	assert.Contains(t, w.log.String(), "cannot save notification state")
}

// caused returns a run that failed because of these causes.
func caused(id string, texts ...string) history.Run {
	run := historytest.Red(id, "TestA")
	for _, text := range texts {
		run.Report.Diagnoses = append(run.Report.Diagnoses, verdict.Diagnosis{Text: text, Explains: []string{"TestA"}})
	}
	return run
}

// open returns a run in which callers pass these Ingresses.
func open(id string, ingresses ...string) history.Run {
	run := historytest.Ended(id, verdict.Fail, 0, historytest.SecurityCheck("fail"), historytest.Check("TestA", "fail"))
	for _, name := range ingresses {
		run.Report.Checks[0].Findings = append(run.Report.Checks[0].Findings, verdict.Finding{Object: "Ingress " + name})
	}
	return run
}

// While the deployment is red, each new cause and each new hole gets one message,
// even across restarts.
func TestStateIsTold(t *testing.T) {
	t.Parallel()
	red := historytest.Red("9", "TestA")
	argued := func(id, value string) history.Run {
		run := caused(id, "it answers "+value)
		run.Report.Diagnoses[0].Rule = "it answers {status}"
		return run
	}
	known := historytest.Ended("2", verdict.Pass, 0, historytest.Check("TestKnown", "advice"))
	incomplete, greenRun := historytest.Incomplete, historytest.Green
	type runs = []history.Run
	type told = []string
	for name, c := range map[string]struct {
		runs runs
		told told
	}{
		"a hole beside a red":     {runs{red, open("2"), open("3")}, told{"9", "2"}},
		"another open route":      {runs{open("1", "a/a"), open("2", "a/a", "b/b"), open("3", "b/b")}, told{"1", "2"}},
		"a hole opens again":      {runs{open("1", "a/a", "b/b"), open("2", "a/a"), open("3", "a/a", "b/b")}, told{"1", "3"}},
		"no hole is open":         {runs{open("1"), red, red, open("2")}, told{"1", "9", "2"}},
		"a cause beside another":  {runs{caused("1", "x"), caused("2", "x", "y")}, told{"1", "2"}},
		"causes come and go":      {runs{caused("1", "x"), caused("2", "y"), caused("3", "x"), red}, told{"1", "2"}},
		"causes after green":      {runs{caused("1", "x"), greenRun("2"), caused("3", "x")}, told{"1", "2", "3"}},
		"a cause of other values": {runs{argued("1", "500"), argued("2", "502")}, told{"1"}},
		"an outage":               {runs{red, incomplete("2"), red, incomplete("3")}, told{"9", "2"}},
		"a known failure":         {runs{greenRun("1"), known, known}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := notifytest.NewReceiver(t)
			state := filepath.Join(t.TempDir(), "webhook.json")
			for _, run := range c.runs {
				w := tell(t, r, state) // a new process
				w.observe(run)
				w.observe(run)
				w.stop()
			}
			var told []string
			for _, text := range r.Texts() {
				told = append(told, regexp.MustCompile(`runs/(.)\|`).FindStringSubmatch(text)[1])
			}
			assert.Equal(t, c.told, told)
		})
	}
}

// A state file of the former release has no causes. The causes of its red runs
// are not new.
func TestStateOfTheReleaseBefore(t *testing.T) {
	t.Parallel()
	r := notifytest.NewReceiver(t)
	state := filepath.Join(t.TempDir(), "webhook.json")
	require.NoError(t, os.WriteFile(state, []byte(`{"verdict":"fail","run":"0"}`), 0o600))
	w := tell(t, r, state)
	w.observe(caused("1", "x"), caused("2", "x"), caused("3", "x", "y"))
	require.Len(t, r.Texts(), 1)
	assert.Contains(t, r.Texts()[0], "runs/3|")
}
