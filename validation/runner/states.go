package runner

import (
	"github.com/lsst-sqre/muster/validation/verdict"
)

// words of outcomes and states, for people.
var words = map[string]string{
	verdict.Pass: "Passed", verdict.Fail: "Failed", verdict.Incomplete: "Incomplete",
	running: "Running", stopped: "Stopped",
	verdict.OutcomeAdvice: "Advice", verdict.OutcomeSkip: "Does not apply",
	verdict.OutcomeBlocked: "Could not run", verdict.OutcomeError: "No result",
}

// running is the status of a run under way.
const running = "running"

// stopped is the class of a run that was ended on purpose.
const stopped = "stopped"
