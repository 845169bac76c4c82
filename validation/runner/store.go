package runner

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/lsst-sqre/muster/muster/daemon"
)

// store keeps runs in a directory, a file for each, which appears whole or not
// at all. Single files are used and no data base, because a damaged file then
// costs one run and not all, two runners may share the directory while one
// takes the other's place, and a person can read it with zcat.
type store struct {
	dir string
	// write replaces a file; tests let it fail.
	write func(path string, content []byte, mode fs.FileMode) error
}

const (
	storedSuffix = ".json.gz"
	brokenSuffix = ".broken"
	// keptBroken is how many damaged files are kept for somebody to look at.
	keptBroken = 5
	// maxStored in bytes of one run, packed or unpacked: a file that was tampered with must
	// not fill the memory.
	maxStored = 4 * maxRun
)

var idPattern = regexp.MustCompile(`\A\d{8}T\d{6}\.\d{3}Z\z`)

// pack is the form in which a run is kept. Its checksum is gzip's.
func pack(run Run) ([]byte, error) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if err := errors.Join(json.NewEncoder(z).Encode(run), z.Close()); err != nil {
		return nil, err
	}
	return packed.Bytes(), nil
}

func unpack(packed []byte) (Run, error) {
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return Run{}, err
	}
	text, err := io.ReadAll(io.LimitReader(z, maxStored))
	if err != nil {
		return Run{}, err
	}
	var run Run
	if err := json.Unmarshal(text, &run); err != nil {
		return Run{}, err
	}
	if !idPattern.MatchString(run.ID) || run.Report == nil {
		return Run{}, errors.New("it is not a run that ended")
	}
	return run, nil
}

// load reads the newest runs, at most keep of them and maxHistory bytes, the
// oldest first, and calls each with every one of them. Older ones are removed,
// and what cannot be read is put aside. trouble is what was wrong, a sentence
// each.
func (s store) load(keep int, each func(run Run, packed []byte)) (trouble []string) {
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return []string{s.sentence("be made at the start of this runner", err)}
	}
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return []string{s.sentence("be read at the start of this runner", err)}
	}
	for _, entry := range entries {
		if name := entry.Name(); strings.HasSuffix(name, daemon.TemporarySuffix) {
			_ = os.Remove(filepath.Join(s.dir, name)) // of a runner that was killed
		}
	}
	ids, old := newest(entries, keep)
	for _, id := range ids {
		run, packed, err := s.read(id)
		if err != nil {
			trouble = append(trouble, fmt.Sprintf("The kept run %s cannot be read, and was put aside: %v.", id, err))
			_ = os.Rename(s.path(id), s.path(id)+brokenSuffix) // a directory that is read-only keeps it
			continue
		}
		each(run, packed)
	}
	for _, id := range old {
		_ = s.remove(id) // the next start tries again
	}
	s.forgetBroken()
	return trouble
}

// newest are the ids of those that fit, and of the others, each the oldest first.
func newest(entries []os.DirEntry, keep int) (ids, old []string) {
	size := int64(0)
	for _, entry := range slices.Backward(entries) { // ReadDir sorts them
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
	return ids, old
}

// read reads one run.
func (s store) read(id string) (run Run, packed []byte, err error) {
	info, err := os.Stat(s.path(id))
	if err != nil {
		return Run{}, nil, err
	}
	if info.Size() > maxStored {
		return Run{}, nil, errors.New("it is too large for a run")
	}
	if packed, err = os.ReadFile(s.path(id)); err != nil {
		return Run{}, nil, err
	}
	if run, err = unpack(packed); err == nil && run.ID != id {
		err = errors.New("it holds another run")
	}
	return run, packed, err
}

func (s store) forgetBroken() {
	broken, _ := filepath.Glob(filepath.Join(s.dir, "*"+brokenSuffix)) // the pattern is right
	slices.Sort(broken)
	for _, path := range broken[:max(0, len(broken)-keptBroken)] {
		_ = os.Remove(path) // the next start tries again
	}
}

// save writes a packed run.
func (s store) save(id string, packed []byte) error { return s.write(s.path(id), packed, 0o600) }

func (s store) remove(id string) error {
	if err := os.Remove(s.path(id)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

func (s store) path(id string) string { return filepath.Join(s.dir, id+storedSuffix) }

func (s store) sentence(what string, err error) string {
	return fmt.Sprintf("The store %s cannot %s: %v.", s.dir, what, err)
}
