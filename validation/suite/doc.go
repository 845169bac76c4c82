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
// Where to look:
//
//	run.go, arguments.go, preconditions.go
//	                              a run; what many checks need, tried once
//	wait.go, poll.go, progress.go, settle.go
//	                              what takes its time, before and in a run
//	check.go, record.go           one check; what it expects, and its text
//	names.go, kinds.go, typed.go  names of the packages below; paths as typed
//	explain.go, flags.go, protect.go, scope.go, known.go, applications.go
//	                              what is settled before the first check: the command
//	                              line, what the environment leaves out, what is known
//	target.go, credential.go, identities.go, tokens.go, bootstrap.go
//	                              where, with what and as whom is asked
//	request.go, concurrently.go, edge.go
//	                              requests; TLS and addresses without HTTP
//	status.go, headers.go, cookies.go, body.go, challenges.go, refusals.go,
//	reports.go, sightings.go, passthrough.go, userinfo.go
//	                              what answers are held to
//	cluster.go, services.go, controller.go, routes.go, gafaelfawrconfig.go
//	                              objects of Kubernetes as checks ask for them
//	sweep.go, evidence.go         all paths of a cluster; what to look at later
//	ledger.go, diagnosis.go, diagnoses_*.go
//	                              the verdict, and the causes it names
//	leftovers.go, canary.go       what a killed run left
package suite
