package history

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/validation/runner/files"
	"github.com/lsst-sqre/muster/validation/verdict"
)

func TestMain(m *testing.M) {
	files.Patience = 2 * time.Minute
	os.Exit(m.Run())
}

var testLog = slog.New(slog.DiscardHandler)

func newTestLog(w io.Writer) *slog.Logger { return slog.New(slog.NewJSONHandler(w, nil)) }

// finished is a run in which the checks had these outcomes: "A=pass B=fail".
func finished(h *History, outcomes string) Run {
	run := Run{ID: h.NewID(time.Now()), Trigger: OnSchedule, Started: time.Now().UTC(), Ended: time.Now().UTC()}
	run.Report = &verdict.Run{Schema: verdict.SchemaVersion, Verdict: verdict.Pass, Counts: map[string]int{}}
	for word := range strings.FieldsSeq(outcomes) {
		name, outcome, _ := strings.Cut(word, "=")
		run.Report.Checks = append(run.Report.Checks, &verdict.Check{Name: name, Outcome: outcome})
		run.Report.Counts[outcome]++
	}
	return run
}

func TestChanges(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		runs                         []string // "!" in front: stopped
		newlyRed, newlyGreen, flakys []string
	}{
		"first run":                     {[]string{"A=fail B=pass"}, nil, nil, nil},
		"red":                           {[]string{"A=pass B=pass", "A=fail B=error"}, []string{"A", "B"}, nil, nil},
		"still red":                     {[]string{"A=pass", "A=fail", "A=error"}, nil, nil, nil},
		"green again":                   {[]string{"A=fail", "A=advice"}, nil, []string{"A"}, nil},
		"a skip has no Colour":          {[]string{"A=pass", "A=skip", "A=blocked", "A=fail"}, []string{"A"}, nil, nil},
		"a skip changes nothing":        {[]string{"A=pass", "A=skip"}, nil, nil, nil},
		"other checks were picked":      {[]string{"A=pass B=pass", "B=pass", "A=fail"}, []string{"A"}, nil, nil},
		"a stopped run changes nothing": {[]string{"A=pass", "!A=error"}, nil, nil, nil},
		"a stopped run is not seen":     {[]string{"A=pass", "!A=error", "A=pass"}, nil, nil, nil},
		"flaky": {[]string{"A=pass", "A=fail", "A=pass", "A=fail"}, []string{"A"}, nil,
			[]string{"A"}},
		"twice is not flaky": {[]string{"A=pass", "A=fail", "A=pass"}, nil, []string{"A"}, nil},
		"flaky long ago": {[]string{"A=pass", "A=fail", "A=pass", "A=fail", "A=fail", "A=fail", "A=fail",
			"A=fail", "A=fail", "A=fail", "A=fail", "A=fail"}, nil, nil, nil},
		"new check": {[]string{"A=pass", "A=pass B=fail"}, nil, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := Open("", 100, testLog)
			for _, outcomes := range c.runs {
				outcomes, isStopped := strings.CutPrefix(outcomes, "!")
				run := finished(h, outcomes)
				if isStopped {
					run.Stopped = "on purpose"
				}
				h.Append(run)
			}
			runs, _ := h.List()
			assert.ElementsMatch(t, c.newlyRed, runs[0].Changes.NewlyRed, "newly red")
			assert.ElementsMatch(t, c.newlyGreen, runs[0].Changes.NewlyGreen, "newly green")
			assert.ElementsMatch(t, c.flakys, runs[0].Changes.Flaky, "flaky")
		})
	}
}

// Ids sort by the start of their runs, even if the clock goes back and after a
// restart.
func TestClockSetBack(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	h := Open(dir, 100, testLog)
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	var ids []string
	for _, clock := range []time.Time{now, now, now.Add(-time.Hour), now.Add(time.Millisecond), now.AddDate(-20, 0, 0),
		now.Add(time.Hour)} {
		ids = append(ids, h.NewID(clock))
	}
	assert.IsIncreasing(t, ids)
	assert.Equal(t, "20260301T120000.000Z", ids[0])
	assert.Equal(t, "20260301T130000.000Z", ids[5])
	run := finished(h, "A=pass")
	run.ID = ids[5]
	h.Append(run)
	assert.Greater(t, Open(dir, 100, testLog).NewID(now), ids[5])
}

