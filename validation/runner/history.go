package runner

import (
	"encoding/json"
	"fmt"
	"iter"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/lsst-sqre/muster/muster/daemon"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// Bounds of what is kept, whatever the runs hold.
const (
	// maxRun in bytes of one run as JSON.
	maxRun = 2 << 20
	// maxHistory in bytes of all runs, packed.
	maxHistory = 32 << 20
	// maxMarks is of how many checks of a run the outcome is remembered.
	maxMarks = 2000
	// patience is how long a disk is waited for that does not answer.
	patience = 5 * time.Second
)

// kept is a run that ended. Its Report has only what is said of the whole; the
// rest is packed.
type kept struct {
	Run
	packed []byte
	// outcomes of the checks by name.
	outcomes map[string]string
	changes  Changes
	// saved is for write alone.
	saved bool
}

// history has the last runs, the oldest first. It always has them in memory; a
// store makes them outlive the process.
type history struct {
	log      *slog.Logger
	keep     int
	store    *store // nil: in memory only
	patience time.Duration

	// mu is never held while the disk is asked: it may hang.
	mu   sync.Mutex
	runs []*kept
	// size in bytes of all runs, packed.
	size int
	// dropped are ids of runs that the store has and should not.
	dropped []string
	// written is closed when the store has all that it should, or fails; nil while
	// nothing is written.
	written chan struct{}
	// last is the newest id that was ever given.
	last string
	// unread is what could not be read at the start, and trouble why the store does
	// not keep what it should now, for people to read.
	unread, trouble []string
}

// openHistory reads what the directory dir keeps; an empty dir keeps nothing.
func openHistory(dir string, keep int, log *slog.Logger) *history {
	h := &history{log: log, keep: keep, patience: patience}
	if dir == "" {
		return h
	}
	h.store = &store{dir: dir, write: daemon.WriteFile}
	h.unread = h.store.load(keep, func(run Run, packed []byte) {
		h.add(run, packed, true)
		h.last = max(h.last, run.ID)
	})
	for _, sentence := range h.unread {
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

// put keeps a run that ended. It returns when the run is in the store, or when
// that failed or did not answer in time: a store loses history, never a run. It
// is said once, and tried again with the next run.
func (h *history) put(run Run) {
	bound(&run)
	packed, err := pack(run)
	if err != nil {
		h.log.Error("the run cannot be kept", "run", run.ID, "error", err)
		return
	}
	h.mu.Lock()
	h.add(run, packed, false)
	if h.store == nil {
		h.mu.Unlock()
		return
	}
	if h.written == nil {
		h.written = make(chan struct{})
		go h.write()
	}
	written := h.written
	h.mu.Unlock()
	select {
	case <-written:
		return
	case <-time.After(h.patience):
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.written == written {
		h.settle([]string{"The store " + h.store.dir + " does not answer: runs are kept in memory until it does, or this runner ends."})
	}
}

// add keeps a run in memory, and drops the oldest that are too many or too much.
func (h *history) add(run Run, packed []byte, saved bool) {
	k := &kept{Run: run, packed: packed, outcomes: map[string]string{}, saved: saved}
	report := *run.Report
	for _, c := range report.Checks[:min(maxMarks, len(report.Checks))] {
		k.outcomes[c.Name] = c.Outcome
	}
	report.Checks, report.Suites, report.Output = nil, nil, ""
	k.Report = &report
	h.runs = append(h.runs, k)
	h.size += len(packed)
	k.changes = compare(h.runs)
	for len(h.runs) > h.keep || h.size > maxHistory && len(h.runs) > 1 {
		if h.store != nil {
			h.dropped = append(h.dropped, h.runs[0].ID)
		}
		h.size -= len(h.runs[0].packed)
		h.runs[0] = nil // the array goes on
		h.runs = h.runs[1:]
	}
}

// write brings the store up to date until nothing is left to do, or it fails.
// Only one at a time does, so that the store has the runs in their order.
func (h *history) write() {
	var trouble []string
	h.mu.Lock()
	defer h.mu.Unlock()
	for trouble == nil {
		dropped := h.dropped
		unsaved := slices.DeleteFunc(slices.Clone(h.runs), func(k *kept) bool { return k.saved })
		if len(dropped)+len(unsaved) == 0 {
			break
		}
		h.dropped = nil
		h.mu.Unlock()
		dropped, trouble = h.flush(dropped, unsaved)
		h.mu.Lock()
		h.dropped = append(dropped, h.dropped...)
	}
	h.settle(trouble)
	close(h.written)
	h.written = nil
}

// flush asks the disk: it removes what was dropped, which may make room, and
// writes what is unsaved. It returns what it could not remove, and what is wrong.
func (h *history) flush(dropped []string, unsaved []*kept) (left, trouble []string) {
	for _, id := range dropped {
		if err := h.store.remove(id); err != nil {
			left, trouble = append(left, id), []string{h.store.sentence("be tidied up", err)}
		}
	}
	for _, k := range unsaved {
		if err := h.store.save(k.ID, k.packed); err != nil {
			return left, []string{h.store.sentence("keep runs", err) + " They are kept in memory until this runner ends."}
		}
		k.saved = true
	}
	return left, trouble
}

// settle notes why the store does not keep runs, and logs that this began or
// ended.
func (h *history) settle(trouble []string) {
	was := len(h.trouble)
	h.trouble = trouble
	switch {
	case len(trouble) > 0 && was == 0:
		h.log.Warn("runs are kept in memory only", "cause", trouble[0])
	case len(trouble) == 0 && was > 0:
		h.log.Info("runs are kept in the store again")
	}
}

// backward are the runs with their reports, the newest first. Each is unpacked
// only when it is its turn: together they may be larger than the memory.
func (h *history) backward() iter.Seq[Run] {
	runs, _ := h.list()
	return func(yield func(Run) bool) {
		for _, k := range runs {
			// load, or put, could read it before.
			if run, err := unpack(k.packed); err == nil && !yield(run) {
				return
			}
		}
	}
}

// list are the runs, the newest first, and what is wrong with the store.
func (h *history) list() (runs []*kept, trouble []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	runs = slices.Clone(h.runs)
	slices.Reverse(runs)
	return runs, slices.Concat(h.unread, h.trouble)
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
