//go:build unix

package tokens

import (
	"errors"
	"os"
	"syscall"
)

// lockFile locks the file for this process until it ends.
func lockFile(file *os.File) error {
	for {
		err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}
