package ingressnginx

import (
	"net/url"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/lsst-sqre/muster/validation/kubernetes"
)

// Authentication is what an Ingress requires of callers, in the words of its
// annotations; "" is nothing.
type Authentication string

// Kinds of authentication besides an auth-url.
const (
	anonymousAuthURL  Authentication = "auth-url of Gafaelfawr's anonymous route, which lets in anyone"
	basicAuth         Authentication = "auth-type "
	clientCertificate Authentication = "auth-tls-secret"
)

// Certificate reports whether callers need a client certificate. Without one
// nginx answers 400.
func (a Authentication) Certificate() bool { return a == clientCertificate }

// Anonymous reports whether Gafaelfawr is asked and admits anyone.
func (a Authentication) Anonymous() bool { return a == anonymousAuthURL }

// authenticationOf returns what the Ingress requires of callers.
func authenticationOf(i kubernetes.Ingress) Authentication {
	text := Annotation(i, "auth-url")
	u, err := url.Parse(text)
	switch {
	case text != "" && err == nil && IsGafaelfawr(u.Hostname()) && u.Path == "/ingress/anonymous":
		return anonymousAuthURL
	case text != "":
		return Authentication("auth-url " + text)
	case Annotation(i, "auth-type") != "" && Annotation(i, "auth-secret") != "":
		return basicAuth + Authentication(Annotation(i, "auth-type"))
	case Annotation(i, "auth-tls-secret") != "" &&
		!slices.Contains([]string{"off", "optional", "optional_no_ca"}, Annotation(i, "auth-tls-verify-client")):
		return clientCertificate
	}
	return ""
}

// IsGafaelfawr reports whether a host name is that of Gafaelfawr's Service. The
// cluster's domain must be one that nobody can register.
func IsGafaelfawr(host string) bool {
	rest, ok := strings.CutPrefix(host, "gafaelfawr.gafaelfawr")
	return ok && (rest == "" || rest == ".svc" ||
		strings.HasPrefix(rest, ".svc.") && (strings.HasSuffix(rest, ".local") || strings.HasSuffix(rest, ".internal")))
}

// LeadsToGafaelfawr reports whether a URL is one of Gafaelfawr's Service.
func LeadsToGafaelfawr(text string) bool {
	u, err := url.Parse(text)
	return err == nil && IsGafaelfawr(u.Hostname())
}

// ServiceOf returns the Service, namespace/name, of a host name, or "".
func ServiceOf(host string) string {
	labels := strings.Split(host, ".")
	if len(labels) == 2 || len(labels) > 2 && labels[2] == "svc" &&
		(len(labels) == 3 || slices.Contains([]string{"local", "internal"}, labels[len(labels)-1])) {
		return labels[1] + "/" + labels[0]
	}
	return ""
}

// IsSolver reports whether cert-manager made the route's Ingress to answer a
// challenge. It goes by the path and by the owner, without which Kubernetes
// removes the Ingress.
func (r Route) IsSolver() bool {
	return strings.HasPrefix(r.Path, "/.well-known/acme-challenge/") &&
		slices.ContainsFunc(r.Meta.OwnerReferences, func(o metav1.OwnerReference) bool {
			return o.Kind == "Challenge" && strings.HasPrefix(o.APIVersion, "acme.cert-manager.io/")
		})
}

// Solves reports whether all paths of the Ingress are of a solver.
func Solves(i kubernetes.Ingress) bool {
	all := routesOf(i.Object, i.Spec.Rules)
	return len(all) > 0 && !slices.ContainsFunc(all, func(r Route) bool { return !r.IsSolver() })
}

// Expand replaces nginx's variables in an annotation.
func Expand(text string, values map[string]string) string {
	return variable.ReplaceAllStringFunc(text, func(name string) string {
		if value, ok := values[strings.Trim(name, "${}")]; ok {
			return value
		}
		return name
	})
}
