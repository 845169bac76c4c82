// Package setup fails in its setup, after the first checks ran.
package setup

import (
	"os"
	"testing"
)

func TestMain(m *testing.M) {
	m.Run()
	os.Exit(7) // as if something failed outside of tests
}

func TestPasses(*testing.T) {}

func TestFamily(t *testing.T) {
	t.Cleanup(func() { t.Fatal("the set-up of the family cannot be undone") })
	t.Run("member", func(*testing.T) {})
	t.Fatal("cannot set up the family")
}
