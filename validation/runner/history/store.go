package history

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/lsst-sqre/muster/muster/daemon"
	"github.com/lsst-sqre/muster/validation/runner/files"
)

// Store keeps runs in a directory, one file each. It uses files instead of a
// database for three reasons: a damaged file costs only one run, two runners
// may share the directory during an upgrade, and a person can read a run with
// zcat.
type Store struct {
	dir   string
	guard files.Guard
	// Timeout bounds one operation.
	Timeout time.Duration
	// Write replaces a file; tests let it fail or hang.
	Write func(path string, content []byte, mode fs.FileMode) error
}

func newStore(dir string) *Store {
	return &Store{dir: dir, Timeout: files.Patience, Write: daemon.WriteFile}
}

const (
	storedSuffix = ".json.gz"
	brokenSuffix = ".broken"
	// keptBroken is how many damaged files are kept for inspection.
	keptBroken = 5
	// loadTimeout bounds reading all runs at the start. The startup probe waits
	// longer.
	loadTimeout = time.Minute
)

// packedRun is a run with its stored form.
type packedRun struct {
	Run
	packed []byte
}

// load reads the newest runs, at most keep runs and maxHistory bytes, and
// returns the oldest first. It removes older runs and sets aside those that it
// cannot read. If the file system does not answer, the runs that were not read
// are lost. The errors are sentences.
func (s *Store) load(keep int) (runs []packedRun, errs []string) {
	var ids, old []string
	err := s.guard.Do(s.Timeout, func() (err error) {
		ids, old, err = s.list(keep)
		return err
	})
	if err != nil {
		return nil, []string{s.sentence("be read at the start of this runner", err)}
	}
	deadline := time.Now().Add(loadTimeout)
	for i, id := range slices.Backward(ids) {
		run, err := s.readOrSetAside(id)
		if errors.Is(err, files.ErrNoAnswer) || time.Now().After(deadline) {
			errs = append(errs, fmt.Sprintf("The store %s does not answer: %d stored runs were not read.", s.dir, i+1))
			break
		}
		if err != nil {
			errs = append(errs, fmt.Sprintf("The stored run %s cannot be read and was set aside: %v.", id, err))
			continue
		}
		runs = append(runs, run)
	}
	_ = s.guard.Do(s.Timeout, func() error { return s.tidy(old) }) // the next start tries again
	slices.Reverse(runs)
	slices.Reverse(errs)
	return runs, errs
}

// list makes the directory if it is missing. It returns the ids of the runs to
// read and of surplus runs, the oldest first.
func (s *Store) list(keep int) (ids, old []string, err error) {
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return nil, nil, err
	}
	entries, err := os.ReadDir(s.dir) // sorted
	if err != nil {
		return nil, nil, err
	}
	size := int64(0)
	for _, entry := range slices.Backward(entries) {
		id, ok := strings.CutSuffix(entry.Name(), storedSuffix)
		if !ok || !idPattern.MatchString(id) {
			continue
		}
		if info, err := entry.Info(); err == nil {
			size += min(info.Size(), maxStored)
		}
		if len(ids) < keep && (size <= maxHistory || len(ids) == 0) {
			ids = append(ids, id)
		} else {
			old = append(old, id)
		}
	}
	slices.Reverse(ids)
	slices.Reverse(old)
	return ids, old, nil
}

// readOrSetAside reads one run. It renames a file that it cannot read, unless
// the file system does not answer.
func (s *Store) readOrSetAside(id string) (packedRun, error) {
	var run packedRun
	err := s.guard.Do(s.Timeout, func() (err error) {
		if run, err = s.read(id); err != nil {
			_ = os.Rename(s.path(id), s.path(id)+brokenSuffix) // a read-only directory keeps it
		}
		return err
	})
	if err != nil {
		return packedRun{}, err
	}
	return run, nil
}

func (s *Store) read(id string) (packedRun, error) {
	packed, err := files.ReadRegular(s.path(id), maxStored)
	if err != nil {
		return packedRun{}, err
	}
	run, err := unpack(packed)
	if err == nil && run.ID != id {
		err = errors.New("it has another run")
	}
	return packedRun{run, packed}, err
}

// tidy removes old runs, temporary files of a killed runner, and all but the
// newest damaged files.
func (s *Store) tidy(old []string) error {
	var errs []error
	for _, id := range old {
		errs = append(errs, s.remove(id))
	}
	temporary, _ := filepath.Glob(filepath.Join(s.dir, "*"+daemon.TemporarySuffix)) // the pattern is right
	broken, _ := filepath.Glob(filepath.Join(s.dir, "*"+brokenSuffix))
	for _, path := range append(temporary, broken[:max(0, len(broken)-keptBroken)]...) {
		errs = append(errs, os.RemoveAll(path))
	}
	return errors.Join(errs...)
}

// save writes a packed run.
func (s *Store) save(id string, packed []byte) error { return s.Write(s.path(id), packed, 0o600) }

func (s *Store) remove(id string) error {
	if err := os.Remove(s.path(id)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

func (s *Store) path(id string) string { return filepath.Join(s.dir, id+storedSuffix) }

func (s *Store) sentence(what string, err error) string {
	return fmt.Sprintf("The store %s cannot %s: %v.", s.dir, what, err)
}
