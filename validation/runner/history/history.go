package history

import (
	"errors"
	"iter"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/lsst-sqre/muster/validation/runner/files"
)

// maxMarks bounds the checks of a run whose outcomes are remembered.
const maxMarks = 2000

// History has the last runs in memory, the oldest first. A store keeps them
// across restarts.
type History struct {
	log  *slog.Logger
	keep int
	// Store is nil if runs are in memory only.
	Store *Store

	// mu is never held during an operation of the store, because that may hang.
	mu   sync.Mutex
	runs []*Stored
	// size is the packed size of all runs in bytes.
	size int
	// dropped are ids of runs that must be removed from the store.
	dropped []string
	// lastID is the newest id ever given.
	lastID string
	// loadErrors say what could not be read at the start. storeErrors say why the
	// store is not up to date. Both are sentences.
	loadErrors, storeErrors []string
}

// Open reads the runs that are stored in the directory dir. An empty dir
// stores nothing.
func Open(dir string, keep int, log *slog.Logger) *History {
	h := &History{log: log, keep: keep}
	if dir == "" {
		return h
	}
	h.Store = newStore(dir)
	h.load()
	return h
}

func (h *History) load() {
	runs, errs := h.Store.load(h.keep)
	for _, run := range runs {
		h.add(run.Run, run.packed, true)
		h.lastID = max(h.lastID, run.ID)
	}
	h.loadErrors = errs
	for _, sentence := range errs {
		h.log.Warn("stored runs were not loaded", "cause", sentence)
	}
}

// NewID returns an id made from the time. It is greater than any id before,
// even if the clock was set back.
func (h *History) NewID(now time.Time) string {
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

// Append adds a finished run. It returns when the store has the run, fails, or
// does not answer in time. The next run then tries the store again.
func (h *History) Append(run Run) {
	bound(&run)
	packed, err := pack(run)
	if err != nil {
		h.log.Error("run cannot be stored", "run", run.ID, "error", err)
		return
	}
	h.mu.Lock()
	h.add(run, packed, false)
	h.mu.Unlock()
	if h.Store == nil {
		return
	}
	err = h.Store.guard.Do(h.Store.Timeout, h.flush)
	if dropped, unsaved := h.pending(); errors.Is(err, files.ErrNoAnswer) && len(dropped)+len(unsaved) > 0 {
		h.setStoreErrors("The store " + h.Store.dir +
			" does not answer: runs stay in memory until it does, or this runner ends.")
	}
}

// add adds a run in memory and drops the oldest runs that exceed the limits.
func (h *History) add(run Run, packed []byte, saved bool) {
	s := &Stored{Run: run, packed: packed, Outcomes: map[string]string{}, saved: saved}
	report := *run.Report
	for _, c := range report.Checks[:min(maxMarks, len(report.Checks))] {
		s.Outcomes[c.Name] = c.Outcome
	}
	report.Checks, report.Suites, report.Output = nil, nil, ""
	s.Report = &report
	h.runs = append(h.runs, s)
	h.size += len(packed)
	s.Changes = compare(h.runs)
	for len(h.runs) > h.keep || h.size > maxHistory && len(h.runs) > 1 {
		if h.Store != nil {
			h.dropped = append(h.dropped, h.runs[0].ID)
		}
		h.size -= len(h.runs[0].packed)
		h.runs[0] = nil // the array goes on
		h.runs = h.runs[1:]
	}
}

// pending returns what the store still must remove and save.
func (h *History) pending() (dropped []string, unsaved []*Stored) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.dropped), slices.DeleteFunc(slices.Clone(h.runs), func(s *Stored) bool { return s.saved })
}

// flush brings the store up to date, until nothing is pending or it fails. If
// it hangs, it also does what became pending meanwhile.
func (h *History) flush() error {
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
func (h *History) write(dropped []string, unsaved []*Stored) (sentence string) {
	for _, id := range dropped {
		if err := h.Store.remove(id); err != nil {
			sentence = h.Store.sentence("delete old runs", err)
			continue
		}
		h.mu.Lock()
		h.dropped = slices.DeleteFunc(h.dropped, func(other string) bool { return other == id })
		h.mu.Unlock()
	}
	for _, s := range unsaved {
		if err := h.Store.save(s.ID, s.packed); err != nil {
			return h.Store.sentence("save runs", err) + " They stay in memory until this runner ends."
		}
		h.mu.Lock()
		s.saved = true
		h.mu.Unlock()
	}
	return sentence
}

// setStoreErrors notes why the store does not save runs, and logs that this began
// or ended.
func (h *History) setStoreErrors(sentences ...string) {
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

// Backward iterates over the runs with their reports, the newest first. It
// unpacks each only at its turn, because together they may be larger than the
// memory: stop as soon as possible.
func (h *History) Backward() iter.Seq[Run] {
	runs, _ := h.List()
	return func(yield func(Run) bool) {
		for _, s := range runs {
			// load, or append, could read it before.
			if run, err := unpack(s.packed); err == nil && !yield(run) {
				return
			}
		}
	}
}

// List returns the runs, the newest first, and what is wrong with the store.
func (h *History) List() (runs []*Stored, errs []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	runs = slices.Clone(h.runs)
	slices.Reverse(runs)
	return runs, slices.Concat(h.loadErrors, h.storeErrors)
}

// Get returns one run with its whole report, and the runs before it, the newest
// first.
func (h *History) Get(id string) (run Run, s *Stored, before []*Stored, ok bool) {
	h.mu.Lock()
	i := slices.IndexFunc(h.runs, func(s *Stored) bool { return s.ID == id })
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
