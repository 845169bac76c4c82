// Package validation is the suite that tells a deployer what is wrong with a
// Phalanx deployment: go test ./validation -env=NAME. Every test function is a
// check, one obligation of a deployment; RUNBOOK.md has a section for each.
package validation
