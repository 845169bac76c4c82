package runner

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/lsst-sqre/muster/fixtures/lanes"
	"github.com/lsst-sqre/muster/validation/runner/notify/notifytest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/fixtures/phalanx"
	"github.com/lsst-sqre/muster/fixtures/programs"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// process is a process of muster-runner.
type process struct {
	*exec.Cmd
	log      *programs.Output
	internal string // its address
	site
}

var listening = regexp.MustCompile(
	`"message":"the runner is listening","version":"[^"]+","address":"([^"]+)","internal_address":"([^"]*)"`,
)

// launch starts the command with a suite, one argument for it, and variables.
func launch(t *testing.T, store, suite, argument string, variables ...string) *process {
	t.Helper()
	lanes.Slow(t)
	p := &process{Cmd: exec.Command(theCommand(t)), log: new(programs.Output)}
	p.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "MUSTER_ADDRESS=127.0.0.1:0",
		"MUSTER_RUNNER_STORE=" + store,
		"MUSTER_RUNNER_SUITE=" + suite, "MUSTER_RUNNER_TEST2JSON=" + test2json(t), "MUSTER_RUNNER_ARGS=" + argument}
	p.Env = append(p.Env, variables...)
	p.Stdout, p.Stderr = p.log, p.log
	require.NoError(t, p.Start())
	t.Cleanup(func() { _ = p.Process.Kill() })
	var found []string
	until(t, "it listens", func() bool {
		found = listening.FindStringSubmatch(p.log.String())
		return found != nil
	})
	p.t, p.address, p.internal = t, found[1], found[2]
	return p
}

// descendants returns all descendants of a process.
func descendants(t *testing.T, pid int) (all []int) {
	t.Helper()
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	require.NoError(t, err)
	parents := map[int]int{}
	for _, file := range stats {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // it has ended
		}
		child, err := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		require.NoError(t, err)
		_, rest, _ := strings.Cut(string(text), ") ")
		parent, err := strconv.Atoi(strings.Fields(rest)[1])
		require.NoError(t, err)
		parents[child] = parent
	}
	for child := range parents {
		for p := child; p > 1; p = parents[p] {
			if parents[p] == pid {
				all = append(all, child)
				break
			}
		}
	}
	return all
}

// The runner is killed at random points of a run, alone or with its children as
// with its container. The reports stay right, every answered run is still stored,
// and the next runner leaves no token.
func TestRunnerKilled(t *testing.T) {
	t.Parallel()
	d := deployment(t, phalanx.Defaults())
	env, store, chat := environment(t, d), t.TempDir(), notifytest.NewReceiver(t)
	hook := "MUSTER_RUNNER_WEBHOOK_FILE=" + notifytest.SecretFile(t, chat.URL+notifytest.SecretPath)
	answered := map[string]string{}
	// The events of a run are about 260: two for each check.
	const points, events = 16, 260
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	leftBehind := 0
	for point := range points {
		p := launch(t, store, theSuite(t), "-env="+env, hook)
		until(t, "the tokens of the killed run are revoked", func() bool { return len(d.Tokens()) == 0 })
		assertRuns(t, &p.site, answered)
		if point%4 == 0 { // a run that ends, between those that do not
			answer, text := p.ask(http.MethodPost, "/run?run=TestNoToken", "")
			require.Equal(t, http.StatusOK, answer.StatusCode)
			got := decode(t, text)
			assert.Equal(t, verdict.Pass, got.Status, text)
			answered[got.ID] = got.Status
		}
		stream := p.open(t.Context(), http.MethodPost, "/run", "Accept", "text/event-stream")
		if point == 0 { // so that there is something to clean up
			until(t, "the run makes a token", func() bool { return len(d.Tokens()) != 0 })
		}
		for range random.IntN(events) * min(point, 1) {
			e, ok := nextEvent(t, stream)
			if !ok {
				break
			}
			if e.name == "result" {
				got := decode(t, e.data)
				answered[got.ID] = got.Status
				break
			}
		}
		victims := []int{p.Process.Pid}
		if point%2 == 0 {
			victims = append(victims, descendants(t, p.Process.Pid)...)
		}
		for _, pid := range victims {
			_ = syscall.Kill(pid, syscall.SIGKILL) // it may have ended
		}
		_ = p.Wait() // it was killed
		assert.NotRegexp(t, wholeToken, p.log.String())
		leftBehind = max(leftBehind, len(d.Tokens()))
	}
	assert.NotZero(t, leftBehind, "no kill left anything to clean up: the test shows nothing")
	p := launch(t, store, theSuite(t), "-env="+env, hook)
	until(t, "the tokens of the killed run are revoked", func() bool { return len(d.Tokens()) == 0 })
	answer, text := p.ask(http.MethodPost, "/run", "")
	require.Equal(t, http.StatusOK, answer.StatusCode)
	got := decode(t, text)
	answered[got.ID] = got.Status
	assertRuns(t, &p.site, answered)
	p.assertTold(chat)
	require.NoError(t, p.Process.Signal(syscall.SIGTERM))
	assert.NoError(t, p.Wait())
	assert.Empty(t, d.Tokens())
}

