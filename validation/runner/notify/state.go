package notify

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
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
	// Security are the holes that it knows to be open.
	Security []string `json:"security,omitempty"`
	// Causes and Verdicts are those that it was told since the deployment turned
	// red. Causes are nil in the file of an older release, which kept none.
	Causes   []string `json:"causes"`
	Verdicts []string `json:"verdicts,omitempty"`
	// Since is the start of the first run that was red, zero while green.
	Since time.Time `json:"since,omitzero"`
}

// covers reports whether a message about the run would be no news. While the
// deployment is red each verdict and each cause is news once. A hole is news
// whenever it opens, and so is that all are closed.
func (s notifyState) covers(run *history.Run) bool {
	v := run.Report.Verdict
	switch {
	case s.Unsure, len(s.newHoles(run)) > 0, s.holesClosed(run), len(s.newCauses(run)) > 0:
		return false
	case v == verdict.Pass:
		return s.Verdict == v
	}
	return s.Verdict == v || slices.Contains(s.Verdicts, v)
}

// adopt takes over what a covered run shows and nobody is told: a hole that closed
// is news when it opens again. An incomplete run does not say so.
func (s *notifyState) adopt(run *history.Run) (changed bool) {
	open := holes(run)
	closed := func(hole string) bool { return !slices.Contains(open, hole) }
	if run.Report.Verdict == verdict.Fail && slices.ContainsFunc(s.Security, closed) {
		s.Security, changed = open, true
	}
	if s.Causes == nil && s.Verdict != verdict.Pass {
		s.Causes, changed = causes(run), true
	}
	return changed
}

// newHoles are those that are open and were not announced.
func (s notifyState) newHoles(run *history.Run) []string { return without(holes(run), s.Security) }

// newCauses are those that were not announced since the deployment turned red.
func (s notifyState) newCauses(run *history.Run) []string {
	unknown := s.Causes == nil && s.Verdict != verdict.Pass
	if unknown || len(s.Causes) >= maxCauses || run.Report.Verdict == verdict.Pass {
		return nil
	}
	return without(causes(run), s.Causes)
}

// holesClosed reports whether a run that is still red has none of the announced
// holes. An incomplete run does not show that.
func (s notifyState) holesClosed(run *history.Run) bool {
	return run.Report.Verdict == verdict.Fail && len(s.Security) > 0 && len(holes(run)) == 0
}

// without are those of a list that are not in the other.
func without(list, other []string) []string {
	return slices.DeleteFunc(list, func(text string) bool { return slices.Contains(other, text) })
}

// Bounds of what is kept.
const (
	maxHoles     = 150
	maxCauses    = 50
	longestKept  = 120 // characters of a hole
	longestKeyed = 300 // characters of a cause
)

// holes are the checks of security that failed, and the Ingresses that they name:
// one that is open beside another is a hole of its own.
func holes(run *history.Run) []string {
	var all []string
	add := func(text string) {
		if text = oneLine(text, longestKept); len(all) < maxHoles && !slices.Contains(all, text) {
			all = append(all, text)
		}
	}
	for _, c := range run.Report.With(verdict.OutcomeFail) {
		if !c.Security {
			continue
		}
		add(c.Name)
		for _, f := range c.Findings {
			if strings.HasPrefix(f.Object, "Ingress ") {
				add(c.Name + ": " + f.Object)
			}
		}
	}
	return all
}

// causes are the keys of the causes, never nil.
func causes(run *history.Run) []string {
	all := []string{}
	for _, d := range run.Report.Diagnoses {
		all = append(all, oneLine(d.Key(), longestKeyed))
	}
	return all
}

// after returns the state after a message about the run has arrived.
func (s notifyState) after(run *history.Run) notifyState {
	now := notifyState{Verdict: run.Report.Verdict, Run: run.ID, Security: holes(run), Causes: []string{}}
	if now.Verdict == verdict.Pass {
		return now
	}
	if now.Verdict == verdict.Incomplete {
		now.Security = slices.Concat(s.Security, s.newHoles(run))
	}
	now.Causes = slices.Concat(s.Causes, without(causes(run), s.Causes))
	now.Verdicts = slices.Concat(s.Verdicts, without([]string{now.Verdict}, s.Verdicts))
	if now.Since = s.Since; now.Since.IsZero() {
		now.Since = run.Started
	}
	return now
}

// maxNotifyState in bytes of the file.
const maxNotifyState = 256 << 10

// readNotifyState reads what save wrote. Without a file nothing was announced.
// A damaged file is an error.
func readNotifyState(file string) (notifyState, error) {
	nothing := notifyState{Verdict: verdict.Pass, Causes: []string{}}
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
