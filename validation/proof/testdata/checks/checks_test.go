// Package checks has one check for each way in which a check can end, so that
// what a run prints and leaves behind can be tested.
package checks

import (
	"os"
	"testing"
	"time"

	"github.com/lsst-sqre/muster/validation/suite"
)

func TestMain(m *testing.M) { os.Exit(suite.Main(m, suite.Local{})) }

func TestMet(t *testing.T) {
	suite.Run(t, suite.Obligation{Says: "Visitors get an answer.", Cause: "None."}, func(c *suite.Check) {
		c.Get(c.Probe("anonymous"), suite.Nobody).Status(200)
		c.Scoped()
	})
}

func TestUnmet(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "The route answers 418 and 204.", Cause: "It is no teapot. Buy one.",
	}, func(c *suite.Check) {
		a := c.Get(c.Probe("authenticated"), suite.Bearer(c.Unscoped()))
		a.Status(418)
		a.HeaderIs("Cache-Control", "public")
		c.Get(c.Probe("authenticated"), suite.Nobody).Status(204)
		c.Expect(false, nil, "no secret here", "the token "+c.Scoped().Token.Reveal())
	})
}

func TestAdvised(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "Gafaelfawr makes tea.", Cause: "It is not its job.", Advice: "every Gafaelfawr so far",
	}, func(c *suite.Check) {
		c.Expect(false, nil, "tea", "none")
	})
}

func TestUndeclared(t *testing.T) {
	suite.Run(t, suite.Obligation{Says: "Never.", Cause: "None.", Needs: []suite.Feature{suite.Firestore}},
		func(*suite.Check) { panic("ran without its feature") })
}

func TestPanicked(t *testing.T) {
	suite.Run(t, suite.Obligation{Says: "Checks do not panic.", Cause: "A defect."}, func(c *suite.Check) {
		panic("with " + c.Scoped().Token.Reveal())
	})
}

// TestHung waits until the run is told to stop, with a token in hand.
func TestHung(t *testing.T) {
	if os.Getenv("MUSTER_PROOF_HANG") == "" {
		t.Skip("only where a run is to be interrupted")
	}
	suite.Run(t, suite.Obligation{Says: "Checks end.", Cause: "A defect."}, func(c *suite.Check) {
		c.Own(suite.Spec{Name: "hung"})
		c.Closed(os.Getenv("MUSTER_PROOF_FOUND") == "", nil, "nobody let in", "somebody was let in")
		if err := os.WriteFile(os.Getenv("MUSTER_PROOF_HANG"), []byte("hangs"), 0o600); err != nil {
			panic(err)
		}
		<-c.Context().Done()
		time.Sleep(50 * time.Millisecond) // as a check that is slow to notice
		c.Expect(false, nil, "an end", "none")
	})
}
