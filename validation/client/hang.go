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
