package proof

import (
	"testing"
	"time"

	"github.com/lsst-sqre/muster/fixtures/lanes"
	"github.com/lsst-sqre/muster/fixtures/phalanx"
)

// A deployment at the other end of the world, or a busy one, is slow and not
// wrong: no check sends so many requests one after another that its time is over.
func TestLateAnswers(t *testing.T) {
	lanes.Slow(t)
	t.Parallel()
	green(t, "-env="+environment(t, deployment(t, late(450*time.Millisecond)), localFeatures))
}

// late returns a deployment whose answers take longer by this.
func late(by time.Duration) phalanx.Options {
	o := phalanx.Defaults()
	clients(func(phalanx.RequestContext, *phalanx.Answer) { <-time.After(by) })(&o)
	return o
}
