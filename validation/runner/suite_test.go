package runner

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/lsst-sqre/muster/fixtures/lanes"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/validation/runner/history"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// Whatever the suite does, a report says what is missing, no process is left, and
// the next run works.
func TestSuiteMisbehaves(t *testing.T) {
	t.Parallel()
	for mode, want := range map[string]struct{ status, problem string }{
		"panics":   {verdict.Incomplete, "panic: boom"},
		"killed":   {verdict.Incomplete, "the run was killed"},
		"exits":    {verdict.Incomplete, ""},
		"nothing":  {verdict.Incomplete, "no check ran"},
		"garbage":  {verdict.Incomplete, "no check ran"},
		"flood":    {verdict.Fail, ""},
		"stubborn": {verdict.Incomplete, "the run was ended early: it took longer than 1s (MUSTER_RUNNER_TIMEOUT)"},
	} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			cfg := child(t, mode)
			if mode == "stubborn" {
				cfg.Timeout, cfg.killGrace = time.Second, 300*time.Millisecond
			}
			s := start(t, cfg, nil)
			answer, text := s.ask(http.MethodPost, "/run", "")
			assert.Equal(t, http.StatusOK, answer.StatusCode)
			got := decode(t, text)
			assert.Equal(t, want.status, got.Status, text)
			if want.problem != "" {
				assert.Contains(t, text, want.problem)
			}
			assert.NotContains(t, text, `"name":"TestForged"`)
			assert.Less(t, len(text), 2<<20, "a run is bounded")
			s.suite.cfg.Arguments = []string{"-child=pass"}
			assert.Equal(t, verdict.Pass, s.run("").Status)
			assertAlone(t, cfg)
		})
	}
}

// assertAlone asserts that no process of the configured suite is left.
func assertAlone(t *testing.T, cfg Config) {
	t.Helper()
	until(t, "no process of the suite is left", func() bool {
		found := 0
		all, err := filepath.Glob("/proc/[0-9]*/cmdline")
		require.NoError(t, err)
		for _, file := range all {
			if text, err := os.ReadFile(file); err == nil && strings.Contains(string(text), cfg.Store) {
				found++
			}
		}
		return found == 0
	})
}

// A suite that prints without end does not use up the runner's memory.
func TestFloodTakesNoMemory(t *testing.T) {
	lanes.Slow(t)
	// Not parallel: others would be measured, too.
	r, err := New(child(t, "flood"), nil)
	require.NoError(t, err)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	a, _, err := r.begin(runRequest{trigger: history.OnRequest, detached: true})
	require.NoError(t, err)
	<-a.ended
	runtime.GC()
	runtime.ReadMemStats(&after)
	assert.Equal(t, verdict.Fail, a.Report.Verdict)
	assert.Less(t, after.HeapAlloc, before.HeapAlloc+16<<20)
	assert.Less(t, after.Sys, before.Sys+64<<20)
	assert.Contains(t, a.Report.Checks[0].Output, "left out")
}

func TestSuiteDoesNotStart(t *testing.T) {
	t.Parallel()
	cfg := child(t, "pass")
	s := start(t, cfg, func(r *Runner) { r.suite.cfg.Test2json = filepath.Join(t.TempDir(), "gone") })
	got := s.run("")
	assert.Equal(t, verdict.Incomplete, got.Status)
	assert.Contains(t, strings.Join(got.Problems, "\n"), "the suite does not start")
}

// A run that was cancelled before it began starts no process.
func TestSuiteIsNotStartedInVain(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	stream, err := (&suite{cfg: Config{Test2json: "/nowhere/test2json"}}).run(ctx, "", nil)
	require.NoError(t, err)
	assert.Empty(t, stream.Run(nil).Checks)
}

