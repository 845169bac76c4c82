package commandline

import (
	"flag"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestArgumentsRepeatTheRun(t *testing.T) {
	t.Parallel()
	for want, args := range map[string][]string{
		"-env=local":                                 {},
		"-env=local -fault=N05 -strict":              {"-strict=true", "-fault", "N05", "-evidence=out"},
		"-env=./my.yaml -strict=false -write":        {"-write", "-env=./my.yaml", "-strict=false", "-wait=3m"},
		`'-env=my file.yaml' "-phalanx=it's \$here"`: {"-phalanx=it's $here", "-env=my file.yaml"},
	} {
		flags := flag.NewFlagSet("", flag.ContinueOnError)
		for _, name := range []string{"fault", "phalanx", "evidence", "wait", "settle"} {
			flags.String(name, "", "")
		}
		flags.String("env", "local", "")
		flags.Bool("strict", false, "")
		flags.Bool("write", false, "")
		require.NoError(t, flags.Parse(args))
		assert.Equal(t, want, Arguments(flags))
	}
}
