// Package setup fails while it gets ready, after the first checks ran.
package setup

import (
	"os"
	"testing"
)

func TestMain(m *testing.M) {
	m.Run()
	os.Exit(7) // as where something is wrong that no test knows of
}

func TestPasses(*testing.T) {}

func TestFamily(t *testing.T) {
	t.Cleanup(func() { t.Fatal("the set-up of the family cannot be undone") })
	t.Run("member", func(*testing.T) {})
	t.Fatal("cannot set up the family")
}
