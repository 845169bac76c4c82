// Package hangs is ended by go test's own deadline.
package hangs

import "testing"

func TestDone(*testing.T) {}

func TestHangs(t *testing.T) {
	t.Log("waiting for nothing")
	select {}
}

func TestNeverStarted(*testing.T) {}
