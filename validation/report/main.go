// Command report turns the event stream of go test into reports for people and
// for CI:
//
//	go test -json ./validation -env=local -count=1 | report -live -out out
//
// It writes junit.xml (for CI), report.json (for programs, described by
// report.schema.json), report.html and report.md (for people). Secrets of
// Gafaelfawr are replaced by fingerprints in all of them. With -live it shows
// the run while it goes on, and a summary. In GitHub Actions it also annotates
// the run and adds to the summary of the step.
//
// The exit code is the suite's: 0 if the run passed and was complete, 1 if it
// failed, and 2 if it was incomplete, the stream cannot be read or a report cannot
// be written. Reports are written in each case.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/lsst-sqre/muster/validation"
	"github.com/lsst-sqre/muster/validation/summary"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// defaultSource is where the runbook can be read if the run does not name its
// version.
const defaultSource = "https://github.com/lsst-sqre/muster/blob/main/"

func main() {
	signal.Ignore(syscall.SIGPIPE) // reports are written even if the reader is gone
	os.Exit(run(os.Args[1:], console{os.Stdin, os.Stdout, os.Stderr, os.Getenv}))
}

// console is the program's environment besides files.
type console struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	getenv         func(string) string
}

func (c console) print(format string, args ...any) { _, _ = fmt.Fprintf(c.stdout, format, args...) }

func (c console) complain(err error) {
	_, _ = io.WriteString(c.stderr, summary.Sentence(c.getenv, "report: "+err.Error()))
}

// options are the arguments of the program.
type options struct {
	out, source, file string
	compare, failed   string
	live              bool
}

// parse reads the arguments. It has already printed the errors that it returns.
// It returns flag.ErrHelp if help was requested.
func parse(args []string, stderr io.Writer) (o options, err error) {
	flags := flag.NewFlagSet("report", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		_, _ = fmt.Fprintln(
			stderr,
			"usage: report [-live] [-out DIR] [-source URL] [-compare OLD/report.json] [FILE of go test -json "+
				"events, or standard input]\n"+
				"       report -compare OLD/report.json NEW/report.json\n       report -failed DIR/report.json",
		)
		flags.PrintDefaults()
	}
	flags.StringVar(&o.out, "out", "out", "`directory` of the reports; it is made where it is missing")
	flags.StringVar(&o.source, "source", defaultSource, "`URL` that the paths of runbook sections are appended to")
	flags.BoolVar(&o.live, "live", false,
		"show the run while it goes on: on a terminal what runs and what failed, else a line for each check")
	flags.StringVar(&o.compare, "compare", "", "say what changed since the run of this report.json, `FILE`")
	flags.StringVar(&o.failed, "failed", "",
		"print the pattern for -run of what failed in the run of this report.json, `FILE`, and end")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if flags.NArg() > 1 {
		err := fmt.Errorf("one file of events at most, not %d", flags.NArg())
		_, _ = fmt.Fprintln(stderr, err)
		flags.Usage()
		return o, err
	}
	o.file = flags.Arg(0)
	return o, nil
}

func run(args []string, c console) int {
	o, err := parse(args, c.stderr)
	if errors.Is(err, flag.ErrHelp) {
		return verdict.ExitCode(verdict.Pass)
	} else if err != nil {
		return verdict.ExitCode(verdict.Incomplete)
	}
	switch {
	case o.failed != "":
		return c.failedPattern(o.failed)
	case o.compare != "" && strings.HasSuffix(o.file, ".json"):
		return c.compareFiles(o.compare, o.file)
	}
	actions := newActions(c)
	read, show := c.viewer(o.live, actions)
	events, err := readFrom(o.file, c.stdin, read)
	report := events.Run(err)
	report.Command = c.getenv("MUSTER_COMMAND") // of scripts/run-suite
	changes, compareErr := compareWith(o.compare, report)
	writeErr := writeAll(o.out, publication{Run: report, source: o.source, runbook: validation.Runbook, Changes: changes})
	show(report, changes)
	if actionsErr := actions.publish(report, o.source); writeErr == nil {
		writeErr = actionsErr
	}
	if writeErr == nil {
		writeErr = compareErr
	}
	if writeErr != nil {
		c.complain(writeErr)
		return verdict.ExitCode(verdict.Incomplete)
	}
	c.print("reports: %s\n", filepath.Join(o.out, "{"+reportFiles+"}"))
	if err != nil {
		c.complain(err) // and the verdict is incomplete
	}
	return verdict.ExitCode(report.Verdict)
}

// viewer returns how to read the events and how to show the report: in one
// line, or live.
func (c console) viewer(
	live bool,
	a *actions,
) (read func(io.Reader) (*verdict.Stream, error), show func(*verdict.Run, *verdict.Comparison)) {
	if !live {
		read = func(r io.Reader) (*verdict.Stream, error) { return verdict.Read(r, nil) }
		return read, c.headline
	}
	screen := newScreen(c.stdout, c.getenv)
	paint := newPaint(screen, c.getenv)
	read = func(r io.Reader) (*verdict.Stream, error) {
		a.stopCommands()
		defer a.resumeCommands()
		return watch(newLive(c.stdout, screen, paint, time.Now), r)
	}
	return read, func(r *verdict.Run, since *verdict.Comparison) {
		if since != nil {
			c.print("\n%s", since) // the verdict comes last
		}
		c.print("%s", lastScreen(r, since, screen, paint))
	}
}

func (c console) headline(r *verdict.Run, since *verdict.Comparison) {
	c.print("%s\n", r.Headline())
	if since != nil {
		c.print("%s", since)
	}
}

// watch follows the run. Only the tests obey signals. This program lives until
// their events end, because it must report what they did.
func watch(l *live, r io.Reader) (*verdict.Stream, error) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer signal.Stop(signals)
	ticks := time.NewTicker(redrawEvery)
	defer ticks.Stop()
	return l.follow(r, ticks.C, signals)
}

// readFrom decodes the named file, or stdin. The stream is never nil: it has
// what could be read before an error.
func readFrom(name string, stdin io.Reader, read func(io.Reader) (*verdict.Stream, error)) (*verdict.Stream, error) {
	if name == "" || name == "-" {
		return read(stdin)
	}
	file, err := os.Open(name)
	if err != nil {
		return verdict.NewStream(), fmt.Errorf("cannot read the events: %w", err)
	}
	defer func() { _ = file.Close() }() // only read from
	return read(file)
}
