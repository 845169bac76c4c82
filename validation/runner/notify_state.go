package runner

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/lsst-sqre/muster/muster/daemon"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// notifyState is what the receiver of a webhook knows.
type notifyState struct {
	// Verdict of the run that it acknowledged last. A receiver that acknowledged
	// nothing assumes that the deployment is green.
	Verdict string `json:"verdict"`
	// Unsure: a message after that one may have arrived.
	Unsure bool `json:"unsure,omitempty"`
	// Run is the id of the last run that was announced, or may have been.
	Run string `json:"run"`
}

// covers reports whether a message about the run would be no news. Failed checks
// are news after an incomplete run; an incomplete run is none after failed checks.
func (s notifyState) covers(run *Run) bool {
	switch {
	case s.Unsure:
		return false
	case run.Report.Verdict == verdict.Pass, run.Report.Verdict == verdict.Fail:
		return s.Verdict == run.Report.Verdict
	}
	return s.Verdict != verdict.Pass
}

// maxNotifyState in bytes of the file.
const maxNotifyState = 4 << 10

// readNotifyState reads what save wrote. Without a file nothing was announced; a
// damaged file is an error.
func readNotifyState(file string) (notifyState, error) {
	nothing := notifyState{Verdict: verdict.Pass}
	text, err := readRegular(file, maxNotifyState)
	if errors.Is(err, os.ErrNotExist) {
		return nothing, nil
	}
	if err != nil {
		return nothing, err
	}
	var s notifyState
	if err := json.Unmarshal(text, &s); err != nil {
		return nothing, err
	}
	if !slices.Contains([]string{verdict.Pass, verdict.Fail, verdict.Incomplete}, s.Verdict) {
		return nothing, fmt.Errorf("%s has no verdict", file)
	}
	return s, nil
}

// save replaces the file. Without a name it saves nothing.
func (s notifyState) save(file string) error {
	if file == "" {
		return nil
	}
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	return daemon.WriteFile(file, text, 0o600)
}
