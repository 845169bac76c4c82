// Package ingressnginx has what is particular to ingress-nginx, without any
// check: which Ingress serves a path and who may come in, what annotations
// require of callers, what Gafaelfawr's operator writes into an Ingress, and
// what the controller reports about its configuration.
package ingressnginx
