package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/lsst-sqre/muster/validation/summary"
	"github.com/lsst-sqre/muster/validation/verdict"
)

const (
	// redrawEvery is the interval at which the moving lines are drawn.
	redrawEvery = 100 * time.Millisecond
	// silence is how long a log may stay without a line. A reader must see that
	// the program works, and CI services end what is silent.
	silence = 30 * time.Second
	// maxLiveLines bounds the output of one failure on a terminal.
	// maxLiveFailures are shown with it. The reports have all.
	maxLiveLines    = 14
	maxLiveFailures = 20
	// margin keeps a moving line on its row when an interrupt is echoed as ^C.
	margin = 3
)

// live shows a run as it happens: on a terminal, failures above a few moving
// lines; else a line for each check that ends.
type live struct {
	out    io.Writer
	screen *screen // nil without a terminal
	paint  paint
	now    func() time.Time

	mu sync.Mutex
	// began is when the program began, then when the first check did.
	began, printed time.Time
	// launched reports that the suite runs. It may still wait for the deployment,
	// which it shows itself.
	launched  bool
	started   int
	ended     int
	counts    map[string]int
	running   []atWork
	interrupt bool
}

// atWork is a running check.
type atWork struct {
	name  string
	since time.Time
}

func newLive(out io.Writer, screen *screen, paint paint, now func() time.Time) *live {
	return &live{out: out, screen: screen, paint: paint, now: now, began: now(), printed: now(), counts: map[string]int{}}
}

// follow reads the events of r to their end and shows what happens. ticks say
// when to draw again. A signal is shown but otherwise ignored, because the
// tests end on it and their report must still be written.
func (l *live) follow(r io.Reader, ticks <-chan time.Time, signals <-chan os.Signal) (*verdict.Stream, error) {
	done := make(chan struct{})
	var drawing sync.WaitGroup
	drawing.Go(func() {
		for {
			select {
			case <-ticks:
				l.tick()
			case <-signals:
				l.interrupted()
			case <-done:
				return
			}
		}
	})
	stream, err := verdict.Watch(r, l.step)
	close(done)
	drawing.Wait()
	if l.screen != nil {
		l.screen.show("", nil)
	}
	return stream, err
}

func (l *live) step(s verdict.Step) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch s.Kind {
	case verdict.Launched:
		l.launched = true
		l.print("")
	case verdict.Started:
		if l.started == 0 {
			l.began = l.now()
		}
		l.started++
		l.running = append(l.running, atWork{s.Name, l.now()})
	case verdict.Resumed:
		l.running = append(l.running, atWork{s.Name, l.now()})
	case verdict.Paused:
		l.stopped(s.Name)
	case verdict.Printed:
		l.print(s.Line + "\n")
	case verdict.Ended:
		l.stopped(s.Name)
		l.ended++
		l.counts[s.Check.Outcome]++
		l.result(s.Check)
	}
}

func (l *live) stopped(name string) {
	l.running = slices.DeleteFunc(l.running, func(w atWork) bool { return w.name == name })
}

// result prints what a reader must see at once. On a terminal these are only
// failures, because the moving lines count the rest.
func (l *live) result(c *verdict.Check) {
	failed := c.Outcome == verdict.OutcomeFail
	if l.screen != nil && !failed {
		return
	}
	line := summary.Words[c.Outcome] + " " + c.Name
	if c.Security && failed {
		line += " [security]"
	}
	if failed || c.Outcome == verdict.OutcomePass {
		line += " (" + verdict.Duration(c.Seconds) + ")"
	}
	output := ""
	if failed {
		output = l.excerpt(c)
	}
	if c.Message != "" && output == "" {
		line += ": " + c.Message
	}
	l.print(l.paint.outcome(c.Outcome, line) + "\n" + output)
}

// excerpt returns the output of a failed check or of its subtests.
func (l *live) excerpt(c *verdict.Check) string {
	if l.screen != nil && l.counts[verdict.OutcomeFail] > maxLiveFailures {
		return ""
	}
	var b strings.Builder
	for _, one := range append([]*verdict.Check{c}, c.Subtests...) {
		if one.Output == "" || one.Outcome != verdict.OutcomeFail {
			continue
		}
		if one != c {
			fmt.Fprintf(&b, "  %s\n", one.Name)
		}
		lines := strings.Split(one.Output, "\n")
		for i, line := range lines {
			if l.screen != nil && i == maxLiveLines && len(lines) > maxLiveLines+1 {
				fmt.Fprintf(&b, "    [%d more lines are in the reports]\n", len(lines)-i)
				break
			}
			b.WriteString("    " + line + "\n")
		}
	}
	return b.String()
}

// print writes lines that stay, above the moving ones.
func (l *live) print(text string) {
	l.printed = l.now()
	if l.screen == nil {
		_, _ = io.WriteString(l.out, text)
		return
	}
	l.screen.show(text, l.moving())
}

func (l *live) tick() {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.launched && l.started == 0:
	case l.screen != nil:
		l.screen.show("", l.moving())
	case l.now().Sub(l.printed) >= silence:
		l.print(fmt.Sprintf("still at work after %s, %s\n", l.elapsed(), l.atWork()))
	}
}

func (l *live) interrupted() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.interrupt {
		l.interrupt = true
		l.print(
			l.paint.outcome(verdict.OutcomeBlocked,
				"Interrupted: the checks end and clean up, then the reports are written.") + "\n",
		)
	}
}

// moving returns the lines that are drawn again and again.
func (l *live) moving() []string {
	if l.started == 0 {
		if l.launched {
			return nil
		}
		return []string{l.head()}
	}
	report := verdict.Run{Counts: l.counts}
	width, height := l.screen.size()
	lines := []string{l.head(), report.CountsText(), l.atWork()}
	if height < 2*len(lines) {
		lines = lines[:1]
	}
	for i, line := range lines {
		lines[i] = summary.Cut(line, width-margin)
	}
	if len(lines) > 1 && l.counts[verdict.OutcomeFail] > 0 {
		lines[1] = l.paint.outcome(verdict.OutcomeFail, lines[1])
	}
	return lines
}

// head returns the first of them, or the only one.
func (l *live) head() string {
	width, _ := l.screen.size()
	if l.started == 0 {
		return summary.Cut("building the suite, "+l.elapsed(), width-margin)
	}
	text := fmt.Sprintf("%d of %d, %s", l.ended, l.started, l.elapsed())
	return bar(l.ended, l.started, width-len(text)-margin) + text
}

func (l *live) elapsed() string { return verdict.Duration(l.now().Sub(l.began).Seconds()) }

// atWork names the running checks, the longest-running first.
func (l *live) atWork() string {
	if len(l.running) == 0 {
		return "no check runs now"
	}
	all := make([]string, len(l.running))
	for i, w := range l.running {
		all[i] = fmt.Sprintf("%s (%s)", w.name, verdict.Duration(l.now().Sub(w.since).Seconds()))
	}
	return fmt.Sprintf("%d at work: %s", len(all), strings.Join(all, ", "))
}