// A missing program is reported when the runner starts.
func TestProgramsMissing(t *testing.T) {
	t.Parallel()
	_, err := New(Config{Suite: "/nowhere/validation", Test2json: t.TempDir()}, nil)
	require.Error(t, err)
	assert.Contains(t, err.Error(), "MUSTER_RUNNER_SUITE: stat /nowhere/validation: no such file or directory")
	assert.Contains(t, err.Error(), "MUSTER_RUNNER_TEST2JSON: ")
}

// The suite gets only the environment variables that it needs.
func TestEnvironmentOfTheSuite(t *testing.T) {
	t.Parallel()
	environ := []string{"PATH=/bin", "MUSTER_RUNNER_WEBHOOK=secret", "KUBERNETES_SERVICE_HOST=10.0.0.1", "AWS_SECRET=x",
		"BOOTSTRAP=b", "https_proxy=p", "PATHOLOGICAL=x"}
	assert.Equal(t, []string{"PATH=/bin", "KUBERNETES_SERVICE_HOST=10.0.0.1", "BOOTSTRAP=b", "https_proxy=p"},
		suiteEnvironment(environ, []string{"BOOTSTRAP"}))
	assert.Len(t, environ, 7)
}

// Tokens that a suite prints anywhere reach no answer, log or stored run. ask and
// start search all answers and the log.
func TestSecretsOfTheSuite(t *testing.T) {
	t.Parallel()
	const token = "gt-AAAAAAAAAAAAAAAAAAAAAA.BBBBBBBBBBBBBBBBBBBBBB"
	cfg := child(t, "secrets:"+token)
	cfg.environ = []string{"PATH=/bin", "MUSTER_RUNNER_WEBHOOK=https://hooks.example.org/planted"}
	s := start(t, cfg, nil)
	answer, text := s.ask(http.MethodPost, "/run?output=true&run="+token, mobuLeast)
	require.Equal(t, http.StatusOK, answer.StatusCode, text)
	got := decode(t, text)
	assert.Equal(t, verdict.Fail, got.Status)
	assert.Contains(t, fmt.Sprint(got.Diagnoses), "because of gt-<")
	for _, path := range []string{"/runs", "/runs/" + got.ID + "?output=true", "/pages/runs", "/pages/runs/" + got.ID} {
		answer, text := s.ask(http.MethodGet, path, "")
		assert.Equal(t, http.StatusOK, answer.StatusCode)
		assert.NotContains(t, text, "planted")
	}
	stored, err := gunzip(contentOf(t, filepath.Join(cfg.Store, got.ID+storedSuffix)))
	require.NoError(t, err)
	assert.NotRegexp(t, wholeToken, string(stored))
}

// A process that left the group does not delay the runner.
func TestProcessGroupGone(t *testing.T) {
	t.Parallel()
	assert.True(t, processGroup{1 << 22}.gone(), "no such group")
	assert.False(t, processGroup{syscall.Getpgrp()}.gone(), "this test's own")
}

// watcher is an observer that records its calls.
type watcher struct {
	mu    sync.Mutex
	calls []string
}

func (w *watcher) tell(what string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls = append(w.calls, what)
}

// Observe implements observer.
func (w *watcher) Observe(run history.Run) { w.tell("ended " + run.Report.Verdict) }

// Resume implements resumer.
func (w *watcher) Resume(newestFirst iter.Seq[history.Run]) {
	w.tell(fmt.Sprintf("resumed %d", len(slices.Collect(newestFirst))))
}

// Started implements starter.
func (w *watcher) Started() { w.tell("started") }

// Observers first get the former runs and then each run in order, before its
// clients get the result.
func TestObservers(t *testing.T) {
	t.Parallel()
	cfg := child(t, "pass")
	start(t, cfg, nil).run("")
	w := &watcher{}
	s := start(t, cfg, nil, w)
	s.run("")
	s.suite.cfg.Arguments = []string{"-child=killed"}
	s.run("")
	s.stop()
	assert.Equal(t, []string{"resumed 1", "started", "ended pass", "started", "ended incomplete"}, w.calls)
}
