package cluster

import (
	"context"
	"fmt"
	"time"

	"github.com/lsst-sqre/muster/validation/client"
	"github.com/lsst-sqre/muster/validation/findings"
	"github.com/lsst-sqre/muster/validation/kubernetes"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// Settled reports whether an object is so old that its operator and the ingress
// controller must have processed it. In the local deployment they do so at
// once.
func (c *Cluster) Settled(o kubernetes.Object) bool { return c.env.Local || o.Age() > c.settle }

// Grace is how long the controller of a new object may take. It is zero in the
// local deployment.
func (c *Cluster) Grace() time.Duration {
	if c.env.Local {
		return 0
	}
	return c.settle
}

// LookAgain waits for what passes by itself, such as a rollout. It is false if the run
// ended meanwhile.
func (c *Cluster) LookAgain() bool {
	select {
	case <-c.ctx.Done():
		return false
	case <-time.After(c.Grace()):
		return true
	}
}

// Settling is how long the operator and the ingress controller may take to
// process an object.
func (c *Cluster) Settling() time.Duration { return c.settle }

// Await repeats try until it succeeds. If it does not succeed in time, the
// check fails with the last error, and what is overdue as its reason.
func (c *Cluster) Await(within time.Duration, expected, overdue string, try func() error) bool {
	ctx, cancel := context.WithTimeoutCause(c.ctx, within, fmt.Errorf("%s passed", within))
	defer cancel()
	err := client.Poll(ctx, time.Second, func(context.Context) error { return try() })
	reason := findings.Because(err)
	if reason.Code == verdict.CodeError {
		reason = verdict.Overdue(overdue)
	}
	return c.Expect(err == nil, nil, fmt.Sprintf("%s within %s", expected, within), fmt.Sprint(err), reason)
}
