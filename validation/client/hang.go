package client

import (
	"context"
	"fmt"
	"time"
)

// HangError says which part of the deployment takes requests and does not answer.
type HangError struct{ Who, Text string }

// Error names it.
func (e *HangError) Error() string { return e.Text }

// HangsAfter is how long the first requests may take: longer than anything takes
// where no part of the deployment hangs.
const HangsAfter = 10 * time.Second

// ErrHangs is why a first request was given up.
var ErrHangs = fmt.Errorf("no answer within %s: %w", HangsAfter, context.DeadlineExceeded)

// Parts of a deployment that may hang.
const (
	HangsEdge       = "edge"
	HangsGafaelfawr = "gafaelfawr"
	HangsRedis      = "redis"
	HangsDatabase   = "database"
)
