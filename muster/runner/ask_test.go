package runner

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/fixtures/faults"
	"github.com/lsst-sqre/muster/fixtures/phalanx"
	"github.com/lsst-sqre/muster/muster/verdict"
)

// The real suite, against a deployment: green, and red with its evidence.
func TestRunOnce(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]string{verdict.Pass: "", verdict.Fail: "N05"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			options := phalanx.Defaults()
			if fault != "" {
				f, err := faults.Find(fault)
				require.NoError(t, err)
				f.Seed(&options)
			}
			d := deployment(t, options)
			s := start(t, against(t, environment(t, d)), nil)
			answer, text := s.ask(http.MethodPost, "/run", "")
			assert.Equal(t, http.StatusOK, answer.StatusCode)
			assert.Equal(t, "application/json", answer.Header.Get("Content-Type"))
			assert.Equal(t, "no", answer.Header.Get("X-Accel-Buffering"))
			got := decode(t, text)
			assert.Equal(t, name, got.Status, text)
			assert.Equal(t, OnRequest, got.Trigger)
			assert.Greater(t, len(got.Checks), 50)
			assert.Positive(t, got.Requests)
			assert.Nil(t, got.Success, "mobu's members are for who knows mobu")
			for _, c := range got.Checks {
				assert.NotEmpty(t, c.Outcome)
				assert.NotEmpty(t, c.Obligation, c.Name)
				assert.Empty(t, c.Output)
			}
			if fault != "" {
				assert.NotEmpty(t, got.Diagnoses)
				_, text := s.ask(http.MethodGet, "/runs/"+got.ID+"?output=true", "")
				assert.Contains(t, text, "curl -si")
			}
			assert.Empty(t, d.Tokens())

			answer, text = s.ask(http.MethodGet, "/runs/"+got.ID, "")
			assert.Equal(t, http.StatusOK, answer.StatusCode)
			kept := decode(t, text)
			kept.Requests, got.Requests = 0, 0
			assert.Equal(t, got, kept)
			_, text = s.ask(http.MethodGet, "/runs", "")
			assert.Contains(t, text, `"id":"`+got.ID+`"`)
		})
	}
}

func TestPickedChecks(t *testing.T) {
	t.Parallel()
	s := start(t, against(t, environment(t, deployment(t, phalanx.Defaults()))), nil)
	got := s.run("?run=^TestNoToken$&output=true")
	assert.Equal(t, "^TestNoToken$", got.Pattern)
	require.Len(t, got.Checks, 1)
	assert.Equal(t, "TestNoToken", got.Checks[0].Name)

	got = s.run("?run=NoSuchCheck")
	assert.Equal(t, verdict.Incomplete, got.Status)
	require.NotEmpty(t, got.Problems)
	assert.Contains(t, got.Problems[0], "no check matches -run NoSuchCheck")
}

func TestBadQuestions(t *testing.T) {
	t.Parallel()
	s := start(t, child(t, "pass"), nil)
	for query, want := range map[string]string{
		"?run=(":                            "it is no regular expression: error parsing regexp: missing closing )",
		"?run=a&run=b":                      `\"run\" is given more than once`,
		"?busy=maybe":                       `\"maybe\" is not one of join, refuse`,
		"?leave=":                           `\"\" is not one of continue, stop`,
		"?pattern=x":                        `\"pattern\" is not a parameter; known are run, busy, leave and output`,
		"?run=" + strings.Repeat("a", 1001): "it has more than 1000 bytes",
	} {
		answer, text := s.ask(http.MethodPost, "/run"+query, "")
		assert.Equal(t, http.StatusUnprocessableEntity, answer.StatusCode, query)
		assert.Contains(t, text, want)
	}
	answer, text := s.ask(http.MethodPost, "/run", strings.Repeat(" ", bodyLimit+1))
	assert.Equal(t, http.StatusRequestEntityTooLarge, answer.StatusCode, text)
	for path, status := range map[string]int{
		"GET /run": 405, "DELETE /runs/x": 405, "GET /runs/x": 404, "GET /nothing": 404, "GET /pages/runs/x": 404, "GET /": 303, "GET ": 303, "GET /pages/": 303,
	} {
		method, path, _ := strings.Cut(path, " ")
		answer, _ := s.ask(method, path, "")
		assert.Equal(t, status, answer.StatusCode, path)
	}
	answer, _ = s.ask(http.MethodGet, "/runs", "", "Accept", "text/html,*/*")
	assert.Equal(t, "/muster/runner/pages/runs", answer.Header.Get("Location"))
	runs, _ := s.history.list()
	assert.Empty(t, runs, "none of these ran anything")
}

