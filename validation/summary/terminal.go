package summary

import (
	"os"

	"golang.org/x/term"
)

// Sizes of a terminal that does not tell its own.
const (
	unknownWidth  = 80
	unknownHeight = 24
)

// Size is the size of the terminal, in columns and lines.
func Size(terminal *os.File) (width, height int) {
	width, height, err := term.GetSize(int(terminal.Fd()))
	if err != nil || width <= 0 || height <= 0 {
		return unknownWidth, unknownHeight
	}
	return width, height
}

// Columns is the width to which a text is wrapped that a person reads: that of
// the terminal, or a usual one.
func Columns(getenv func(string) string) int {
	if width, _ := Reader(getenv); width > 0 {
		return width
	}
	return unknownWidth
}

// Reader is the size of the terminal from which this process was started, 0 where
// there is none, or a service runs it: go test hands on a pipe, at whose other end
// a person may sit. Lines are those that stay free below go test's own.
func Reader(getenv func(string) string) (width, lines int) {
	if ci := getenv("CI"); ci != "" && ci != "false" && ci != "0" {
		return 0, 0
	}
	terminal, err := os.Open("/dev/tty")
	if err != nil {
		return 0, 0
	}
	defer func() { _ = terminal.Close() }() // only asked for its size
	if !term.IsTerminal(int(terminal.Fd())) {
		return 0, 0
	}
	const below = 5 // what go test prints, and a prompt
	width, lines = Size(terminal)
	return width, max(lines-below, 1)
}
