// Package environment reads what a deployment is declared to be: an environment
// file, and what Phalanx's Git configures.
package environment