// A page of another site must not use the session of whoever looks at it.
func TestForeignPage(t *testing.T) {
	t.Parallel()
	s := start(t, child(t, "pass"), nil)
	for _, path := range []string{"/run", "/pages/run"} {
		for _, headers := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://evil.example"}} {
			answer, _ := s.ask(http.MethodPost, path, "", headers...)
			assert.Equal(t, http.StatusForbidden, answer.StatusCode)
		}
		answer, _ := s.ask(http.MethodPost, path, "", "Sec-Fetch-Site", "same-origin")
		assert.NotEqual(t, http.StatusForbidden, answer.StatusCode)
	}
}

// gate is a runner whose run lasts until the gate is opened.
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
	until(t, "three askers", func() bool { return s.askersOf(a) == 3 })
	for query, want := range map[string]string{"?busy=refuse": "is under way", "?run=TestOther": "is under way, for other checks"} {
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
	runs, _ := s.history.list()
	assert.Len(t, runs, 1)
}

// The run ends when the last asker has left, if all of them asked for that.
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
				until(t, "an asker", func() bool { a := s.current(); return a != nil && s.askersOf(a) == i+1 })
			}
			a := s.current()
			leave()
			until(t, "all have left", func() bool { return s.askersOf(a) == 0 })
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

// lingering is a runner whose run was asked to stop and does not until it may.
func lingering(t *testing.T) (s *site, stopping *active, end func()) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "end")
	cfg := child(t, "lingers:"+file)
	cfg.grace = time.Minute
	s = start(t, cfg, nil)
	var err error
	stopping, _, err = s.begin(asked{trigger: OnRequest})
	require.NoError(t, err)
	until(t, "it can be asked to stop", func() bool { _, steps := s.look(stopping); return len(steps) > 0 })
	s.leave(stopping)
	require.Error(t, stopping.ctx.Err())
	return s, stopping, func() { require.NoError(t, os.WriteFile(file, nil, 0o600)) }
}

// Nobody gets the result of a run that somebody else had stopped: who asks in
// that time gets a run that starts after it.
func TestAskedWhileARunIsStopping(t *testing.T) {
	t.Parallel()
	s, stopping, end := lingering(t)
	answer, text := s.ask(http.MethodPost, "/run?busy=refuse", "")
	assert.Equal(t, http.StatusConflict, answer.StatusCode)
	assert.Contains(t, text, `"id":"`+stopping.ID+`"`)

	// This one leaves before its run began.
	second, joined, err := s.begin(asked{trigger: OnRequest, pattern: "TestLingers"})
	require.NoError(t, err)
	assert.False(t, joined)
	s.leave(second)

	results := make(chan result, 2)
	go func() { results <- s.run("") }()
	until(t, "a run that waits", func() bool { return s.current() != second })
	third := s.current()
	go func() { results <- s.run("") }()
	until(t, "two askers", func() bool { return s.askersOf(third) == 2 })
	for _, a := range []*active{stopping, second, third} {
		_, text := s.ask(http.MethodGet, "/runs/"+a.ID, "")
		assert.Contains(t, text, `"status":"running","id":"`+a.ID+`"`)
	}
	end()
	first, other := <-results, <-results
	for _, got := range []result{first, other} {
		assert.Equal(t, third.ID, got.ID)
		assert.Equal(t, verdict.Pass, got.Status)
		assert.Empty(t, got.Stopped)
	}
	assert.NotEqual(t, first.Joined, other.Joined, "one of them started it")
	runs, _ := s.history.list()
	require.Len(t, runs, 3)
	for i, a := range []*active{third, second, stopping} {
		assert.Equal(t, a.ID, runs[i].ID)
		if a != third {
			assert.Equal(t, errLeft.Error(), runs[i].Stopped)
			assert.False(t, runs[i].Ended.After(third.Started), "one run at a time")
		}
	}
	assert.Empty(t, second.Report.Checks, "it never began")
}

