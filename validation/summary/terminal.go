package summary

import (
	"os"
	"strings"

	"golang.org/x/term"

	"github.com/lsst-sqre/muster/validation/message"
)

// Size of a terminal that does not report its own.
const (
	unknownWidth  = 80
	unknownHeight = 24
)

// Size returns the size of the terminal, in columns and lines.
func Size(terminal *os.File) (width, height int) {
	width, height, err := term.GetSize(int(terminal.Fd()))
	if err != nil || width <= 0 || height <= 0 {
		return unknownWidth, unknownHeight
	}
	return width, height
}

// Columns returns the width for texts that a person reads: that of the
// terminal, or a usual one.
func Columns(getenv func(string) string) int {
	if width, _ := Reader(getenv); width > 0 {
		return width
	}
	return unknownWidth
}

// Sentence returns a sentence for the person who started the process, in lines
// of the terminal. It ends with a line end.
func Sentence(getenv func(string) string, text string) string {
	return strings.Join(message.Fold(Columns(getenv), "", "  ", text), "\n") + "\n"
}

// Reader returns the size of the terminal from which this process was started.
// It returns 0 without one, or if a service runs the process. go test passes on
// a pipe, so the terminal is opened by its name. lines leaves room for go
// test's own output.
func Reader(getenv func(string) string) (width, lines int) {
	if ci := getenv("CI"); ci != "" && ci != "false" && ci != "0" {
		return 0, 0
	}
	terminal, err := os.Open("/dev/tty")
	if err != nil {
		return 0, 0
	}
	defer func() { _ = terminal.Close() }() // only its size was read
	if !term.IsTerminal(int(terminal.Fd())) {
		return 0, 0
	}
	const below = 5 // what go test prints, and a prompt
	width, lines = Size(terminal)
	return width, max(lines-below, 1)
}
