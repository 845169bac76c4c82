package runner

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/validation/runner/history"
	"github.com/lsst-sqre/muster/validation/verdict"
)

func TestSchedule(t *testing.T) {
	t.Parallel()
	s := start(t, child(t, "pass"), func(r *Runner) { r.cfg.Interval = 20 * time.Millisecond })
	until(t, "three runs", func() bool { runs, _ := s.history.List(); return len(runs) >= 3 })
	runs, _ := s.history.List()
	for i, k := range runs[:3] {
		assert.Equal(t, history.OnSchedule, k.Trigger)
		if i > 0 {
			assert.False(t, runs[i-1].Started.Before(k.Ended), "one run at a time")
		}
	}
	_, text := s.ask(http.MethodGet, "/runs", "")
	assert.Contains(t, text, `"next":"2`)
}

// No second run starts while one takes longer than the interval.
func TestScheduleOverrun(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "gate")
	s := start(t, child(t, "gate:"+file), func(r *Runner) { r.cfg.Interval = 5 * time.Millisecond })
	until(t, "a run was left out", func() bool { return strings.Contains(s.log.String(), `"scheduled run skipped"`) })
	runs, _ := s.history.List()
	assert.Empty(t, runs)
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	until(t, "two runs", func() bool { runs, _ := s.history.List(); return len(runs) >= 2 })
}

// A run of selected checks postpones a scheduled run, and so does a run that is
// being stopped. A run of all checks replaces it and then goes on after its
// client leaves.
func TestScheduledRunMeetsAnother(t *testing.T) {
	t.Parallel()
	scheduled := func(t *testing.T, s *site) {
		t.Helper()
		until(t, "a scheduled run", func() bool { runs, _ := s.history.List(); return len(runs) == 2 })
		runs, _ := s.history.List()
		assert.Equal(t, history.OnSchedule, runs[0].Trigger)
		assert.Equal(t, verdict.Pass, runs[0].Report.Verdict)
	}
	t.Run("picked", func(t *testing.T) {
		t.Parallel()
		s, open := gate(t)
		a, _, err := s.begin(runRequest{trigger: history.OnRequest, pattern: "TestGate", detached: true})
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
		a, _, err := s.begin(runRequest{trigger: history.OnRequest})
		require.NoError(t, err)
		s.beginScheduled(t.Context())
		assert.Contains(t, s.log.String(), `"scheduled run skipped"`)
		s.leave(a)
		open()
		<-a.ended
		assert.Equal(t, verdict.Pass, a.Report.Verdict)
	})
}

// The random part of the interval is between nothing and a tenth of it.
func TestJitter(t *testing.T) {
	t.Parallel()
	const interval = time.Hour
	least, most := 2*interval, time.Duration(0)
	for range 2000 {
		wait := nextWait(interval)
		least, most = min(least, wait), max(most, wait)
	}
	assert.GreaterOrEqual(t, least, interval)
	assert.LessOrEqual(t, most, interval+interval/10)
	assert.Greater(t, most-least, interval/20, "it is random")
	assert.GreaterOrEqual(t, initialWait(interval), firstWait)
	assert.Less(t, initialWait(interval), interval)
	assert.Equal(t, time.Second, initialWait(time.Second), "an interval at most")
}