// What is known of a run is asked for before it ended and answered after that:
// nothing is told of no run, of another run, or of this one twice.
func TestRunEndsMeanwhile(t *testing.T) {
	t.Parallel()
	var s *site
	lists := make(chan string, 2)
	s = start(t, child(t, "pass"), nil, observerFunc(func(Run) {
		_, text := s.ask(http.MethodGet, "/runs", "")
		lists <- text
	}))
	a, _, err := s.begin(asked{trigger: OnRequest, forGood: true})
	require.NoError(t, err)
	<-a.ended
	assert.Equal(t, 1, strings.Count(<-lists, `"id":"`+a.ID+`"`))
	answer := httptest.NewRecorder()
	assert.False(t, s.serveActive(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil), a, options{}))
	assert.False(t, s.servePageOfActive(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil), a))
	assert.Empty(t, answer.Body.String())
}

// observerFunc is an Observer.
type observerFunc func(Run)

// Observe implements Observer.
func (f observerFunc) Observe(run Run) { f(run) }

// One event when a check starts, one when it ends, and the result.
func TestStream(t *testing.T) {
	t.Parallel()
	d := deployment(t, phalanx.Defaults())
	s := start(t, against(t, environment(t, d)), nil)
	stream := s.open(t.Context(), http.MethodPost, "/run", "Accept", "text/event-stream")
	started, ended := map[string]bool{}, map[string]string{}
	for {
		e, ok := nextEvent(t, stream)
		require.True(t, ok, "the stream has no result")
		var c verdict.Change
		switch e.name {
		case "run":
			assert.Empty(t, started)
			assert.Contains(t, e.data, `"status":"running"`)
			continue
		case "start", "end":
			require.NoError(t, json.Unmarshal([]byte(e.data), &c))
		}
		switch e.name {
		case "start":
			assert.False(t, started[c.Name])
			started[c.Name] = true
		case "end":
			assert.True(t, started[c.Name])
			ended[c.Name] = c.Outcome
		case "result":
			got := decode(t, e.data)
			assert.NotEqual(t, verdict.Incomplete, got.Status)
			assert.Len(t, ended, len(got.Checks))
			for _, c := range got.Checks {
				assert.Equal(t, c.Outcome, ended[c.Name], c.Name)
			}
			_, more := nextEvent(t, stream)
			assert.False(t, more)
			return
		}
	}
}

// Who comes late sees all that happened before, and the run as it goes on.
func TestStreamJoined(t *testing.T) {
	t.Parallel()
	s, open := gate(t)
	first := s.open(t.Context(), http.MethodPost, "/run", "Accept", "text/event-stream")
	for range 4 { // run, TestA starts and ends, TestGate starts
		_, ok := nextEvent(t, first)
		require.True(t, ok)
	}
	second := s.open(t.Context(), http.MethodGet, "/runs/"+s.current().ID, "Accept", "text/event-stream")
	var names []string
	for range 4 {
		e, _ := nextEvent(t, second)
		names = append(names, e.name)
	}
	assert.Equal(t, []string{"run", "start", "end", "start"}, names)
	open()
	e, _ := nextEvent(t, second)
	assert.Equal(t, "end", e.name)
	e, _ = nextEvent(t, second)
	assert.Equal(t, "result", e.name)
}

