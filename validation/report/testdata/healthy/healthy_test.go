// Package healthy passes.
package healthy

import (
	"fmt"
	"os"
	"testing"
)

func TestMain(m *testing.M) {
	code := m.Run()
	fmt.Print("muster: verdict=pass\nmuster: environment=local\nmuster: requests=2\n")
	os.Exit(code)
}

func TestOne(t *testing.T) { t.Attr("obligation", "One is met.") }

func TestTwo(t *testing.T) { t.Parallel() }
