package daemon

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// TemporarySuffix ends the names of the files that WriteFile makes. A process
// that was killed may leave one.
const TemporarySuffix = ".tmp"

// WriteFile replaces a file as a whole: a reader, also one after a crash, sees
// the old content or the new one. It returns when both are on the disk.
func WriteFile(path string, content []byte, mode fs.FileMode) error {
	dir := filepath.Dir(path)
	file, err := os.CreateTemp(dir, "."+filepath.Base(path)+"-*"+TemporarySuffix)
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	err = errors.Join(err, file.Chmod(mode), file.Sync(), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return syncDirectory(dir)
}

// syncDirectory puts the names in a directory on the disk.
func syncDirectory(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
