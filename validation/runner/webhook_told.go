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

// told is what the receiver of a webhook knows.
type told struct {
	// Verdict of the run that it acknowledged last; a receiver that was never told
	// anything takes the deployment for green.
	Verdict string `json:"verdict"`
	// Unsure: a message after that one may have arrived.
	Unsure bool `json:"unsure,omitempty"`
	// Run is the last that it was told of, or may have been.
	Run string `json:"run"`
}

// knows tells whether a message about the run would be no news. Checks that fail
// are news where nothing could be checked; after them an incomplete run is none.
func (t told) knows(run *Run) bool {
	switch {
	case t.Unsure:
		return false
	case run.Report.Verdict == verdict.Pass, run.Report.Verdict == verdict.Fail:
		return t.Verdict == run.Report.Verdict
	}
	return t.Verdict != verdict.Pass
}

// readTold reads what save wrote. No file means that nothing was told; a damaged
// one is an error.
func readTold(file string) (told, error) {
	nothing := told{Verdict: verdict.Pass}
	text, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		return nothing, nil
	}
	if err != nil {
		return nothing, err
	}
	var t told
	if err := json.Unmarshal(text, &t); err != nil {
		return nothing, err
	}
	if !slices.Contains([]string{verdict.Pass, verdict.Fail, verdict.Incomplete}, t.Verdict) {
		return nothing, fmt.Errorf("%s has no verdict", file)
	}
	return t, nil
}

// save replaces the file as a whole. Without a file nothing is kept.
func (t told) save(file string) error {
	if file == "" {
		return nil
	}
	text, err := json.Marshal(t)
	if err != nil {
		return err
	}
	return daemon.WriteFile(file, text, 0o600)
}
