package readiness

import (
	"io"
	"os"
	"strings"
	"time"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/message"
)

// repeatAfter is when an unchanged line is printed again, so that a log shows
// that the process is still at work.
const repeatAfter = 30 * time.Second

// progress shows what the process waits for: on a terminal in one line that
// changes, else in a line for each change.
type progress struct {
	w        io.Writer
	terminal bool
	now      func() time.Time

	started, printed time.Time
	text             string
}

func newProgress(w io.Writer) *progress {
	p := &progress{w: w, now: time.Now}
	if file, ok := w.(*os.File); ok {
		info, err := file.Stat()
		p.terminal = err == nil && info.Mode()&os.ModeCharDevice != 0
	}
	p.started = p.now()
	return p
}

// terminalWidth is the width that every terminal has. A longer line would not
// be overwritten as a whole.
const terminalWidth = 79

// line shows the current state.
func (p *progress) line(text string) {
	now := p.now()
	full := "waiting " + now.Sub(p.started).Round(time.Second).String() + " for " + message.OneLine(text)
	switch {
	case p.terminal:
		_, _ = io.WriteString(p.w, "\r\x1b[K") // go to the beginning of the line and clear it
		message.Say(p.w, "%s", gafaelfawr.Excerpt(gafaelfawr.PrintableLine(full), terminalWidth-1))
	case text != p.text || now.Sub(p.printed) >= repeatAfter:
		message.Say(p.w, "%s\n", full)
		p.printed = now
	}
	p.text = text
}

// last shows in full how the waiting ended if not everything became ready.
func (p *progress) last(text string) {
	p.end()
	if p.terminal && p.text != "" {
		p.sentence(p.text)
	}
	p.sentence(text)
	p.text = ""
}

// sentence prints a sentence: on a terminal in lines that fit, else in one.
func (p *progress) sentence(text string) {
	lines := []string{message.OneLine(text)}
	if p.terminal {
		lines = message.Fold(terminalWidth, "", "  ", text)
	}
	message.Say(p.w, "%s\n", message.Lines(strings.Join(lines, "\n")))
}

// end leaves the line on the terminal.
func (p *progress) end() {
	if p.terminal && p.text != "" {
		message.Say(p.w, "\n")
	}
}
