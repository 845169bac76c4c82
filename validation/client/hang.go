package client

import (
	"context"
	"fmt"
	"time"
)

// HangError names the part of the deployment that takes requests and does not
// answer.
type HangError struct{ Who, Text string }

// Error implements error.
func (e *HangError) Error() string { return e.Text }

// LateError says that a new token was refused at first.
type LateError struct{ Took time.Duration }

// Error implements error.
func (e *LateError) Error() string {
	return "a new token was refused for " + e.Took.String() + " after it was made, and accepted from then on"
}

// ForgottenError says that a new token was refused for as long as it was tried, by
// different parts of Gafaelfawr's API.
type ForgottenError struct{ Tried time.Duration }

// Error implements error.
func (e *ForgottenError) Error() string {
	return "a new token was refused (401) for " + e.Tried.String() + " after it was made, as often as it was tried"
}

// HangsAfter bounds the first requests. It is longer than any answer takes
// unless a part of the deployment hangs.
const HangsAfter = 10 * time.Second

// ErrHangs is the cause of a first request that was given up.
var ErrHangs = fmt.Errorf("no answer within %s: %w", HangsAfter, context.DeadlineExceeded)

// Parts of a deployment that may hang.
const (
	HangsEdge       = "edge"
	HangsGafaelfawr = "gafaelfawr"
	HangsRedis      = "redis"
	HangsDatabase   = "database"
)
