// Package proof holds the suite's own tests: that every check can fail, what a
// run prints, what bad input gets, and that no token outlives a run. They run
// the compiled suite as a user does, against a local deployment.
package proof
