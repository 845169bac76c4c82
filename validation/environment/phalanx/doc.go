// Package phalanx reads what Phalanx's Git says of an environment: which
// applications it has, how its Gafaelfawr is configured, which paths are behind
// Gafaelfawr. It runs neither Git nor Helm and asks no server.
//
//	values.go      values.yaml and values-NAME.yaml, and where each value stands
//	declare.go     a declaration, key by key, as an environment file has it
//	gafaelfawr.go  the part that applications/gafaelfawr says
//	templates.go   the templates of GafaelfawrIngresses
package phalanx
