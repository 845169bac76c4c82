// Package suite is what checks are written with. A check is a top-level test
// function that calls Run with its obligation and a body of stimulus and
// verifiers:
//
//	func TestNoToken(t *testing.T) {
//		suite.Run(t, suite.Obligation{
//			Says:  "A protected route answers 401 with a challenge to a caller without a token.",
//			Cause: "The route has no GafaelfawrIngress in front of it.",
//		}, func(c *suite.Check) {
//			a := c.Get(c.Protected(), suite.Nobody)
//			a.Status(401)
//			a.Challenge(c.Challenge("", "", ""))
//		})
//	}
//
// Verifiers record what they find and go on, so that one run shows everything
// that is wrong. What a check cannot do without (a reachable host, a token, a
// Muster that reports sightings) it just uses: where it is missing, the check
// is skipped with the reason, and one check of its own fails for it.
package suite
