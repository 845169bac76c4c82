package commandline

import (
	"flag"
	"slices"
	"strings"

	"github.com/lsst-sqre/muster/validation/message"
)

// matters are the flags on which it depends what a run finds. The others say
// how long it may take and where its outputs go.
var matters = []string{"context", "env", "fault", "phalanx", "settle", "strict", "write"}

// Arguments are the flags that this run was given and that one needs to repeat
// it, as a shell takes them. The environment is always among them.
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
