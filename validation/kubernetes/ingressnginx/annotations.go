package ingressnginx

import (
	"strings"

	"github.com/lsst-sqre/muster/validation/kubernetes"
)

const annotationPrefix = "nginx.ingress.kubernetes.io/"

// Annotation returns one of ingress-nginx's annotations by its name without the
// prefix.
func Annotation(i kubernetes.Ingress, name string) string {
	return i.Meta.Annotations[annotationPrefix+name]
}

// isCanary reports whether the Ingress shares the paths of another Ingress.
func isCanary(i kubernetes.Ingress) bool { return Annotation(i, "canary") == "true" }

// Aliases returns further names under which the hosts of the Ingress are
// served.
func Aliases(i kubernetes.Ingress) []string {
	return strings.FieldsFunc(Annotation(i, "server-alias"), func(c rune) bool { return c == ',' || c == ' ' })
}

// takesPatterns reports whether ingress-nginx treats the path of an Ingress as
// a regular expression because of these annotations. It then treats all paths
// of the host so.
func takesPatterns(annotations map[string]string, path string) bool {
	target := annotations[annotationPrefix+"rewrite-target"]
	return annotations[annotationPrefix+"use-regex"] == "true" || target != "" && target != path
}
