// Package suite is the engine of the checks. A check is a top-level test
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
// that is wrong. A check may need a precondition, such as a reachable host, a
// token or a Muster that reports sightings. It simply uses it: if it is missing,
// the check is not run, and one check of the precondition fails.
//
// Where to look, from the bottom up. Below this package are findings (what a
// check records), answers (verifiers), invariants, cluster (Kubernetes objects
// as checks read them), sweep (all paths of a cluster), preconditions and
// readiness (-wait). Below those are environment, client, tokens, kubernetes,
// commandline, message, verdict and summary. names.go, kinds.go and reasons.go
// give checks the names of those packages.
//
//	options.go, flags.go, path.go, local.go
//	                              the command line, and the local deployment
//	results.go, conclude.go, summary.go, allowance.go
//	                              what the checks found; how it is printed, and how much
//	state.go, rounds.go, flap.go, obligation.go
//	                              a run, a check
//	target.go, served.go, identities.go, edge.go
//	                              targets, identities, the edge
//	required.go, everyanswer.go   the checks of preconditions and invariants
//	check.go, text.go, evidence.go, known.go, remedy.go
//	                              how a check runs, and its text
//	run.go, guard.go, explain.go, plan.go, section.go, protect.go, hold.go,
//	revoke.go                     how a run starts and ends
package suite