// assertRuns asserts that every answered run is stored unchanged and that no
// stored run is incomplete.
func assertRuns(t *testing.T, s *site, answered map[string]string) {
	t.Helper()
	_, text := s.ask(http.MethodGet, "/runs", "")
	var list struct {
		Runs        []summary
		StoreErrors []string `json:"store_errors"`
	}
	require.NoError(t, json.Unmarshal([]byte(text), &list))
	assert.Empty(t, list.StoreErrors)
	var ids []string
	for _, run := range list.Runs {
		// a loaded machine may fail a check
		assert.Contains(t, []string{verdict.Pass, verdict.Fail}, run.Status, run.Headline)
		if status, known := answered[run.ID]; known {
			assert.Equal(t, status, run.Status)
		}
		ids = append(ids, run.ID)
	}
	assert.Subset(t, ids, slices.Collect(maps.Keys(answered)))
	assert.IsDecreasing(t, append(ids, "0"))
}

// assertTold waits until the chat has the messages that the runs require: none
// while all were green, otherwise a red one first and the current state last.
func (p *process) assertTold(chat *notifytest.Receiver) {
	p.t.Helper()
	_, text := p.ask(http.MethodGet, "/runs", "")
	var list struct{ Runs []summary }
	require.NoError(p.t, json.Unmarshal([]byte(text), &list))
	whole := slices.DeleteFunc(list.Runs, func(s summary) bool { return s.Pattern != "" })
	require.NotEmpty(p.t, whole)
	if !slices.ContainsFunc(whole, func(s summary) bool { return s.Status != verdict.Pass }) {
		assert.Empty(p.t, chat.Texts(), "nothing turned red")
		return
	}
	want := map[string]string{verdict.Pass: "passes again", verdict.Fail: "It fails."}[whole[0].Status]
	until(p.t, "the chat knows what is true", func() bool {
		got := chat.Texts()
		return len(got) > 0 && strings.Contains(got[len(got)-1], want)
	})
	assert.Contains(p.t, chat.Texts()[0], "It fails.")
}

// A suite that is killed, for example for lack of memory, leaves tokens. The
// runner revokes them after the run.
func TestSuiteKilled(t *testing.T) {
	t.Parallel()
	d := deployment(t, phalanx.Defaults())
	s := start(t, against(t, environment(t, d)), nil)
	results := make(chan result, 1)
	go func() { results <- s.run("") }()
	until(t, "tokens", func() bool { return len(d.Tokens()) > 3 })
	killed := false
	until(t, "the suite is killed", func() bool {
		for _, pid := range descendants(t, os.Getpid()) {
			text, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
			if name, _, _ := strings.Cut(string(text), "\x00"); err == nil && name == s.cfg.Suite &&
				strings.Contains(string(text), s.cfg.Store) {
				killed = syscall.Kill(pid, syscall.SIGKILL) == nil || killed
			}
		}
		return killed
	})
	got := <-results
	assert.Equal(t, verdict.Incomplete, got.Status)
	assert.Contains(t, strings.Join(got.Problems, "\n"), "killed")
	assert.Empty(t, d.Tokens())
	assert.Equal(t, verdict.Pass, s.run("?run=TestNoToken").Status)
}
