// Package chart holds the Helm chart of Muster, an application in the manner
// of Phalanx, and the tests that render it with Helm and compare it with the
// server.
package chart
