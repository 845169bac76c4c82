package runner

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// store keeps runs in a directory, a file for each, which appears whole or not
// at all. Single files are used and no data base, because a damaged file then
// costs one run and not all, two runners may share the directory while one
// takes the other's place, and a person can read it with zcat.
type store struct{ dir string }

const (
	storedSuffix = ".json.gz"
	brokenSuffix = ".broken"
	// keptBroken is how many damaged files are kept for somebody to look at.
	keptBroken = 5
	// maxStored in bytes of one run, unpacked: a file that was tampered with must
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

// load reads the newest runs, at most keep of them, the oldest first, and calls
// each with every one of them. What cannot be read is put aside. trouble is
// what was wrong, a sentence each.
func (s store) load(keep int, each func(run Run, packed []byte)) (trouble []string) {
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return []string{s.sentence("be made", err)}
	}
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return []string{s.sentence("be read", err)}
	}
	var ids []string
	for _, entry := range entries {
		name := entry.Name()
		if id, ok := strings.CutSuffix(name, storedSuffix); ok && idPattern.MatchString(id) {
			ids = append(ids, id)
		} else if strings.HasSuffix(name, temporarySuffix) {
			_ = os.Remove(filepath.Join(s.dir, name)) // of a runner that was killed
		}
	}
	slices.Sort(ids)
	for _, id := range ids[max(0, len(ids)-keep):] {
		packed, err := os.ReadFile(s.path(id))
		run, broken := Run{}, err
		if err == nil {
			if run, broken = unpack(packed); broken == nil && run.ID != id {
				broken = errors.New("it holds another run")
			}
		}
		if broken != nil {
			trouble = append(trouble, fmt.Sprintf("The kept run %s cannot be read, and was put aside: %v.", id, broken))
			_ = os.Rename(s.path(id), s.path(id)+brokenSuffix) // a directory that is read-only keeps it
			continue
		}
		each(run, packed)
	}
	for _, id := range ids[:max(0, len(ids)-keep)] {
		_ = s.remove(id) // the next start tries again
	}
	s.forgetBroken()
	return trouble
}

func (s store) forgetBroken() {
	broken, _ := filepath.Glob(filepath.Join(s.dir, "*"+brokenSuffix)) // the pattern is right
	slices.Sort(broken)
	for _, path := range broken[:max(0, len(broken)-keptBroken)] {
		_ = os.Remove(path) // the next start tries again
	}
}

const temporarySuffix = ".tmp"

// save writes a packed run.
func (s store) save(id string, packed []byte) error {
	file, err := os.CreateTemp(s.dir, id+"-*"+temporarySuffix)
	if err != nil {
		return err
	}
	_, err = file.Write(packed)
	err = errors.Join(err, file.Sync(), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), s.path(id))
	}
	if err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return s.sync()
}

// sync makes a new name last.
func (s store) sync() error {
	dir, err := os.Open(s.dir)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

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