// Who comes after the end, such as a browser whose connection was lost just
// before it, gets the result.
func TestStreamOfAnEndedRun(t *testing.T) {
	t.Parallel()
	s := start(t, child(t, "pass"), nil)
	got := s.run("")
	answer, text := s.ask(http.MethodGet, "/runs/"+got.ID, "", "Accept", "text/event-stream")
	assert.Equal(t, "text/event-stream", answer.Header.Get("Content-Type"))
	e, ok := nextEvent(t, bufio.NewReader(strings.NewReader(text)))
	require.True(t, ok)
	assert.Equal(t, "result", e.name)
	assert.Equal(t, got, decode(t, e.data))
}

// A runner that is stopped stops its run, and still answers who waits for it.
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
	_, _, err := s.begin(asked{trigger: OnRequest})
	assert.ErrorIs(t, err, errStopped)
	again := openHistory(s.cfg.Store, 10, testLog)
	runs, _ := again.list()
	require.Len(t, runs, 1)
	assert.Equal(t, errStopped.Error(), runs[0].Stopped)
}

func TestSchedule(t *testing.T) {
	t.Parallel()
	s := start(t, child(t, "pass"), func(r *Runner) { r.cfg.Interval = 20 * time.Millisecond })
	until(t, "three runs", func() bool { runs, _ := s.history.list(); return len(runs) >= 3 })
	runs, _ := s.history.list()
	for i, k := range runs[:3] {
		assert.Equal(t, OnSchedule, k.Trigger)
		if i > 0 {
			assert.False(t, runs[i-1].Started.Before(k.Ended), "one run at a time")
		}
	}
	_, text := s.ask(http.MethodGet, "/runs", "")
	assert.Contains(t, text, `"next":"2`)
}

// A run that takes longer than the interval is not doubled.
func TestScheduleOverrun(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "gate")
	s := start(t, child(t, "gate:"+file), func(r *Runner) { r.cfg.Interval = 5 * time.Millisecond })
	until(t, "a run was left out", func() bool { return strings.Contains(s.log.String(), `"a scheduled run is left out"`) })
	runs, _ := s.history.list()
	assert.Empty(t, runs)
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	until(t, "two runs", func() bool { runs, _ := s.history.list(); return len(runs) >= 2 })
}

// A run of picked checks puts a scheduled one off, and one that is being stopped
// does; a whole one stands for it, and then goes on when its asker leaves.
func TestScheduledRunMeetsAnother(t *testing.T) {
	t.Parallel()
	scheduled := func(t *testing.T, s *site) {
		t.Helper()
		until(t, "a scheduled run", func() bool { runs, _ := s.history.list(); return len(runs) == 2 })
		runs, _ := s.history.list()
		assert.Equal(t, OnSchedule, runs[0].Trigger)
		assert.Equal(t, verdict.Pass, runs[0].Report.Verdict)
	}
	t.Run("picked", func(t *testing.T) {
		t.Parallel()
		s, open := gate(t)
		a, _, err := s.begin(asked{trigger: OnRequest, pattern: "TestGate", forGood: true})
		require.NoError(t, err)
		stopped, stop := context.WithCancel(t.Context())
		stop()
		s.beginScheduled(stopped)
		assert.Same(t, a, s.current())
		begun := make(chan struct{})
		go func() { s.beginScheduled(t.Context()); close(begun) }()
		open()
		<-begun
		scheduled(t, s)
	})
	t.Run("stopping", func(t *testing.T) {
		t.Parallel()
		s, _, end := lingering(t)
		s.beginScheduled(t.Context())
		end()
		scheduled(t, s)
	})
	t.Run("whole", func(t *testing.T) {
		t.Parallel()
		s, open := gate(t)
		a, _, err := s.begin(asked{trigger: OnRequest})
		require.NoError(t, err)
		s.beginScheduled(t.Context())
		assert.Contains(t, s.log.String(), `"a scheduled run is left out"`)
		s.leave(a)
		open()
		<-a.ended
		assert.Equal(t, verdict.Pass, a.Report.Verdict)
	})
}
