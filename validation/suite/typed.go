package suite

import (
	"os"

	"github.com/lsst-sqre/muster/validation/environment"
)

// typed resolves a path against the folder of the command, because go test runs
// the checks in their own folder, one level below.
func typed(path string) string { return environment.Path(typedFrom(), path) }

// typedFrom returns the folder of the command.
func typedFrom() string {
	_, outside := os.Stat("RUNBOOK.md")
	if _, err := os.Stat("../go.mod"); err == nil && outside == nil {
		return ".."
	}
	return "."
}
