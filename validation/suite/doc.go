// Package suite is what checks are written with. A check is a top-level test
// function that calls Run with its obligation and a body of stimulus and
// verifiers:
//
//	func TestNoToken(t *testing.T) {
//		suite.Run(t, suite.Obligation{
//			Says:  "A protected route answers 401 with a challenge to a caller without a token.",
//			Cause: "The route has no GafaelfawrIngress in front of it.",
//		}, func(c *suite.Check) {
//			for _, route := range c.Protected() {
//				a := c.Get(route, suite.Anonymous)
//				a.Unauthorized(c.WantChallenge("", ""))
//			}
//		})
//	}
//
// Verifiers record what they find and go on, so that one run shows everything
// that is wrong. What a check cannot do without (a reachable host, a token, a
// Muster that reports sightings) it just uses: where it is missing, the check
// is skipped with the reason, and one check of its own fails for it.
//
// Where to look, from what all use to what uses all. Below this package are
// findings (what a check records), answers (verifiers), invariants, cluster
// (objects of Kubernetes as checks ask for them), sweep (all paths of a cluster),
// preconditions and readiness (-wait); below those environment, client, tokens,
// kubernetes, commandline, message, verdict and summary. names.go, kinds.go and
// reasons.go have their names for checks.
//
//	options.go, flags.go, typed.go, local.go
//	                              the command line, and the local deployment
//	results.go, conclude.go, summary.go
//	                              what the checks found; how it is printed
//	state.go, rounds.go, flap.go, obligation.go
//	                              a run, a check
//	target.go, identities.go, edge.go
//	                              where, as whom and how is asked
//	required.go, everyanswer.go   the checks of preconditions and invariants
//	check.go, text.go, evidence.go, known.go, remedy.go
//	                              how a check runs, and what is said of it
//	run.go, guard.go, explain.go, plan.go, section.go, protect.go, hold.go,
//	revoke.go                     how a run starts and ends
package suite