// putPassed puts runs that passed, and gives their ids.
func putPassed(h *History, runs int) (ids []string) {
	for range runs {
		run := finished(h, "A=pass")
		ids = append(ids, run.ID)
		h.Append(run)
	}
	return ids
}

func TestHistoryIsBounded(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	h := Open(dir, 3, testLog)
	ids := putPassed(h, 5)
	again := Open(dir, 2, testLog)
	for keep, h := range map[int]*History{3: h, 2: again} {
		runs, storeErrors := h.List()
		assert.Empty(t, storeErrors)
		require.Len(t, runs, keep)
		assert.Equal(t, ids[4], runs[0].ID)
		_, _, _, ok := h.Get(ids[0])
		assert.False(t, ok)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	require.NoError(t, err)
	assert.Len(t, files, 2)
}

// A run that does not fit into memory is not read.
func TestHistoryIsBoundedInBytes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	h := Open(dir, 100, testLog)
	run := finished(h, "A=pass")
	h.Append(run)
	for range maxHistory/maxStored + 1 {
		path := h.Store.path(h.NewID(time.Now()))
		require.NoError(t, os.WriteFile(path, nil, 0o600))
		require.NoError(t, os.Truncate(path, 1<<40)) // has no blocks
	}
	runs, storeErrors := Open(dir, 100, testLog).List()
	assert.Empty(t, runs)
	require.Len(t, storeErrors, maxHistory/maxStored)
	assert.Contains(t, storeErrors[0], "it is too large")
	assert.NoFileExists(t, h.Store.path(run.ID))

	h = Open("", 100, testLog)
	for range 5 {
		h.add(finished(h, "A=pass"), make([]byte, maxHistory/3), true)
	}
	runs, _ = h.List()
	assert.Len(t, runs, 3)
	h.add(finished(h, "A=pass"), make([]byte, maxHistory+1), true)
	runs, _ = h.List()
	assert.Len(t, runs, 1, "the newest is always kept")
}

// The data for the list of runs is small; the output of checks is compressed.
func TestKeptRunIsSmall(t *testing.T) {
	t.Parallel()
	h := Open("", 100, testLog)
	run := finished(h, "A=fail")
	run.Report.Checks[0].Output = strings.Repeat("o", 1000)
	run.Report.Suites = []*verdict.Suite{{Tests: run.Report.Checks}}
	h.Append(run)
	runs, _ := h.List()
	assert.Empty(t, runs[0].Report.Checks)
	assert.Empty(t, runs[0].Report.Suites)
	for again := range h.Backward() {
		assert.Equal(t, run.Report.Checks, again.Report.Checks)
	}
}

// A stored run is small.
func TestRunIsBounded(t *testing.T) {
	t.Parallel()
	h := Open(t.TempDir(), 10, testLog)
	run := finished(h, strings.Repeat("A=pass ", 10_000))
	for i, c := range run.Report.Checks {
		c.Name, c.Message, c.Output = fmt.Sprintf("Test%d", i), strings.Repeat("m", 300), strings.Repeat("o", 10_000)
		if i%100 == 0 {
			c.Outcome = verdict.OutcomeFail
		}
	}
	before := size(&run)
	h.Append(run)
	assert.Equal(t, before, size(&run), "the run itself is as it was")
	got, k, _, ok := h.Get(run.ID)
	require.True(t, ok)
	assert.LessOrEqual(t, size(&got), maxRun+1000)
	assert.Len(t, got.Report.With(verdict.OutcomeFail), 100, "what failed is kept")
	assert.Contains(t, got.Report.Problems[0], "of 10000 checks are not stored: the run is too large")
	assert.LessOrEqual(t, len(k.Outcomes), maxMarks)
}
