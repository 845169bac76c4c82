// Command report turns the event stream of go test into reports for people and
// for CI:
//
//	go test -json ./validation -env=local -count=1 | report -out out
//
// It writes junit.xml (for CI), report.json (for programs, described by
// report.schema.json), report.html and report.md (for people). Secrets of
// Gafaelfawr are replaced by fingerprints in all of them.
//
// The exit code is 0 only if the run passed and was complete, 1 if it was not,
// and 2 if the stream cannot be read or a report cannot be written. Reports
// are written in each case.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/lsst-sqre/muster/muster/verdict"
)

const (
	exitPass       = 0
	exitFail       = 1
	exitUnreadable = 2
)

// defaultSource is where the sections of the runbook are read when nothing
// says which version of it belongs to the run.
const defaultSource = "https://github.com/lsst-sqre/muster/blob/main/"

func main() {
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("report", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		_, _ = fmt.Fprintln(stderr, "usage: report [-out DIR] [-source URL] [FILE of go test -json events, or standard input]")
		flags.PrintDefaults()
	}
	out := flags.String("out", "out", "`directory` of the reports; it is made where it is missing")
	source := flags.String("source", defaultSource, "`URL` that the paths of runbook sections are appended to")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return exitPass
	} else if err != nil {
		return exitUnreadable
	}
	if flags.NArg() > 1 {
		flags.Usage()
		return exitUnreadable
	}
	events, err := readFrom(flags.Arg(0), stdin)
	report := events.Report(err)
	if writeErr := writeAll(*out, report, *source); writeErr != nil {
		_, _ = fmt.Fprintf(stderr, "report: %v\n", writeErr)
		return exitUnreadable
	}
	_, _ = fmt.Fprintf(stdout, "%s\nreports: %s\n", report.Headline(), filepath.Join(*out, "{"+reportFiles+"}"))
	switch {
	case err != nil:
		_, _ = fmt.Fprintf(stderr, "report: %v\n", err)
		return exitUnreadable
	case report.Verdict != verdict.Pass:
		return exitFail
	}
	return exitPass
}

// readFrom decodes the named file, or stdin. The stream is never nil: what
// could be read before an error is in it.
func readFrom(name string, stdin io.Reader) (*verdict.Stream, error) {
	if name == "" || name == "-" {
		return verdict.Read(stdin, nil)
	}
	file, err := os.Open(name)
	if err != nil {
		return verdict.NewStream(), fmt.Errorf("cannot read the events: %w", err)
	}
	defer func() { _ = file.Close() }() // only read from
	return verdict.Read(file, nil)
}
