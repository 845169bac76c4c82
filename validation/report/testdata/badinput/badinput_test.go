// Package badinput ends before its first test.
package badinput

import (
	"fmt"
	"os"
	"testing"
)

func TestMain(*testing.M) {
	fmt.Fprintln(os.Stderr, `muster: there is no environment "locl": did you mean local?`)
	os.Exit(2)
}

func TestNeverStarted(*testing.T) {}
