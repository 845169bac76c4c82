// Package kubernetes has views of the objects in a deployment's cluster, without
// any check: their kinds, what Gafaelfawr's operator makes of them, who serves
// which path, and the RBAC rules that reading them takes. Whatever is particular
// to ingress-nginx is in ingressnginx.go.
package kubernetes
