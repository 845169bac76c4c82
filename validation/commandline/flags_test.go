package commandline

import (
	"flag"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// A word that is no flag is refused, because package flag would ignore all later
// flags.
func TestBadFlags(t *testing.T) {
	for args, says := range map[string]string{
		"TestNoToken -env=x":   `"TestNoToken" is no flag, and no flag behind it counts: write -test.run='^TestNoToken$'`,
		"-strict true -env=x":  `"true" is no flag: write -strict=true, not -strict true`,
		"-env=x ./prod.yaml":   `"./prod.yaml" is no flag, and no flag behind it counts`,
		"-run=TestQuota":       "there is no flag -run: it is go test's, and the compiled suite takes it as -test.run",
		"-race":                "there is no flag -race: it tells go test how to compile the suite",
		"-strct":               `there is no flag -strct (did you mean "-strict"?): the suite has -env, -settle, -strict`,
		"-strict=perhaps":      `-strict must be true or false, not "perhaps"`,
		"-settle=10":           `-settle must be a duration such as 90s, 2m or 1h, not "10"`,
		"-settle=-5m":          "-settle must be a duration such as 90s, 2m or 1h, not -5m0s",
		"-test.count=many":     `-test.count must be a whole number, not "many"`,
		"-env":                 "flag needs an argument: -env",
		"-env=x -strict -- -x": `"-x" is no flag`,
		"-strict -env=":        "-env is empty: give it a value, or leave it out",
	} {
		err := Parse(someFlags(), strings.Fields(args), nil)
		if assert.ErrorContains(t, err, says, args) {
			assert.NotContains(t, err.Error(), "\n", args)
		}
	}
	assert.NoError(t, Parse(someFlags(), []string{"-env", "x", "-strict", "-test.run="}, nil))
}

// Help shows the suite's own flags first.
func TestFlagHelp(t *testing.T) {
	var text strings.Builder
	assert.ErrorIs(t, Parse(someFlags(), []string{"-h"}, &text), flag.ErrHelp)
	assert.Regexp(t, `(?s)^The suite's flags:.*-env.*-strict.*package testing.*-test.run`, text.String())
}

func someFlags() *flag.FlagSet {
	flags := flag.NewFlagSet("suite", flag.ContinueOnError)
	flags.String("env", "local", "")
	flags.Bool("strict", false, "")
	flags.String("test.run", "", "")
	flags.Duration("settle", 0, "")
	flags.Uint("test.count", 1, "")
	return flags
}
