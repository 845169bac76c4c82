// Package killed ends by a signal that no program can answer.
package killed

import (
	"os"
	"syscall"
	"testing"
)

func TestDone(*testing.T) {}

func TestFailed(t *testing.T) { t.Error("wrong") }

func TestAtWork(t *testing.T) {
	if err := syscall.Kill(os.Getpid(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	select {}
}

func TestNeverStarted(*testing.T) {}
