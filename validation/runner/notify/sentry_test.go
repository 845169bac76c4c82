package notify

import (
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/fixtures/programs"
	"github.com/lsst-sqre/muster/validation/runner/history"
	"github.com/lsst-sqre/muster/validation/runner/history/historytest"
	"github.com/lsst-sqre/muster/validation/runner/notify/notifytest"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// report passes runs to a Sentry notifier and waits until it has sent its events.
func report(t *testing.T, s *notifytest.SentryServer, runs ...history.Run) (logged string) {
	t.Helper()
	reporter, out := reporterTo(t, s)
	for _, run := range runs {
		reporter.Observe(run)
	}
	reporter.Close()
	assert.NotContains(t, out.String(), "s3cr3t")
	return out.String()
}

func reporterTo(t *testing.T, s *notifytest.SentryServer) (*Sentry, *programs.Output) {
	t.Helper()
	out := new(programs.Output)
	reporter, err := NewSentry(SentryConfig{
		File:       notifytest.SecretFile(t, s.DSN()),
		Deployment: "idfdev",
		Runs:       "https://example.org/muster/runs",
		Version:    "1.2.3",
	}, slog.New(slog.NewTextHandler(out, nil)))
	require.NoError(t, err)
	return reporter, out
}

func TestSentryEventOfARedRun(t *testing.T) {
	t.Parallel()
	s := notifytest.NewSentryServer(t, 200)
	run := historytest.Red("7", "TestB", "TestA")
	run.Report.Checks = append(run.Report.Checks, historytest.SecurityCheck("fail"), historytest.Check("TestC", "pass"))
	run.Report.Checks[0].Message = "seen gt-ca11erca11erca11erca1A.s3cr3ts3cr3ts3cr3ts3cA"
	run.Report.Diagnoses = []verdict.Diagnosis{{Text: "Gafaelfawr is down"}}
	assert.Empty(t, report(t, s, run))
	require.Len(t, s.Events, 1)
	e := s.Events[0]
	assert.Equal(t, "error", e.Level)
	assert.Equal(t, "Gafaelfawr is down. 3 checks failed: TestA, TestB, TestOpen", e.Message)
	assert.Equal(t, []string{"muster", "fail", "TestA", "TestB", "TestOpen"}, e.Fingerprint)
	assert.Equal(t, map[string]string{"verdict": "fail", "trigger": "schedule", "security": "yes"}, e.Tags)
	assert.Equal(t, "idfdev", e.Environment)
	assert.Equal(t, "muster@1.2.3", e.Release)
	assert.Equal(t, "https://example.org/muster/runs/7", e.Contexts["run"]["url"])
	assert.Equal(t, "Gafaelfawr is down", e.Contexts["run"]["diagnosis"])
	assert.Contains(t, e.Contexts["failed checks"], "TestB")
	assert.NotContains(t, s.Raw.String(), "s3cr3t")
	assert.Nil(t, e.Modules)
	assert.Equal(t, "muster", e.ServerName)
}

func TestSentryTakesOnlyWholeRedRuns(t *testing.T) {
	t.Parallel()
	s := notifytest.NewSentryServer(t, 200)
	picked, stopped := historytest.Red("2", "TestA"), historytest.Incomplete("3")
	picked.Pattern, stopped.Stopped = "TestA", "the asker left"
	unstarted := historytest.Incomplete("5")
	unstarted.Report.Problems = []string{"no bootstrap token"}
	report(t, s, historytest.Green("1"), picked, stopped, history.Run{ID: "4"}, unstarted, historytest.Red("6", "TestA"),
		historytest.Red("7", "TestB"), historytest.Red("8", "TestA"))
	require.Len(t, s.Events, 4)
	assert.Equal(t, "warning", s.Events[0].Level)
	assert.Equal(t, "the validation is incomplete", s.Events[0].Message)
	assert.Equal(t, "no bootstrap token", s.Events[0].Contexts["run"]["diagnosis"])
	assert.Equal(t, s.Events[1].Fingerprint, s.Events[3].Fingerprint)
	assert.NotEqual(t, s.Events[1].Fingerprint, s.Events[2].Fingerprint)
}

func TestRenewedDSNIsUsed(t *testing.T) {
	t.Parallel()
	before, after := notifytest.NewSentryServer(t, 200), notifytest.NewSentryServer(t, 200)
	reporter, out := reporterTo(t, before)
	write := func(text string) { require.NoError(t, os.WriteFile(reporter.cfg.File, []byte(text), 0o600)) }
	reporter.Observe(historytest.Red("1", "TestA"))
	write("s3cr3t")
	reporter.Observe(historytest.Red("2", "TestA"))
	assert.Contains(t, out.String(), "an event for Sentry was lost")
	write(after.DSN())
	reporter.Observe(historytest.Red("3", "TestA"))
	reporter.Observe(historytest.Red("4", "TestA"))
	reporter.Close()
	require.Len(t, before.Events, 1, "what was on its way has arrived")
	assert.Equal(t, "1", before.Events[0].Contexts["run"]["id"])
	require.Len(t, after.Events, 2)
	assert.Equal(t, "3", after.Events[0].Contexts["run"]["id"])
	assert.NotContains(t, out.String(), "s3cr3t")
}

func TestSentryLossIsLogged(t *testing.T) {
	t.Parallel()
	for _, code := range []int{400, 500, 307} {
		s := notifytest.NewSentryServer(t, code)
		logged := report(t, s, historytest.Red("1", "TestA"))
		assert.Contains(t, logged, "refused")
		assert.Len(t, s.Events, 1, "a redirect is not followed")
	}
	s := notifytest.NewSentryServer(t, 200)
	s.Close()
	assert.Contains(t, report(t, s, historytest.Red("1", "TestA")), "was lost")
}

func TestSentryEventIsBounded(t *testing.T) {
	t.Parallel()
	s := notifytest.NewSentryServer(t, 200)
	run := historytest.Ended("1", verdict.Fail, 0)
	for i := range 1000 {
		run.Report.Checks = append(run.Report.Checks, historytest.Check(fmt.Sprintf("TestSomething%d", i), "fail"))
	}
	run.Report.Diagnoses = []verdict.Diagnosis{{Text: strings.Repeat("long ", 1<<16)}}
	report(t, s, run)
	require.Len(t, s.Events, 1)
	assert.Less(t, s.Raw.Len(), 64<<10)
	assert.Len(t, s.Events[0].Contexts["failed checks"], namesInMessage)
}

func TestDSNIsNeverShown(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "s3cr3t", "https://h/1?s3cr3t", "https://s3cr3t@h/", "https://s3cr3t@h:port/1"} {
		_, err := NewSentry(SentryConfig{File: notifytest.SecretFile(t, text)}, slog.Default())
		if assert.Error(t, err, "%q", text) {
			assert.Contains(t, err.Error(), "does not hold")
			assert.NotContains(t, err.Error(), "s3cr3t")
		}
	}
}
