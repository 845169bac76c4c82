// Package environment reads what a deployment should be: from an environment
// file, and from Phalanx's Git.
package environment
