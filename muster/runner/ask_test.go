package runner

import (
	"context"
	"encoding/json"
	"net/http"
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
	id := s.current().ID
	for range 2 {
		go func() { results <- s.run("") }()
	}
	until(t, "three askers", func() bool { s.mu.Lock(); defer s.mu.Unlock(); return s.active.askers == 3 })
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
				until(t, "an asker", func() bool {
					a := s.current()
					s.mu.Lock()
					defer s.mu.Unlock()
					return a != nil && a.askers == i+1
				})
			}
			a := s.current()
			leave()
			until(t, "all have left", func() bool { s.mu.Lock(); defer s.mu.Unlock(); return a.askers == 0 })
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

// A runner that is stopped stops its run, and still answers who waits for it.
func TestStopped(t *testing.T) {
	t.Parallel()
	s, _ := gate(t)
	results := make(chan result, 1)
	go func() { results <- s.run("") }()
	until(t, "a run", func() bool { _, steps, _ := s.snapshot(); return len(steps) > 0 })
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
