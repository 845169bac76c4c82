package cluster

import (
	"net/url"
	"slices"

	"github.com/lsst-sqre/muster/validation/kubernetes"
	"github.com/lsst-sqre/muster/validation/kubernetes/ingressnginx"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// AuthTarget is the target of an auth-url.
type AuthTarget struct {
	// Host is the host of the URL.
	Host string
	// Gafaelfawr says that the target is Gafaelfawr's Service. Known says that it
	// is another Service of the cluster or a path of the deployment itself.
	Gafaelfawr, Known bool
	// Path is the path of the URL.
	Path string
}

// AuthTarget reads the auth-url of an Ingress. ok is false if there is none.
func (c *Cluster) AuthTarget(i kubernetes.Ingress) (a AuthTarget, ok bool) {
	text := ingressnginx.Annotation(i, "auth-url")
	own := map[string]string{
		"host":           c.env.Host(),
		"http_host":      c.env.Host(),
		"best_http_host": c.env.Host(),
		"scheme":         "https",
	}
	u, err := url.Parse(ingressnginx.Expand(text, own))
	if err != nil {
		return AuthTarget{Host: text}, true
	}
	a = AuthTarget{Host: u.Hostname(), Path: u.Path, Gafaelfawr: ingressnginx.IsGafaelfawr(u.Hostname())}
	if service := ingressnginx.ServiceOf(a.Host); service != "" {
		a.Known = slices.ContainsFunc(List(c, kubernetes.Services, "", ""),
			func(s kubernetes.Service) bool { return s.ID() == service })
	}
	for _, r := range i.Spec.Rules {
		a.Known = a.Known || r.Host == a.Host
	}
	a.Known = a.Known || a.Host == c.env.Host()
	return a, text != ""
}

// ApplicationNamespaces returns the namespaces of the declared services, and those with
// an Ingress.
func (c *Cluster) ApplicationNamespaces() map[string]bool {
	all := map[string]bool{}
	for _, namespace := range c.serviceNamespaces() {
		all[namespace] = true
	}
	for _, i := range List(c, kubernetes.Ingresses, "", "") {
		all[i.Namespace()] = true
	}
	return all
}

// releaseLabels are the labels by which charts tell their installations apart.
var releaseLabels = []string{"app.kubernetes.io/name", "app.kubernetes.io/instance"}

// OfOtherController reports whether the Service selects the pods of an ingress controller
// that is not the deployment's: an IngressClass, which only the cluster's administrators
// make, is of the same installation.
func (c *Cluster) OfOtherController(s kubernetes.Service) bool {
	return slices.ContainsFunc(TryList(c, kubernetes.IngressClasses, ""), func(class kubernetes.IngressClass) bool {
		release := class.Meta.Annotations["meta.helm.sh/release-namespace"]
		same := !slices.ContainsFunc(releaseLabels, func(label string) bool {
			own := class.Meta.Labels[label]
			return own == "" || own != s.Spec.Selector[label]
		})
		return same && class.Spec.Controller != ingressnginx.NginxController &&
			(release == "" || release == s.Namespace())
	})
}

// Exposed reports whether an object may be reachable past the ingress, because
// the environment declares it or because Kubernetes and the ingress need it.
func (c *Cluster) Exposed(o kubernetes.Object) bool {
	controller := o.Namespace() == kubernetes.ControllerNamespace &&
		o.Meta.Labels["app.kubernetes.io/name"] == "ingress-nginx"
	return controller || o.Namespace() == "kube-system" ||
		slices.ContainsFunc(c.env.Exposed, func(pattern string) bool {
			return verdict.Like(o.ID(), pattern)
		})
}
