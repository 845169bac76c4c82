// Package ingressnginx has what is particular to ingress-nginx, without any check:
// who serves which path and who may come in, what annotations ask of a caller, what
// Gafaelfawr's operator writes into an Ingress, and what the controller says of its
// configuration.
package ingressnginx
