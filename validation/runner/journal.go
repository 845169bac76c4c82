package runner

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/runner/files"
)

// tokenJournal is a file in which the suite notes its tokens, so that they can
// be revoked after it was killed.
type tokenJournal struct {
	path string
	// shared: other users can write to the directory above that of the file.
	shared bool
	guard  files.Guard
}

// tokenJournals returns the journals of a configuration: in the store, and in
// the directory for temporary files. Runners of different deployments have
// different ones.
func tokenJournals(cfg Config) (all []*tokenJournal) {
	const name = "leftovers"
	if cfg.Store != "" {
		all = append(all, &tokenJournal{path: filepath.Join(cfg.Store, name)})
	}
	which := gafaelfawr.Fingerprint(strings.Join(cfg.Arguments, "\n"))
	dir := fmt.Sprintf("muster-runner-%d-%s", os.Getuid(), which)
	return append(all, &tokenJournal{path: filepath.Join(os.TempDir(), dir, name), shared: true})
}

// writablePath returns the path of the first journal that can be written, or
// "", because a run must not fail if its tokens cannot be noted.
func (s *suite) writablePath() string {
	for _, j := range s.journals {
		if j.guard.Do(files.Patience, j.writable) == nil {
			return j.path
		}
	}
	return ""
}

func (j *tokenJournal) writable() error {
	if err := os.MkdirAll(filepath.Dir(j.path), 0o700); err != nil {
		return err
	}
	if err := j.trusted(); err != nil {
		return err
	}
	file, err := os.OpenFile(j.path, os.O_RDWR|os.O_CREATE|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0o600)
	if err != nil {
		return err
	}
	return file.Close()
}

var errEmptyJournal = errors.New("the journal is empty")

// nonEmpty returns nil if the journal has tokens.
func (j *tokenJournal) nonEmpty() error {
	info, err := os.Lstat(j.path)
	if err != nil || info.Size() == 0 {
		return errEmptyJournal
	}
	return j.trusted()
}

// trusted rejects a journal that another user may have planted, because the
// suite would empty the target of a link, and others would have its tokens.
func (j *tokenJournal) trusted() error {
	if info, err := os.Lstat(j.path); err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("%s is not a regular file", j.path)
	}
	if !j.shared {
		return nil
	}
	dir := filepath.Dir(j.path)
	info, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !info.IsDir() || info.Mode().Perm()&0o077 != 0 || !ok || int(stat.Uid) != os.Getuid() {
		return fmt.Errorf("%s is not a directory that only this user can use", dir)
	}
	return nil
}
