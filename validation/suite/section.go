package suite

import (
	"fmt"
	"io"
	"os"

	"github.com/lsst-sqre/muster/validation/environment"
	"github.com/lsst-sqre/muster/validation/message"
	"github.com/lsst-sqre/muster/validation/runbook"
	"github.com/lsst-sqre/muster/validation/summary"
)

// aboutEnvironment is the value of a bare -explain.
const aboutEnvironment = "true"

// explainFlag is -explain for the environment, or -explain=CHECK.
type explainFlag struct{ value *string }

func (f explainFlag) String() string {
	if f.value == nil {
		return ""
	}
	return *f.value
}

// Set implements flag.Value.
func (f explainFlag) Set(text string) error {
	if *f.value = text; text == "false" {
		*f.value = ""
	}
	return nil
}

// IsBoolFlag lets -explain stand alone.
func (f explainFlag) IsBoolFlag() bool { return true }

// explainCheck prints the runbook's section about a check.
func explainCheck(w io.Writer, text, check string) int {
	section := runbook.Section(text, check)
	if full := "Test" + check; section == "" && runbook.Section(text, full) != "" {
		check, section = full, runbook.Section(text, full) // as FAULTS.md writes it
	}
	if section == "" {
		return refuse(fmt.Errorf("the runbook has no section about %q%s; go test ./validation -list . shows the checks",
			check, environment.DidYouMean(check, runbook.Checks(text))))
	}
	section = runbook.Folded(section, summary.Columns(os.Getenv)-1)
	message.Say(w, "%s\n\n%s\n", check, message.Lines(section))
	return 0
}
