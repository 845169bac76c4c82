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
// Where to look, from what all use to what uses all:
//
//	names.go, kinds.go, reasons.go, local.go
//	                              names of the packages below, so that a check
//	                              imports suite alone; what findings come down to
//	options.go, flags.go, arguments.go, typed.go
//	                              the command line
//	access.go, preconditions.go, tokens.go, bootstrap.go, leftovers.go
//	                              what a run asks with; what many checks need,
//	                              tried once
//	results.go, summary.go, say.go, progress.go, poll.go
//	                              what the checks found; how it is printed
//	state.go, obligation.go, failure.go
//	                              a run, a check, a failure
//	target.go, identities.go, credential.go, request.go, concurrently.go, edge.go
//	                              where, as whom and how is asked
//	expect.go, status.go, headers.go, cookies.go, body.go, challenges.go,
//	refusals.go, reports.go, sightings.go, passthrough.go, userinfo.go, required.go
//	                              verifiers
//	invariants.go, breaches.go    what holds of every answer of a run
//	cluster.go, services.go, applications.go, controller.go, gafaelfawrconfig.go,
//	routes.go, sweep.go, settle.go, canary.go
//	                              objects of Kubernetes as checks ask for them
//	check.go, text.go, evidence.go, known.go, remedy.go
//	                              how a check runs, and what is said of it
//	run.go, explain.go, plan.go, protect.go, wait.go, revoke.go, conclude.go
//	                              how a run starts and ends
package suite
