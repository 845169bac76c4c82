package suite

import (
	"os"

	"github.com/lsst-sqre/muster/validation/environment"
)

// typed is a path as whoever typed it means it: go test runs the checks in their
// own folder, one below that of the command.
func typed(path string) string { return environment.Path(typedFrom(), path) }

// typedFrom is the folder in which the command was typed.
func typedFrom() string {
	_, outside := os.Stat("RUNBOOK.md")
	if _, err := os.Stat("../go.mod"); err == nil && outside == nil {
		return ".."
	}
	return "."
}
