package runner

import (
	"errors"
	"iter"
	"log/slog"
	"slices"
	"sync"
	"time"
)

// Bounds of the history in memory.
const (
	// maxHistory in bytes of all runs, packed.
	maxHistory = 32 << 20
	// maxMarks bounds of how many checks of a run the outcome is remembered.
	maxMarks = 2000
)

// storedRun is a run that ended. Its Report has only what describes the whole; the
// rest is packed.
type storedRun struct {
	Run
	packed []byte
	// outcomes of the checks by name.
	outcomes map[string]string
	changes  Changes
	// saved: the store has it.
	saved bool
}

// history has the last runs in memory, the oldest first. A store makes them
// outlive the process.
type history struct {
	log   *slog.Logger
	keep  int
	store *store // nil: in memory only

	// mu is never held during an operation of the store, because that may hang.
	mu   sync.Mutex
	runs []*storedRun
	// size in bytes of all runs, packed.
	size int
	// dropped are ids of runs that the store has and should not.
	dropped []string
	// lastID is the newest id that was ever given.
	lastID string
	// loadErrors say what could not be read at the start, storeErrors why the store
	// does not have what it should now. They are sentences.
	loadErrors, storeErrors []string
}

// openHistory reads the runs that are stored in the directory dir. An empty dir
// stores nothing.
func openHistory(dir string, keep int, log *slog.Logger) *history {
	h := &history{log: log, keep: keep}
	if dir == "" {
		return h
	}
	h.store = newStore(dir)
	h.load()
	return h
}

func (h *history) load() {
	runs, errs := h.store.load(h.keep)
	for _, run := range runs {
		h.add(run.Run, run.packed, true)
		h.lastID = max(h.lastID, run.ID)
	}
	h.loadErrors = errs
	for _, sentence := range errs {
		h.log.Warn("stored runs were not loaded", "cause", sentence)
	}
}

// newID makes an id of the time. It is greater than any id before it, also when
// the clock was set back.
func (h *history) newID(now time.Time) string {
	const form = "20060102T150405.000Z"
	h.mu.Lock()
	defer h.mu.Unlock()
	id := now.UTC().Format(form)
	if id <= h.lastID {
		before, err := time.Parse(form, h.lastID)
		if err != nil {
			before = now // the pattern of ids does not know how many days a month has
		}
		id = before.Add(time.Millisecond).Format(form)
	}
	h.lastID = id
	return id
}

// append adds a run that ended. It returns when the store has it, or when the
// store failed or did not answer in time. The store is then tried again with the
// next run.
func (h *history) append(run Run) {
	bound(&run)
	packed, err := pack(run)
	if err != nil {
		h.log.Error("run cannot be stored", "run", run.ID, "error", err)
		return
	}
	h.mu.Lock()
	h.add(run, packed, false)
	h.mu.Unlock()
	if h.store == nil {
		return
	}
	err = h.store.guard.do(h.store.timeout, h.flush)
	if dropped, unsaved := h.pending(); errors.Is(err, errNoAnswer) && len(dropped)+len(unsaved) > 0 {
		h.setStoreErrors("The store " + h.store.dir +
			" does not answer: runs stay in memory until it does, or this runner ends.")
	}
}

// add adds a run in memory, and drops the oldest that are too many or too much.
func (h *history) add(run Run, packed []byte, saved bool) {
	s := &storedRun{Run: run, packed: packed, outcomes: map[string]string{}, saved: saved}
	report := *run.Report
	for _, c := range report.Checks[:min(maxMarks, len(report.Checks))] {
		s.outcomes[c.Name] = c.Outcome
	}
	report.Checks, report.Suites, report.Output = nil, nil, ""
	s.Report = &report
	h.runs = append(h.runs, s)
	h.size += len(packed)
	s.changes = compare(h.runs)
	for len(h.runs) > h.keep || h.size > maxHistory && len(h.runs) > 1 {
		if h.store != nil {
			h.dropped = append(h.dropped, h.runs[0].ID)
		}
		h.size -= len(h.runs[0].packed)
		h.runs[0] = nil // the array goes on
		h.runs = h.runs[1:]
	}
}

// pending is what the store still has to remove and to save.
func (h *history) pending() (dropped []string, unsaved []*storedRun) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.dropped), slices.DeleteFunc(slices.Clone(h.runs), func(s *storedRun) bool { return s.saved })
}

// flush brings the store up to date, until nothing is pending or it fails. If it
// hangs, it also does what became pending meanwhile.
func (h *history) flush() error {
	for {
		dropped, unsaved := h.pending()
		if len(dropped)+len(unsaved) == 0 {
			h.setStoreErrors()
			return nil
		}
		if sentence := h.write(dropped, unsaved); sentence != "" {
			h.setStoreErrors(sentence)
			return nil
		}
	}
}

// write removes first, which may make room, and then saves. It returns what went
// wrong.
func (h *history) write(dropped []string, unsaved []*storedRun) (sentence string) {
	for _, id := range dropped {
		if err := h.store.remove(id); err != nil {
			sentence = h.store.sentence("delete old runs", err)
			continue
		}
		h.mu.Lock()
		h.dropped = slices.DeleteFunc(h.dropped, func(other string) bool { return other == id })
		h.mu.Unlock()
	}
	for _, s := range unsaved {
		if err := h.store.save(s.ID, s.packed); err != nil {
			return h.store.sentence("save runs", err) + " They stay in memory until this runner ends."
		}
		h.mu.Lock()
		s.saved = true
		h.mu.Unlock()
	}
	return sentence
}

// setStoreErrors notes why the store does not save runs, and logs that this began
// or ended.
func (h *history) setStoreErrors(sentences ...string) {
	h.mu.Lock()
	failedBefore := len(h.storeErrors) > 0
	h.storeErrors = sentences
	h.mu.Unlock()
	switch {
	case len(sentences) > 0 && !failedBefore:
		h.log.Warn("runs are only in memory", "cause", sentences[0])
	case len(sentences) == 0 && failedBefore:
		h.log.Info("runs are stored again")
	}
}

// backward iterates over the runs with their reports, the newest first. It
// unpacks each only at its turn, because together they may be larger than the
// memory: stop as soon as possible.
func (h *history) backward() iter.Seq[Run] {
	runs, _ := h.list()
	return func(yield func(Run) bool) {
		for _, s := range runs {
			// load, or append, could read it before.
			if run, err := unpack(s.packed); err == nil && !yield(run) {
				return
			}
		}
	}
}

// list returns the runs, the newest first, and what is wrong with the store.
func (h *history) list() (runs []*storedRun, errs []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	runs = slices.Clone(h.runs)
	slices.Reverse(runs)
	return runs, slices.Concat(h.loadErrors, h.storeErrors)
}

// get returns one run with its whole report, and the runs before it, the newest
// first.
func (h *history) get(id string) (run Run, s *storedRun, before []*storedRun, ok bool) {
	h.mu.Lock()
	i := slices.IndexFunc(h.runs, func(s *storedRun) bool { return s.ID == id })
	if i >= 0 {
		s, before = h.runs[i], slices.Clone(h.runs[:i])
	}
	h.mu.Unlock()
	if s == nil {
		return Run{}, nil, nil, false
	}
	run, err := unpack(s.packed)
	if err != nil {
		h.log.Error("stored run cannot be read", "run", id, "error", err)
		return Run{}, nil, nil, false
	}
	slices.Reverse(before)
	return run, s, before, true
}
