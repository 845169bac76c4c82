// Package runner runs the validation on request and on a schedule, keeps what
// it found, and tells people when something turned red or green again.
//
// It starts the compiled suite as a process of its own and reads go test's
// events of it: a run that hangs or crashes ends as a run with a verdict, and
// never takes the runner with it.
//
// Where to look:
//
//	config.go              the variables
//	runner.go, execute.go  one run at a time: join, wait, run, conclude
//	suite.go               the suite's processes: start, follow, stop
//	process_group.go       signals to them and their children
//	journal.go             where the suite notes its tokens
//	leftovers.go           tokens of a suite that was killed
//	schedule.go            scheduled runs
//	history.go, store.go   the last runs, in memory and on disk
//	pack.go                the form of a stored run
//	guard.go               a deadline for file systems that hang
//	changes.go             what changed between them
//	serve.go, routes.go    the two ports, the paths
//	request.go, mobu.go    POST /run, and mobu's form of it
//	pattern.go             which checks to run
//	stream.go              a run as it happens
//	observers.go           notifiers: metrics.go, webhook*.go, sentry.go
//	notify_state.go        what a chat already knows
//	pages.go, page_*.go    the pages
package runner

import (
	"iter"
	"time"

	"github.com/lsst-sqre/muster/validation/verdict"
)

// What made a run start.
const (
	OnRequest  = "request"
	OnSchedule = "schedule"
)

// Run is one run of the validation, under way or ended.
type Run struct {
	// ID names the run in URLs; ids sort by the time of the start.
	ID string `json:"id"`
	// Trigger is OnRequest or OnSchedule.
	Trigger string `json:"trigger"`
	// Pattern is the regular expression that picked the checks, empty for all.
	Pattern string    `json:"pattern,omitempty"`
	Started time.Time `json:"started"`
	// Ended is zero while the run is under way.
	Ended time.Time `json:"ended,omitzero"`
	// Stopped is why the run was ended on purpose, before its deadline: the
	// runner was stopped, or the asker left. Such a run says nothing about the
	// deployment.
	Stopped string `json:"stopped,omitempty"`
	// Report is what the run found; nil while it is under way. A run that could
	// not start has one, too: incomplete, with the reason among its problems.
	Report *verdict.Run `json:"report,omitempty"`
}

// observer gets every run that ended, in order, one at a time. It must
// not keep the runner waiting.
type observer interface {
	Observe(Run)
}

// resumer is an observer that wants to know what was before it: before any run
// starts it is given the runs that the store kept, the newest first. There may
// be more than the memory holds, and each costs time: who has seen enough stops.
type resumer interface {
	Resume(newestFirst iter.Seq[Run])
}

// starter is an observer that wants to know when a run starts, too.
type starter interface {
	Started()
}
