package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"golang.org/x/term"

	"github.com/lsst-sqre/muster/validation/summary"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// screen is a terminal whose last lines are drawn again and again.
type screen struct {
	out io.Writer
	// size returns columns and rows. It is called at each drawing, because
	// windows change.
	size  func() (width, height int)
	shown []string
}

// newScreen returns nil without a terminal that can move its cursor. CI
// services give some programs a terminal, too, and keep everything that is
// drawn.
func newScreen(out io.Writer, getenv func(string) string) *screen {
	file, ok := out.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) || getenv("TERM") == "" || getenv("TERM") == "dumb" {
		return nil
	}
	if ci := getenv("CI"); ci != "" && ci != "false" && ci != "0" {
		return nil
	}
	return &screen{out: out, size: func() (int, int) { return summary.Size(file) }}
}

// show removes the moving lines, writes text that stays, and draws new lines.
// The text ends with a line end or is empty.
func (s *screen) show(text string, lines []string) {
	var b strings.Builder
	if len(s.shown) > 0 {
		// A narrower window has broken the lines in two.
		width, _ := s.size()
		rows := 0
		for _, line := range s.shown {
			rows += max(1, (utf8.RuneCountInString(unpainted(line))+width-1)/width)
		}
		if rows > 1 {
			fmt.Fprintf(&b, "\x1b[%dA", rows-1)
		}
		b.WriteString("\r\x1b[J")
	}
	b.WriteString(text + strings.Join(lines, "\n"))
	s.shown = lines
	_, _ = io.WriteString(s.out, b.String()) // a terminal that is gone needs no report
}

// paint colours text if it is true.
type paint bool

// newPaint follows https://no-color.org: it colours only on terminals, and not
// if the variable is set.
func newPaint(s *screen, getenv func(string) string) paint {
	return paint(s != nil && getenv("NO_COLOR") == "")
}

// Select Graphic Rendition: bold red, yellow and green, and back.
const (
	red, yellow, green = "\x1b[1;31m", "\x1b[33m", "\x1b[32m"
	plainly            = "\x1b[0m"
)

func (p paint) outcome(outcome, text string) string {
	colour := map[string]string{
		verdict.OutcomeFail: red, verdict.OutcomeError: red, verdict.OutcomeBlocked: yellow, verdict.OutcomeAdvice: yellow,
		verdict.Incomplete: yellow, verdict.Pass: green,
	}[outcome]
	if !p || colour == "" {
		return text
	}
	return colour + text + plainly
}

func unpainted(text string) string {
	return strings.NewReplacer(red, "", yellow, "", green, "", plainly, "").Replace(text)
}

// bar shows the progress of a run, if there is room.
func bar(done, all, room int) string {
	const least, most = 10, 40
	if room -= len("[] "); room < least || all == 0 {
		return ""
	}
	room = min(room, most)
	full := room * done / all
	return "[" + strings.Repeat("=", full) + strings.Repeat(" ", room-full) + "] "
}
