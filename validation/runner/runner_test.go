package runner

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/validation/runner/history"
	"github.com/lsst-sqre/muster/validation/runner/notify/notifytest"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// gate starts a runner whose run lasts until the gate is opened.
func gate(t *testing.T) (s *site, open func()) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "gate")
	s = start(t, child(t, "gate:"+file), nil)
	return s, func() { require.NoError(t, os.WriteFile(file, nil, 0o600)) }
}

func TestOneRunAtATime(t *testing.T) {
	t.Parallel()
	s, open := gate(t)
	results := make(chan result, 3)
	go func() { results <- s.run("") }()
	until(t, "a run", func() bool { return s.current() != nil })
	a := s.current()
	id := a.ID
	for range 2 {
		go func() { results <- s.run("") }()
	}
	until(t, "three waiters", func() bool { return s.waitersOf(a) == 3 })
	for query, want := range map[string]string{"?busy=refuse": "is in progress",
		"?run=TestOther": "is in progress with another pattern"} {
		answer, text := s.ask(http.MethodPost, "/run"+query, "")
		assert.Equal(t, http.StatusConflict, answer.StatusCode)
		assert.Equal(t, "/muster/runner/runs/"+id, answer.Header.Get("Location"))
		assert.Contains(t, text, want)
		assert.Contains(t, text, `"id":"`+id+`"`)
	}
	_, text := s.ask(http.MethodGet, "/runs/"+id, "")
	assert.Contains(t, text, `"status":"running"`)
	_, text = s.ask(http.MethodGet, "/runs", "")
	assert.Contains(t, text, `"status":"running"`)
	open()
	joined := 0
	for range 3 {
		got := <-results
		assert.Equal(t, id, got.ID)
		assert.Equal(t, verdict.Pass, got.Status)
		if got.Joined {
			joined++
		}
	}
	assert.Equal(t, 2, joined)
	runs, _ := s.history.List()
	assert.Len(t, runs, 1)
}

// The run is stopped when the last client leaves, if all clients requested that.
func TestAskerLeaves(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		queries []string
		stops   bool
	}{
		"asked to stop":      {[]string{"?leave=stop"}, true},
		"both asked to stop": {[]string{"?leave=stop", "?leave=stop"}, true},
		"one wants it on":    {[]string{"?leave=stop", ""}, false},
		"by default":         {[]string{""}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, open := gate(t)
			ctx, leave := context.WithCancel(t.Context())
			for i, query := range c.queries {
				go func() {
					q, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url("/run"+query), nil)
					if assert.NoError(t, err) {
						_, err = http.DefaultClient.Do(q)
						assert.ErrorIs(t, err, context.Canceled)
					}
				}()
				until(t, "an asker", func() bool { a := s.current(); return a != nil && s.waitersOf(a) == i+1 })
			}
			a := s.current()
			leave()
			until(t, "all have left", func() bool { return s.waitersOf(a) == 0 })
			if !c.stops {
				open()
			}
			<-a.ended
			if !c.stops {
				assert.Empty(t, a.Stopped)
				assert.Equal(t, verdict.Pass, a.Report.Verdict)
				return
			}
			assert.Equal(t, errLeft.Error(), a.Stopped)
			assert.Equal(t, verdict.Incomplete, a.Report.Verdict)
			assert.Equal(t, "the run was ended early: "+errLeft.Error(), a.Report.Problems[0])
		})
	}
}

// lingering starts a runner whose run was stopped but goes on until it is
// released.
func lingering(t *testing.T, observers ...observer) (s *site, stopping *active, end func()) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "end")
	cfg := child(t, "lingers:"+file)
	cfg.killGrace = time.Minute
	s = start(t, cfg, nil, observers...)
	var err error
	stopping, _, err = s.begin(runRequest{trigger: history.OnRequest})
	require.NoError(t, err)
	until(t, "it can be asked to stop", func() bool { _, steps := s.look(stopping); return len(steps) > 0 })
	s.leave(stopping)
	require.Error(t, stopping.ctx.Err())
	return s, stopping, func() { require.NoError(t, os.WriteFile(file, nil, 0o600)) }
}

