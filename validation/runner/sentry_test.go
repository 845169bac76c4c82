package runner

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/fixtures/programs"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// sentryEvent is what of Sentry's protocol the tests look at.
type sentryEvent struct {
	Level, Message, Environment, Release string
	ServerName                           string `json:"server_name"`
	Fingerprint                          []string
	Tags                                 map[string]string
	Contexts                             map[string]map[string]any
	Modules, Extra, User, Breadcrumbs    any
}

// sentryServer takes envelopes: lines of JSON, the third of which is the event.
type sentryServer struct {
	*httptest.Server
	mu     sync.Mutex
	answer int
	events []sentryEvent
	raw    bytes.Buffer
}

func newSentryServer(t *testing.T, answer int) *sentryServer {
	t.Helper()
	s := &sentryServer{answer: answer}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		assert.NoError(t, err)
		assert.Equal(t, "POST /api/42/envelope/", r.Method+" "+r.URL.Path)
		assert.Contains(t, r.Header.Get("X-Sentry-Auth"), "sentry_key=s3cr3tkey")
		s.mu.Lock()
		defer s.mu.Unlock()
		lines := bufio.NewScanner(bytes.NewReader(body))
		lines.Buffer(nil, 1<<20)
		for n := 0; lines.Scan(); n++ {
			if n < 2 {
				continue // the envelope's own head holds the DSN
			}
			s.raw.Write(lines.Bytes())
			var e sentryEvent
			if assert.NoError(t, json.Unmarshal(lines.Bytes(), &e)) {
				s.events = append(s.events, e)
			}
		}
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(s.answer)
	}))
	t.Cleanup(s.Close)
	return s
}

// report hands runs to a Sentry and waits until it has sent what it has to.
func (s *sentryServer) report(t *testing.T, runs ...Run) (logged string) {
	t.Helper()
	reporter, out := s.reporter(t)
	for _, run := range runs {
		reporter.Observe(run)
	}
	reporter.close()
	assert.NotContains(t, out.String(), "s3cr3t")
	return out.String()
}

// dsn is that of the server's project.
func (s *sentryServer) dsn() string {
	return strings.Replace(s.URL, "http://", "http://s3cr3tkey@", 1) + "/42\n"
}

func (s *sentryServer) reporter(t *testing.T) (*sentryReporter, *programs.Output) {
	t.Helper()
	out := new(programs.Output)
	reporter, err := newSentryReporter(sentryConfig{
		file: secretFile(t, s.dsn()), deployment: "idfdev", runs: "https://example.org/muster/runs", version: "1.2.3",
	}, slog.New(slog.NewTextHandler(out, nil)))
	require.NoError(t, err)
	return reporter, out
}

func TestSentryEventOfARedRun(t *testing.T) {
	t.Parallel()
	s := newSentryServer(t, 200)
	run := red("7", "TestB", "TestA")
	run.Report.Checks = append(run.Report.Checks, securityCheck("fail"), check("TestC", "pass"))
	run.Report.Checks[0].Message = "seen gt-ca11erca11erca11erca1A.s3cr3ts3cr3ts3cr3ts3cA"
	run.Report.Diagnoses = []verdict.Diagnosis{{Text: "Gafaelfawr is down"}}
	assert.Empty(t, s.report(t, run))
	require.Len(t, s.events, 1)
	e := s.events[0]
	assert.Equal(t, "error", e.Level)
	assert.Equal(t, "3 checks failed: TestA, TestB, TestOpen", e.Message)
	assert.Equal(t, []string{"muster", "fail", "TestA", "TestB", "TestOpen"}, e.Fingerprint)
	assert.Equal(t, map[string]string{"verdict": "fail", "trigger": "schedule", "security": "yes"}, e.Tags)
	assert.Equal(t, "idfdev", e.Environment)
	assert.Equal(t, "muster@1.2.3", e.Release)
	assert.Equal(t, "https://example.org/muster/runs/7", e.Contexts["run"]["url"])
	assert.Equal(t, "Gafaelfawr is down", e.Contexts["run"]["diagnosis"])
	assert.Contains(t, e.Contexts["failed checks"], "TestB")
	assert.NotContains(t, s.raw.String(), "s3cr3t")
	assert.Nil(t, e.Modules)
	assert.Equal(t, "muster", e.ServerName)
}

