package suite

import (
	"os"
	"path/filepath"
)

// typed is a path as whoever typed it means it: go test runs the checks in their
// own folder, one below that of the command.
func typed(path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	_, outside := os.Stat("RUNBOOK.md")
	if _, err := os.Stat("../go.mod"); err == nil && outside == nil {
		path = filepath.Join("..", path)
	}
	if absolute, err := filepath.Abs(path); err == nil {
		return absolute
	}
	return path
}
