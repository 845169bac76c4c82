// Package history keeps finished runs in memory and in a directory.
//
//	run.go       a run
//	history.go   the last runs in memory
//	store.go     the last runs on disk
//	pack.go      the form of a stored run
//	changes.go   what changed between them
package history

import (
	"time"

	"github.com/lsst-sqre/muster/validation/verdict"
)

// Triggers of a run.
const (
	OnRequest  = "request"
	OnSchedule = "schedule"
)

// Run is one run of the validation, in progress or finished.
type Run struct {
	// ID names the run in URLs; ids sort by the time of the start.
	ID string `json:"id"`
	// Trigger is OnRequest or OnSchedule.
	Trigger string `json:"trigger"`
	// Pattern is the regular expression that selected the checks, or "" for all.
	Pattern string    `json:"pattern,omitempty"`
	Started time.Time `json:"started"`
	// Ended is zero while the run is in progress.
	Ended time.Time `json:"ended,omitzero"`
	// Stopped is why the run was ended before its deadline: the runner was
	// stopped, or the client left. Such a run says nothing about the deployment.
	Stopped string `json:"stopped,omitempty"`
	// Report is the result, or nil while the run is in progress. A run that could
	// not start has one, too: incomplete, with the reason among its problems.
	Report *verdict.Run `json:"report,omitempty"`
}

// Whole reports whether the run describes the whole deployment.
func (r *Run) Whole() bool { return r.Report != nil && r.Pattern == "" && r.Stopped == "" }

// Red reports whether the run, which ended, did not pass.
func (r *Run) Red() bool { return r.Report.Verdict != verdict.Pass }

// Stored is a finished run. Its Report has only what describes the whole run;
// the rest is packed.
type Stored struct {
	Run
	packed []byte
	// Outcomes of the checks by name.
	Outcomes map[string]string
	Changes  Changes
	// saved: the store has it.
	saved bool
}
