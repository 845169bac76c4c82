// Package kubernetes has views of the objects in a deployment's cluster,
// without any check: their kinds, what is wrong with them, and the RBAC rules
// for reading them. What is particular to ingress-nginx is in package
// ingressnginx.
package kubernetes
