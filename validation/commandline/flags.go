// Package commandline reads the flags of the suite strictly, and repeats them.
package commandline

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/lsst-sqre/muster/validation/environment"
	"github.com/lsst-sqre/muster/validation/message"
)

// columns is the width of a terminal.
const columns = 80

// Parse reads the command line. It rejects words that are no flags, because
// package flag would silently ignore all flags after such a word.
func Parse(flags *flag.FlagSet, args []string, help io.Writer) error {
	flags.Init(flags.Name(), flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.Usage = func() {}
	err := flags.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		printFlags(flags, help)
		return err
	case err != nil:
		return flagError(flags, err)
	case flags.NArg() == 0:
		return cmp.Or(negative(flags), empty(flags))
	}
	word := flags.Arg(0)
	before := ""
	if at := len(args) - flags.NArg(); at > 0 {
		before = args[at-1]
	}
	switch {
	case strings.HasPrefix(before, "-") && (word == "true" || word == "false"):
		return fmt.Errorf("%q is no flag: write %s=%[1]s, not %[2]s %[1]s", word, before)
	case strings.HasPrefix(word, "Test"):
		return fmt.Errorf("%q is no flag, and no flag behind it counts: "+
			"write -test.run='^%[1]s$' (go test: -run) to run that check alone", word)
	}
	return fmt.Errorf("%q is no flag, and no flag behind it counts: every argument begins with a -", word)
}

// negative refuses durations below zero, which the suite would take for none.
func negative(flags *flag.FlagSet) (err error) {
	flags.Visit(func(f *flag.Flag) {
		if getter, ok := f.Value.(flag.Getter); ok {
			if d, ok := getter.Get().(time.Duration); ok && d < 0 {
				err = fmt.Errorf("-%s must be %s, not %s", f.Name, typeOf(f), d)
			}
		}
	})
	return err
}

// empty refuses texts that are given and empty, as from a variable of a shell that is not
// set: the suite would take them for flags that were left out, and -role= for a run.
func empty(flags *flag.FlagSet) (err error) {
	flags.Visit(func(f *flag.Flag) {
		if getter, ok := f.Value.(flag.Getter); ok && getter.Get() == "" && !strings.HasPrefix(f.Name, "test.") {
			err = fmt.Errorf("-%s is empty: give it a value, or leave it out", f.Name)
		}
	})
	return err
}

// ofCompiler are flags of go test that a compiled suite cannot have.
var ofCompiler = []string{
	"race", "cover", "tags", "ldflags", "gcflags", "mod", "msan", "asan", "c",
	"o", "json", "exec", "vet",
}

// badValue matches package flag's error about a value: the value and the flag.
var badValue = regexp.MustCompile(`^invalid (?:boolean )?value (".*") for (?:flag )?-([^:]+): `)

// flagError says what a flag takes, or which one was probably meant, in place of the
// error of package flag.
func flagError(flags *flag.FlagSet, err error) error {
	if m := badValue.FindStringSubmatch(err.Error()); m != nil {
		return fmt.Errorf("-%s must be %s, not %s", m[2], typeOf(flags.Lookup(m[2])), m[1])
	}
	name, ok := strings.CutPrefix(err.Error(), "flag provided but not defined: -")
	if !ok {
		return err
	}
	if flags.Lookup("test."+name) != nil {
		return fmt.Errorf("there is no flag -%s: it is go test's, and the compiled suite takes it as -test.%[1]s", name)
	}
	if slices.Contains(ofCompiler, name) {
		return fmt.Errorf("there is no flag -%s: it tells go test how to compile the suite, which is compiled here", name)
	}
	var known []string
	flags.VisitAll(func(f *flag.Flag) {
		if !strings.HasPrefix(f.Name, "test.") {
			known = append(known, "-"+f.Name)
		}
	})
	return fmt.Errorf("there is no flag -%s%s: the suite has %s", name,
		environment.DidYouMean("-"+name, known), strings.Join(known, ", "))
}

// typeOf says for people what a flag takes.
func typeOf(f *flag.Flag) string {
	if getter, ok := f.Value.(flag.Getter); ok {
		switch getter.Get().(type) {
		case time.Duration:
			return "a duration such as 90s, 2m or 1h"
		case bool:
			return "true or false"
		case int, int64, uint, uint64:
			return "a whole number"
		}
	}
	return "another value"
}

// printFlags prints the suite's flags before those of package testing.
func printFlags(flags *flag.FlagSet, w io.Writer) {
	own, others := flag.NewFlagSet("", flag.ContinueOnError), flag.NewFlagSet("", flag.ContinueOnError)
	flags.VisitAll(func(f *flag.Flag) {
		set := own
		if strings.HasPrefix(f.Name, "test.") {
			set = others
		}
		set.Var(f.Value, f.Name, f.Usage)
		set.Lookup(f.Name).DefValue = f.DefValue
	})
	_, _ = io.WriteString(w, "The suite's flags:\n"+folded(own)+
		"\nThose of Go's package testing (go test takes them without test.):\n"+folded(others))
}

// folded returns package flag's description of the flags, wrapped for a
// terminal.
func folded(flags *flag.FlagSet) string {
	const margin = "        "
	var text, lines strings.Builder
	flags.SetOutput(&text)
	flags.PrintDefaults()
	for line := range strings.Lines(text.String()) {
		if usage, ok := strings.CutPrefix(line, "    \t"); ok {
			line = strings.Join(message.Fold(columns, margin, margin, usage), "\n") + "\n"
		}
		lines.WriteString(line)
	}
	return lines.String()
}
