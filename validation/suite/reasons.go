package suite

import "github.com/lsst-sqre/muster/validation/verdict"

// Reasons that checks give for what they find; package verdict documents each.
var (
	AllFail      = verdict.AllFail
	Clock        = verdict.Clock
	Conflict     = verdict.Conflict
	Difference   = verdict.Difference
	Forged       = verdict.Forged
	Missing      = verdict.Missing
	NoStatus     = verdict.NoStatus
	Overdue      = verdict.Overdue
	PodCount     = verdict.PodCount
	Reported     = verdict.Reported
	Restarting   = verdict.Restarting
	Setting      = verdict.Setting
	Slow         = verdict.Slow
	State        = verdict.State
	TLSVersion   = verdict.TLSVersion
	Unreferenced = verdict.Unreferenced
	Unusable     = verdict.Unusable
	Value        = verdict.Value
	Waiting      = verdict.Waiting
	WrongUser    = verdict.WrongUser
)

// ByCondition is the reason that a condition of an object is.
func ByCondition(c Condition) Reason {
	return verdict.Condition(c.Type, c.Status, c.Reason, c.Message)
}

// Problems of certificates and Secrets.
const (
	NotPEM     = verdict.ProblemNotPEM
	KeyProblem = verdict.ProblemKey
)
