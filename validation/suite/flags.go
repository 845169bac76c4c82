package suite

import (
	"errors"
	"flag"
	"os"

	"github.com/lsst-sqre/muster/validation/commandline"
)

// readFlags ends the run if the command line is wrong or asks for help.
func readFlags() (code int, ended bool) {
	switch err := commandline.Parse(flag.CommandLine, os.Args[1:], os.Stdout); {
	case errors.Is(err, flag.ErrHelp):
		return 0, true
	case err != nil:
		return refuse(err), true
	}
	return 0, false
}
