package commandline

import (
	"flag"
	"slices"
	"strings"

	"github.com/lsst-sqre/muster/validation/message"
)

// matters are the flags that affect the findings of a run. The others affect
// its duration and the place of its outputs.
var matters = []string{"context", "env", "fault", "phalanx", "settle", "strict", "write"}

// Arguments returns the flags that repeat this run, quoted for a shell. The
// environment is always among them.
func Arguments(flags *flag.FlagSet) string {
	var given []string
	add := func(f *flag.Flag) {
		text := "-" + f.Name + "=" + f.Value.String()
		if b, ok := f.Value.(interface{ IsBoolFlag() bool }); ok && b.IsBoolFlag() && f.Value.String() == "true" {
			text = "-" + f.Name
		}
		given = append(given, message.Quote(text))
	}
	add(flags.Lookup("env"))
	flags.Visit(func(f *flag.Flag) {
		if f.Name != "env" && slices.Contains(matters, f.Name) {
			add(f)
		}
	})
	return strings.Join(given, " ")
}
