package ingressnginx

import (
	"strings"

	"github.com/lsst-sqre/muster/validation/kubernetes"
)

const annotationPrefix = "nginx.ingress.kubernetes.io/"

// Annotation is one of ingress-nginx's annotations, without its prefix.
func Annotation(i kubernetes.Ingress, name string) string {
	return i.Meta.Annotations[annotationPrefix+name]
}

// isCanary reports whether the Ingress shares the paths of another one.
func isCanary(i kubernetes.Ingress) bool { return Annotation(i, "canary") == "true" }

// Aliases are further names under which the hosts of the Ingress are served.
func Aliases(i kubernetes.Ingress) []string {
	return strings.FieldsFunc(Annotation(i, "server-alias"), func(c rune) bool { return c == ',' || c == ' ' })
}

// takesPatterns reports whether ingress-nginx takes a path of an Ingress with
// these annotations for a regular expression, and all paths of its host with it.
func takesPatterns(annotations map[string]string, path string) bool {
	target := annotations[annotationPrefix+"rewrite-target"]
	return annotations[annotationPrefix+"use-regex"] == "true" || target != "" && target != path
}
