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
//	history/               the last runs, in memory and on disk
//	files/                 a deadline for file systems that hang
//	serve.go, routes.go    the two ports, the paths
//	web.go, limits.go, accesslog.go
//	                       what answers on them, within which bounds, and the log of it
//	request.go, options.go POST /run and its parameters
//	mobu.go                mobu's form of it
//	pattern.go             which checks to run
//	stream.go              a run as it happens
//	runs.go, answers.go    the last runs, and the answers of programs
//	observers.go           who is told of runs: metrics.go
//	notify/                a webhook of Slack, Sentry
//	pages.go, page_*.go    the pages; historybar.go, states.go: marks and words of them
//	openapi.go             what programs can ask, the schema of the answers
package runner

import (
	"iter"

	"github.com/lsst-sqre/muster/validation/runner/history"
)

// observer gets every run that ended, in order, one at a time. It must
// not keep the runner waiting.
type observer interface {
	Observe(history.Run)
}

// resumer is an observer that wants to know what was before it: before any run
// starts it is given the runs that the store kept, the newest first. There may
// be more than the memory holds, and each costs time: who has seen enough stops.
type resumer interface {
	Resume(newestFirst iter.Seq[history.Run])
}

// starter is an observer that wants to know when a run starts, too.
type starter interface {
	Started()
}
