package notify

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/lsst-sqre/muster/muster/daemon"
	"github.com/lsst-sqre/muster/validation/runner/files"
	"github.com/lsst-sqre/muster/validation/runner/history"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// notifyState is what the receiver of a webhook knows.
type notifyState struct {
	// Verdict of the last run that it acknowledged. Before the first one, it
	// assumes that the deployment is green.
	Verdict string `json:"verdict"`
	// Unsure: a message after that one may have arrived.
	Unsure bool `json:"unsure,omitempty"`
	// Run is the id of the last run that was, or may have been, announced.
	Run string `json:"run"`
	// Security are the security checks that it knows to be red.
	Security []string `json:"security,omitempty"`
	// Since is the start of the first red run, or zero while green.
	Since time.Time `json:"since,omitzero"`
}

// covers reports whether a message about the run would say nothing new. Failed
// checks are new after an incomplete run, but not the reverse. A hole is new
// even if other checks are already red, and so is its end.
func (s notifyState) covers(run *history.Run) bool {
	switch {
	case s.Unsure, len(s.newHoles(run)) > 0, s.holesClosed(run):
		return false
	case run.Report.Verdict == verdict.Pass, run.Report.Verdict == verdict.Fail:
		return s.Verdict == run.Report.Verdict
	}
	return s.Verdict != verdict.Pass
}

// newHoles returns the red security checks that were not announced.
func (s notifyState) newHoles(run *history.Run) []string {
	return slices.DeleteFunc(holes(run), func(name string) bool { return slices.Contains(s.Security, name) })
}

// holesClosed reports whether a run that is still red has none of the announced
// holes. An incomplete run does not show that.
func (s notifyState) holesClosed(run *history.Run) bool {
	return run.Report.Verdict == verdict.Fail && len(s.Security) > 0 && len(holes(run)) == 0
}

// maxHoles bounds the names that are kept.
const maxHoles = 50

// holes returns the failed security checks.
func holes(run *history.Run) []string {
	var names []string
	for _, c := range run.Report.With(verdict.OutcomeFail) {
		if c.Security && len(names) < maxHoles {
			names = append(names, oneLine(c.Name, longestName))
		}
	}
	return names
}

// after returns the state after a message about the run has arrived.
func (s notifyState) after(run *history.Run) notifyState {
	now := notifyState{Verdict: run.Report.Verdict, Run: run.ID, Security: holes(run)}
	if now.Verdict == verdict.Incomplete {
		now.Security = slices.Concat(s.Security, s.newHoles(run))
	}
	if now.Verdict != verdict.Pass {
		if now.Since = s.Since; now.Since.IsZero() {
			now.Since = run.Started
		}
	}
	return now
}

// maxNotifyState bounds the file, in bytes.
const maxNotifyState = 32 << 10

// readNotifyState reads what save wrote. Without a file nothing was announced.
// A damaged file is an error.
func readNotifyState(file string) (notifyState, error) {
	nothing := notifyState{Verdict: verdict.Pass}
	text, err := files.ReadRegular(file, maxNotifyState)
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