func TestSentryTakesOnlyWholeRedRuns(t *testing.T) {
	t.Parallel()
	s := newSentryServer(t, 200)
	picked, stopped := red("2", "TestA"), incomplete("3")
	picked.Pattern, stopped.Stopped = "TestA", "the asker left"
	unstarted := incomplete("5")
	unstarted.Report.Problems = []string{"no bootstrap token"}
	s.report(t, green("1"), picked, stopped, Run{ID: "4"}, unstarted, red("6", "TestA"), red("7", "TestB"),
		red("8", "TestA"))
	require.Len(t, s.events, 4)
	assert.Equal(t, "warning", s.events[0].Level)
	assert.Equal(t, "the validation is incomplete", s.events[0].Message)
	assert.Equal(t, "no bootstrap token", s.events[0].Contexts["run"]["diagnosis"])
	assert.Equal(t, s.events[1].Fingerprint, s.events[3].Fingerprint)
	assert.NotEqual(t, s.events[1].Fingerprint, s.events[2].Fingerprint)
}

func TestRenewedDSNIsUsed(t *testing.T) {
	t.Parallel()
	before, after := newSentryServer(t, 200), newSentryServer(t, 200)
	reporter, out := before.reporter(t)
	write := func(text string) { require.NoError(t, os.WriteFile(reporter.cfg.file, []byte(text), 0o600)) }
	reporter.Observe(red("1", "TestA"))
	write("s3cr3t")
	reporter.Observe(red("2", "TestA"))
	assert.Contains(t, out.String(), "an event for Sentry was lost")
	write(after.dsn())
	reporter.Observe(red("3", "TestA"))
	reporter.Observe(red("4", "TestA"))
	reporter.close()
	require.Len(t, before.events, 1, "what was on its way has arrived")
	assert.Equal(t, "1", before.events[0].Contexts["run"]["id"])
	require.Len(t, after.events, 2)
	assert.Equal(t, "3", after.events[0].Contexts["run"]["id"])
	assert.NotContains(t, out.String(), "s3cr3t")
}

func TestSentryLossIsLogged(t *testing.T) {
	t.Parallel()
	for _, code := range []int{400, 500, 307} {
		s := newSentryServer(t, code)
		logged := s.report(t, red("1", "TestA"))
		assert.Contains(t, logged, "refused")
		assert.Len(t, s.events, 1, "a redirect is not followed")
	}
	s := newSentryServer(t, 200)
	s.Close()
	assert.Contains(t, s.report(t, red("1", "TestA")), "was lost")
}

func TestSentryEventIsBounded(t *testing.T) {
	t.Parallel()
	s := newSentryServer(t, 200)
	run := ended("1", verdict.Fail, 0)
	for range 1000 {
		run.Report.Checks = append(run.Report.Checks, check("TestSomething", "fail"))
	}
	run.Report.Diagnoses = []verdict.Diagnosis{{Text: strings.Repeat("long ", 1<<16)}}
	s.report(t, run)
	require.Len(t, s.events, 1)
	assert.Less(t, s.raw.Len(), 64<<10)
}

func TestDSNIsNeverShown(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "s3cr3t", "https://h/1?s3cr3t", "https://s3cr3t@h/", "https://s3cr3t@h:port/1"} {
		_, err := newSentryReporter(sentryConfig{file: secretFile(t, text)}, slog.Default())
		if assert.Error(t, err, "%q", text) {
			assert.Contains(t, err.Error(), "does not hold")
			assert.NotContains(t, err.Error(), "s3cr3t")
		}
	}
}
