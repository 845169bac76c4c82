// Package parallel has subtests whose output is interleaved.
package parallel

import (
	"sync"
	"testing"
)

func TestFamily(t *testing.T) {
	var all sync.WaitGroup
	all.Add(3)
	for _, name := range []string{"one", "two", "three"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			t.Logf("%s starts", name)
			all.Done()
			all.Wait() // so that every first line comes before every second one
			if name == "two" {
				t.Error("only two is wrong")
			}
			t.Logf("%s ends", name)
		})
	}
}

func TestPasses(t *testing.T) { t.Parallel() }
