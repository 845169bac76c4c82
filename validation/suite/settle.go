package suite

import (
	"context"
	"fmt"
	"time"

	"github.com/lsst-sqre/muster/validation/client"
)

// Settled reports whether an object is old enough that its operator and the
// ingress controller must be done with it; in the local deployment that is at
// once.
func (c *Check) Settled(o Object) bool { return c.run.env.Local || o.Age() > c.run.options.Settle }

// Grace is how long the controller of a new object may take: no time in the
// local deployment.
func (c *Check) Grace() time.Duration {
	if c.run.env.Local {
		return 0
	}
	return c.run.options.Settle
}

// Settling is how long the operator and the ingress controller may take.
func (c *Check) Settling() time.Duration { return c.run.options.Settle }

// Await tries for that long until it succeeds, and fails the check otherwise,
// with the last error.
func (c *Check) Await(within time.Duration, expected string, try func() error) bool {
	ctx, cancel := context.WithTimeoutCause(c.ctx, within, fmt.Errorf("%s passed", within))
	defer cancel()
	err := client.Poll(ctx, time.Second, func(context.Context) error { return try() })
	return c.Expect(err == nil, nil, fmt.Sprintf("%s within %s", expected, within), fmt.Sprint(err), Because(err))
}
