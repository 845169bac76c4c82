package cluster

import (
	"net/url"
	"slices"

	"github.com/lsst-sqre/muster/validation/kubernetes"
	"github.com/lsst-sqre/muster/validation/kubernetes/ingressnginx"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// Asked is whom an auth-url asks.
type Asked struct {
	// Host is what the URL names.
	Host string
	// Gafaelfawr says that it is Gafaelfawr's Service, Known that it is another
	// Service of the cluster, or a path of the deployment itself.
	Gafaelfawr, Known bool
}

// Asked reads the auth-url of an Ingress; false where it has none.
func (c *Cluster) Asked(i kubernetes.Ingress) (a Asked, ok bool) {
	text := ingressnginx.Annotation(i, "auth-url")
	own := map[string]string{
		"host":           c.env.Host(),
		"http_host":      c.env.Host(),
		"best_http_host": c.env.Host(),
		"scheme":         "https",
	}
	u, err := url.Parse(ingressnginx.Expand(text, own))
	if err != nil {
		return Asked{Host: text}, true
	}
	a = Asked{Host: u.Hostname(), Gafaelfawr: ingressnginx.IsGafaelfawr(u.Hostname())}
	if service := ingressnginx.ServiceOf(a.Host); service != "" {
		a.Known = slices.ContainsFunc(
			List(c, kubernetes.Services, "", ""),
			func(s kubernetes.Service) bool { return s.ID() == service },
		)
	}
	for _, r := range i.Spec.Rules {
		a.Known = a.Known || r.Host == a.Host
	}
	a.Known = a.Known || a.Host == c.env.Host()
	return a, text != ""
}

// Exposed reports whether the environment declares that an object may be reached
// past the ingress, or Kubernetes and the ingress themselves need it.
func (c *Cluster) Exposed(o kubernetes.Object) bool {
	controller := o.Namespace() == kubernetes.ControllerNamespace &&
		o.Meta.Labels["app.kubernetes.io/name"] == "ingress-nginx"
	return controller || o.Namespace() == "kube-system" ||
		slices.ContainsFunc(c.env.Exposed, func(pattern string) bool {
			return verdict.Like(o.ID(), pattern)
		})
}
