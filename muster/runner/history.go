package runner

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/lsst-sqre/muster/muster/verdict"
)

// Bounds of what is kept, whatever the runs hold.
const (
	// maxRun in bytes of one run as JSON.
	maxRun = 2 << 20
	// maxHistory in bytes of all runs, packed.
	maxHistory = 32 << 20
	// maxMarks is of how many checks of a run the outcome is remembered.
	maxMarks = 2000
)

// kept is a run that ended. Its Report has only what is said of the whole; the
// rest is packed.
type kept struct {
	Run
	packed []byte
	// outcomes of the checks by name.
	outcomes map[string]string
	changes  Changes
	saved    bool
}

// history has the last runs, the oldest first. It always has them in memory; a
// store makes them outlive the process.
type history struct {
	log   *slog.Logger
	keep  int
	store *store // nil: in memory only

	mu   sync.Mutex
	runs []*kept
	// last is the newest id that was ever given.
	last string
	// trouble is why the store does not keep what it should, for people to read.
	trouble []string
}

// openHistory reads what the directory dir keeps; an empty dir keeps nothing.
func openHistory(dir string, keep int, log *slog.Logger) *history {
	h := &history{log: log, keep: keep}
	if dir == "" {
		return h
	}
	h.store = &store{dir: dir}
	h.trouble = h.store.load(keep, func(run Run, packed []byte) {
		h.add(run, packed, true)
		h.last = max(h.last, run.ID)
	})
	for _, sentence := range h.trouble {
		log.Warn("the history is not whole", "cause", sentence)
	}
	return h
}

// newID is made of the time, and is greater than any id before it also when the
// clock was set back.
func (h *history) newID(now time.Time) string {
	const form = "20060102T150405.000Z"
	h.mu.Lock()
	defer h.mu.Unlock()
	id := now.UTC().Format(form)
	if id <= h.last {
		before, err := time.Parse(form, h.last)
		if err != nil {
			before = now // the pattern of ids does not know how many days a month has
		}
		id = before.Add(time.Millisecond).Format(form)
	}
	h.last = id
	return id
}

// put keeps a run that ended. A store that fails loses history, never a run: it
// is said once, and tried again with the next run.
func (h *history) put(run Run) {
	bound(&run)
	packed, err := pack(run)
	if err != nil {
		h.log.Error("the run cannot be kept", "run", run.ID, "error", err)
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.add(run, packed, false)
	dropped := h.prune()
	if h.store == nil {
		return
	}
	was := len(h.trouble)
	h.trouble = h.flush(dropped)
	switch {
	case len(h.trouble) > 0 && was == 0:
		h.log.Warn("runs are kept in memory only", "cause", h.trouble[0])
	case len(h.trouble) == 0 && was > 0:
		h.log.Info("runs are kept in the store again")
	}
}

func (h *history) add(run Run, packed []byte, saved bool) {
	k := &kept{Run: run, packed: packed, outcomes: map[string]string{}, saved: saved}
	report := *run.Report
	for _, c := range report.Checks[:min(maxMarks, len(report.Checks))] {
		k.outcomes[c.Name] = c.Outcome
	}
	report.Checks, report.Output = nil, ""
	k.Report = &report
	h.runs = append(h.runs, k)
	k.changes = compare(h.runs)
}

// prune drops the oldest runs that are too many or too much, and returns their
// ids.
func (h *history) prune() (dropped []string) {
	size := 0
	for i, k := range slices.Backward(h.runs) {
		if size += len(k.packed); len(h.runs)-i > h.keep || size > maxHistory && i < len(h.runs)-1 {
			for _, old := range h.runs[:i+1] {
				dropped = append(dropped, old.ID)
			}
			h.runs = slices.Clone(h.runs[i+1:])
			break
		}
	}
	return dropped
}

// flush writes what is not in the store, removes what was dropped, and returns
// why it could not.
func (h *history) flush(dropped []string) []string {
	for _, id := range dropped {
		if err := h.store.remove(id); err != nil {
			return []string{h.store.sentence("be tidied up", err)}
		}
	}
	for _, k := range h.runs {
		if k.saved {
			continue
		}
		if err := h.store.save(k.ID, k.packed); err != nil {
			return []string{h.store.sentence("keep runs", err) + " They are kept in memory until this runner ends."}
		}
		k.saved = true
	}
	return nil
}

// list are the runs, the newest first, and what is wrong with the store.
func (h *history) list() (runs []*kept, trouble []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	runs = slices.Clone(h.runs)
	slices.Reverse(runs)
	return runs, slices.Clone(h.trouble)
}

// get is one run with all that it found, and the runs before it, the newest
// first.
func (h *history) get(id string) (run Run, k *kept, before []*kept, ok bool) {
	h.mu.Lock()
	i := slices.IndexFunc(h.runs, func(k *kept) bool { return k.ID == id })
	if i >= 0 {
		k, before = h.runs[i], slices.Clone(h.runs[:i])
	}
	h.mu.Unlock()
	if k == nil {
		return Run{}, nil, nil, false
	}
	run, err := unpack(k.packed)
	if err != nil {
		h.log.Error("a kept run cannot be read", "run", id, "error", err)
		return Run{}, nil, nil, false
	}
	slices.Reverse(before)
	return run, k, before, true
}

// all are all runs with their reports, the oldest first.
func (h *history) all() []Run {
	h.mu.Lock()
	defer h.mu.Unlock()
	runs := make([]Run, 0, len(h.runs))
	for _, k := range h.runs {
		if run, err := unpack(k.packed); err == nil { // load read it before
			runs = append(runs, run)
		}
	}
	return runs
}

// bound makes a run fit to be kept: first the output of what passed goes, then
// the outputs are shortened, then go the checks that are not red.
func bound(run *Run) {
	report := *run.Report
	run.Report = &report
	report.Checks = slices.Clone(report.Checks)
	for i, c := range report.Checks {
		short := *c
		if colour(c.Outcome) != "red" {
			short.Output, short.Subtests = "", nil
		}
		report.Checks[i] = &short
	}
	for _, limit := range []int{16 << 10, 1 << 10, 0} {
		if size(run) <= maxRun {
			return
		}
		report.Output = verdict.Shorten(report.Output, limit)
		for _, c := range report.Checks {
			c.Output, c.Subtests = verdict.Shorten(c.Output, limit), nil
		}
	}
	all := len(report.Checks)
	report.Checks = append(report.With(verdict.OutcomeFail, verdict.OutcomeError), report.With(verdict.OutcomeBlocked, verdict.OutcomePass)...)
	for size(run) > maxRun && len(report.Checks) > 0 {
		report.Checks = report.Checks[:len(report.Checks)/2]
	}
	report.Problems = append(slices.Clone(report.Problems), fmt.Sprintf("%d of %d checks are not kept: the run is too large", all-len(report.Checks), all))
}

func size(run *Run) int {
	text, err := json.Marshal(run)
	if err != nil {
		return 0 // pack says it
	}
	return len(text)
}
