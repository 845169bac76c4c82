// Package healthy passes.
package healthy

import (
	"fmt"
	"os"
	"testing"

	"github.com/lsst-sqre/muster/validation/verdict"
)

func TestMain(m *testing.M) {
	code := m.Run()
	fmt.Println((&verdict.Run{Verdict: verdict.Pass, Environment: "local", Requests: 2}).Line())
	os.Exit(code)
}

func TestOne(t *testing.T) { t.Attr("subject", "One is met.") }

func TestTwo(t *testing.T) { t.Parallel() }
