package runner

import (
	"github.com/lsst-sqre/muster/validation/verdict"
)

// words describe outcomes and states to people.
var words = map[string]string{
	verdict.Pass: "Passed", verdict.Fail: "Failed", verdict.Incomplete: "Incomplete",
	running: "Running", stopped: "Stopped",
	verdict.OutcomeAdvice: "Known weakness", verdict.OutcomeSkip: "Skipped",
	verdict.OutcomeBlocked: "Not run", verdict.OutcomeError: "No result",
}

// running is the status of a run in progress.
const running = "running"

// stopped is the class of a run that was ended on purpose.
const stopped = "stopped"
