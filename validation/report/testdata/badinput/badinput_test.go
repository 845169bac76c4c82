// Package badinput ends before its first test.
package badinput

import (
	"fmt"
	"os"
	"testing"

	"github.com/lsst-sqre/muster/validation/verdict"
)

func TestMain(*testing.M) {
	fmt.Fprintln(os.Stderr, `muster: there is no environment "locl": did you mean local?`)
	fmt.Println((&verdict.Run{
		Verdict: verdict.Incomplete, Requests: -1, Problems: []string{`there is no environment "locl": did you mean local?`},
	}).Line())
	os.Exit(2)
}

func TestNeverStarted(*testing.T) {}