// No client gets the result of a run that another client stopped. A request
// during the stop gets the next run.
func TestAskedWhileARunIsStopping(t *testing.T) {
	t.Parallel()
	s, stopping, end := lingering(t)
	answer, text := s.ask(http.MethodPost, "/run?busy=refuse", "")
	assert.Equal(t, http.StatusConflict, answer.StatusCode)
	assert.Contains(t, text, `"id":"`+stopping.ID+`"`)

	results := make(chan result, 2)
	go func() { results <- s.run("") }()
	until(t, "a run that waits", func() bool { return s.current() != stopping })
	last := s.current()
	go func() { results <- s.run("") }()
	until(t, "two waiters", func() bool { return s.waitersOf(last) == 2 })
	for _, a := range []*active{stopping, last} {
		_, text := s.ask(http.MethodGet, "/runs/"+a.ID, "")
		assert.Contains(t, text, `"status":"running","id":"`+a.ID+`"`)
	}
	end()
	first, other := <-results, <-results
	for _, got := range []result{first, other} {
		assert.Equal(t, last.ID, got.ID)
		assert.Equal(t, verdict.Pass, got.Status)
		assert.Empty(t, got.Stopped)
	}
	assert.NotEqual(t, first.Joined, other.Joined, "one of them started it")
	runs, _ := s.history.List()
	require.Len(t, runs, 2)
	assert.Equal(t, last.ID, runs[0].ID)
	assert.Equal(t, stopping.ID, runs[1].ID)
	assert.Equal(t, errLeft.Error(), runs[1].Stopped)
	assert.False(t, runs[1].Ended.After(runs[0].Started), "one run at a time")
}

// A client that leaves while a run is being stopped leaves neither a waiting run
// nor an entry in the history.
func TestLeftBeforeTheRunBegan(t *testing.T) {
	t.Parallel()
	w := &watcher{}
	s, stopping, end := lingering(t, w)
	var left []*active
	for range 300 {
		a, joined, err := s.begin(runRequest{trigger: history.OnRequest})
		require.NoError(t, err)
		assert.False(t, joined)
		s.leave(a)
		left = append(left, a)
	}
	until(t, "only the run that is being stopped is under way", func() bool {
		underWay, _, _ := s.everything()
		return len(underWay) == 1 && underWay[0].ID == stopping.ID
	})
	for _, a := range left {
		<-a.ended
		assert.Equal(t, errLeft.Error(), a.Stopped)
		assert.Equal(t, verdict.Incomplete, a.Report.Verdict)
	}
	end()
	<-stopping.ended
	assert.Equal(t, verdict.Pass, s.run("").Status)
	runs, _ := s.history.List()
	assert.Len(t, runs, 2)
	s.stop()
	assert.Equal(t, []string{"resumed 0", "started", "ended incomplete", "started", "ended pass"}, w.calls)
}

// A client that waits for a run that has not begun is answered when the runner
// stops.
func TestStoppedBeforeTheRunBegan(t *testing.T) {
	t.Parallel()
	s, stopping, end := lingering(t)
	results := make(chan result, 1)
	go func() { results <- s.run("") }()
	until(t, "a run that waits", func() bool { return s.current() != stopping })
	s.Runner.stop(errStopped)
	got := notifytest.Take(t, results)
	assert.Equal(t, errStopped.Error(), got.Stopped)
	assert.Equal(t, verdict.Incomplete, got.Status)
	assert.NotNil(t, s.find(stopping.ID), "nobody waits for that")
	end()
	<-stopping.ended
	runs, _ := s.history.List()
	require.Len(t, runs, 1)
	assert.Equal(t, stopping.ID, runs[0].ID)
}

// A run may end between its lookup and the answer. The list then has it once, and
// a page or stream of the active run writes nothing.
func TestRunEndsMeanwhile(t *testing.T) {
	t.Parallel()
	var s *site
	lists := make(chan string, 2)
	s = start(t, child(t, "pass"), nil, observerFunc(func(history.Run) {
		_, text := s.ask(http.MethodGet, "/runs", "")
		lists <- text
	}))
	a, _, err := s.begin(runRequest{trigger: history.OnRequest, detached: true})
	require.NoError(t, err)
	<-a.ended
	assert.Equal(t, 1, strings.Count(<-lists, `"id":"`+a.ID+`"`))
	answer := httptest.NewRecorder()
	served, err := newWeb(s.Runner)
	require.NoError(t, err)
	request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	assert.False(t, served.serveActive(answer, request, a, options{}))
	assert.False(t, served.servePageOfActive(answer, request, a))
	assert.Empty(t, answer.Body.String())
}

// observerFunc is a function as an observer.
type observerFunc func(history.Run)

// Observe implements observer.
func (f observerFunc) Observe(run history.Run) { f(run) }

// A runner that stops also stops its run and answers the waiting clients.
func TestStopped(t *testing.T) {
	t.Parallel()
	s, _ := gate(t)
	results := make(chan result, 1)
	go func() { results <- s.run("") }()
	until(t, "a run", func() bool {
		a := s.current()
		if a == nil {
			return false
		}
		_, steps := s.look(a)
		return len(steps) > 0
	})
	s.stop()
	got := <-results
	assert.Equal(t, errStopped.Error(), got.Stopped)
	assert.Equal(t, verdict.Incomplete, got.Status)
	_, _, err := s.begin(runRequest{trigger: history.OnRequest})
	assert.ErrorIs(t, err, errStopped)
	again := history.Open(s.cfg.Store, 10, testLog)
	runs, _ := again.List()
	require.Len(t, runs, 1)
	assert.Equal(t, errStopped.Error(), runs[0].Stopped)
}
