// Package panics ends by a panic, with one test done, one paused and one at work.
package panics

import "testing"

func TestBefore(t *testing.T) { t.Log("fine") }

func TestPaused(t *testing.T) { t.Parallel() }

func TestPanics(t *testing.T) {
	t.Attr("obligation", "The stream names the test that panicked.")
	var nothing map[string]int
	nothing["x"] = 1
}

func TestNeverStarted(t *testing.T) { t.Log("not reached") }
