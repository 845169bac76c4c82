package ingressnginx

import (
	"net/url"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/lsst-sqre/muster/validation/kubernetes"
)

// Authentication is what an Ingress asks callers for, in the words of its
// annotations; "" where it asks for nothing.
type Authentication string

// Kinds of authentication besides an auth-url.
const (
	asksAnonymous   Authentication = "auth-url of Gafaelfawr's anonymous route, which lets in anyone"
	asksBasic       Authentication = "auth-type "
	asksCertificate Authentication = "auth-tls-secret"
)

// Certificate reports whether callers need a certificate of their own, without
// which nginx answers 400.
func (a Authentication) Certificate() bool { return a == asksCertificate }

// Anonymous reports whether Gafaelfawr is asked, and lets in anyone.
func (a Authentication) Anonymous() bool { return a == asksAnonymous }

// AuthenticationOf is what the Ingress asks callers for.
func AuthenticationOf(i kubernetes.Ingress) Authentication {
	text := Annotation(i, "auth-url")
	u, err := url.Parse(text)
	switch {
	case text != "" && err == nil && IsGafaelfawr(u.Hostname()) && u.Path == "/ingress/anonymous":
		return asksAnonymous
	case text != "":
		return Authentication("auth-url " + text)
	case Annotation(i, "auth-type") != "" && Annotation(i, "auth-secret") != "":
		return asksBasic + Authentication(Annotation(i, "auth-type"))
	case Annotation(i, "auth-tls-secret") != "" &&
		!slices.Contains([]string{"off", "optional", "optional_no_ca"}, Annotation(i, "auth-tls-verify-client")):
		return asksCertificate
	}
	return ""
}

// IsGafaelfawr reports whether a host name is that of Gafaelfawr's Service. Where
// the cluster has a domain of its own, it must be one that nobody can register.
func IsGafaelfawr(host string) bool {
	rest, ok := strings.CutPrefix(host, "gafaelfawr.gafaelfawr")
	return ok && (rest == "" || rest == ".svc" ||
		strings.HasPrefix(rest, ".svc.") && (strings.HasSuffix(rest, ".local") || strings.HasSuffix(rest, ".internal")))
}

// ServiceOf is the Service, namespace/name, that a host name would be of; "" where
// it can be of none.
func ServiceOf(host string) string {
	labels := strings.Split(host, ".")
	if len(labels) == 2 || len(labels) > 2 && labels[2] == "svc" &&
		(len(labels) == 3 || slices.Contains([]string{"local", "internal"}, labels[len(labels)-1])) {
		return labels[1] + "/" + labels[0]
	}
	return ""
}

// IsSolver reports whether cert-manager made the Ingress of the route, for
// minutes, for the answer to a challenge: by the path, and by the owner, without
// which Kubernetes removes the Ingress.
func (r Route) IsSolver() bool {
	return strings.HasPrefix(r.Path, "/.well-known/acme-challenge/") &&
		slices.ContainsFunc(r.Meta.OwnerReferences, func(o metav1.OwnerReference) bool {
			return o.Kind == "Challenge" && strings.HasPrefix(o.APIVersion, "acme.cert-manager.io/")
		})
}

// Expand puts values in the place of nginx's variables in an annotation.
func Expand(text string, values map[string]string) string {
	return variable.ReplaceAllStringFunc(text, func(name string) string {
		if value, ok := values[strings.Trim(name, "${}")]; ok {
			return value
		}
		return name
	})
}
