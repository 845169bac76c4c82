package suite

import (
	"os"

	"github.com/lsst-sqre/muster/validation/environment"
)

// fromCommand resolves a path against the folder of the command, because go
// test runs the checks in their own folder, one level below.
func fromCommand(path string) string { return environment.Path(commandFolder(), path) }

// commandFolder returns the folder of the command.
func commandFolder() string {
	_, outside := os.Stat("RUNBOOK.md")
	if _, err := os.Stat("../go.mod"); err == nil && outside == nil {
		return ".."
	}
	return "."
}
