package validation

import (
	"crypto/tls"
	"encoding/pem"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/lsst-sqre/muster/validation/suite"
)

func TestAnnotations(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "No annotation of an Ingress lets callers in without Gafaelfawr, gives one caller's answer to another, lets " +
			"revoked tokens work for hours, or sends requests elsewhere.",
		Cause: "An annotation of a site, in the template of a GafaelfawrIngress or set by hand. The line says what it " +
			"breaks. Remove it.",
		Needs:    []suite.Feature{suite.Kubernetes},
		Security: true,
	}, func(c *suite.Check) {
		for _, i := range suite.List(c, suite.Ingresses, "", "") {
			for _, w := range suite.Weaknesses(i) {
				c.ExpectOf(i, false, "no annotation that weakens its authentication",
					fmt.Sprintf("%s is %q, so that %s", w.Annotation, w.Value, w.Breaks),
					suite.Setting(w.Annotation, "", w.Value))
			}
		}
	})
}

func TestIngressSettings(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "The annotations of an Ingress let it do what it is there for: paths reach the application as it knows them, " +
			"Gafaelfawr's refusals and long answers arrive, and the home page is shown.",
		Cause: "An annotation of a site, in the template of a GafaelfawrIngress or set by hand. The line names it and says " +
			"what it breaks.",
		Needs: []suite.Feature{suite.IngressNginx},
	}, func(c *suite.Check) {
		for _, i := range c.Ingresses() {
			for _, b := range suite.Breakages(i) {
				c.ExpectOf(i, false, "an annotation with which the Ingress works", fmt.Sprintf("%s is %q, so that %s",
					b.Annotation, b.Value, b.Breaks), suite.Setting(b.Annotation, "", b.Value))
			}
			root := suite.AppRoot(i, c.Env().Host())
			c.ExpectOf(i, root == "" || !c.Env().Has(suite.HomePage), "the home page at /",
				"app-root sends everyone from there to "+root, suite.Setting("app-root", "", root))
			for _, l := range suite.Limits(i) {
				c.Remark("%s has %s, which Phalanx never sets: %s", i, l.Annotation, l.Breaks)
			}
		}
	})
}

func TestIngressesServed(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "Every Ingress that exists is served, and its Service has endpoints.",
		Cause: "404: the controller ignores the Ingress (its class, an annotation that it refuses, or an older " +
			"Ingress that nginx cannot load, see TestControllerReload). 503: its Service has no ready endpoints.",
		Needs: []suite.Feature{suite.IngressNginx},
		Takes: sweepTime,
	}, func(c *suite.Check) {
		routes := c.Routes()
		for _, r := range routes {
			c.ExpectOf(r, !r.Literal(), "use-regex beside a path that is a pattern",
				"no Ingress of the host has use-regex or rewrite-target, so that nginx serves the letters of "+r.Path+" alone",
				suite.Setting("use-regex", "true", ""))
		}
		missing := c.MissingPages(routes)
		served := func(r suite.Route) bool { return r.Kind == "Ingress" && c.Settled(r.Object) }
		var complaints []suite.Complaint
		for _, v := range c.Sweep(routes, served, suite.Request{}) {
			if v.Missing(missing) || v.Unavailable() {
				complaints = append(complaints, v.Complain(routes, "an answer of the application or of Gafaelfawr"))
			}
			if v.Like(missing) {
				complaints = append(complaints, v.Complain(routes, "another answer than at an unused address"))
			}
		}
		for i := range complaints[:min(aFew, len(complaints))] {
			complaints[i] = complaints[i].InTurn(missing, aFew)
		}
		c.Complain(complaints)
		for _, i := range suite.LoneCanaries(c.Ingresses()) {
			c.ExpectOf(i, !c.Settled(i.Object), "another Ingress of the same host and path",
				"there is none, and ingress-nginx serves no path by a canary alone", suite.Unreferenced("canary"))
		}
	})
}

func TestIngressConflicts(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "No two Ingresses claim the same path of a host, and none a path of Gafaelfawr's or a part of the requests " +
			"there.",
		Cause: "ingress-nginx serves the older one without a warning, so age decides whether the path is protected. What " +
			"is meant for Gafaelfawr goes to the application, with the tokens of users. A canary with a weight sends some " +
			"requests elsewhere, at random.",
		Needs: []suite.Feature{suite.IngressNginx},
	}, func(c *suite.Check) {
		first := map[string]suite.Route{}
		routes := c.Routes()
		ofGafaelfawr(c, routes)
		undivided(c, routes)
		for _, r := range routes {
			// ImplementationSpecific is a prefix here
			exact := map[bool]string{true: "Exact", false: "Prefix"}[r.PathType == "Exact"]
			key := strings.Join([]string{r.Class, r.Host, exact, r.Path}, " ")
			if r.Implied {
				continue
			}
			if o, taken := first[key]; taken && r.Kind == "Ingress" {
				c.ExpectOf(r, false, "to be alone with "+r.Host+r.Path, o.String()+" claims it, too", suite.Conflict())
			} else if r.Kind == "Ingress" {
				first[key] = r
			}
		}
	})
}

func TestPathsLiteral(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "No Ingress makes all paths of its host patterns without having one itself.",
		Cause: "use-regex was set, for example by hand: paths then match whatever begins like them, in any case, so that " +
			"/authfoo reaches Gafaelfawr.",
		Needs: []suite.Feature{suite.IngressNginx},
	}, func(c *suite.Check) {
		for _, i := range suite.NeedlessPatterns(c.Ingresses()) {
			c.ExpectOf(i, !c.Settled(i.Object), "no use-regex without a pattern among its paths",
				"it has use-regex, which makes every path of its host a pattern", suite.Setting("use-regex", "", "true"))
		}
	})
}

// ofGafaelfawr verifies that no other application has a path of Gafaelfawr's.
func ofGafaelfawr(c *suite.Check, routes []suite.Route) {
	for _, r := range routes {
		if r.Kind != "Ingress" || r.Namespace() == "gafaelfawr" || r.IsSolver() {
			continue
		}
		at := slices.IndexFunc(routes, func(g suite.Route) bool {
			return g.Kind == "Ingress" && g.Namespace() == "gafaelfawr" && g.Path != "/" && g.Covers(r.Host, r.Path)
		})
		if at >= 0 {
			c.ExpectOf(r, false, "no path of Gafaelfawr's", "it takes a part of "+routes[at].String(),
				suite.Setting("path", "", r.Path))
		}
	}
}

// undivided verifies that no canary takes a part of the requests to Gafaelfawr or to Muster.
func undivided(c *suite.Check, routes []suite.Route) {
	for _, r := range suite.WeightedCanaries(c.Ingresses()) {
		at := slices.IndexFunc(routes, func(o suite.Route) bool {
			ours := o.Namespace() == "gafaelfawr" && o.Path != "/" ||
				o.Host == c.Env().Host() && strings.HasPrefix(o.Path+"/", c.Env().Muster.Path+"/")
			return o.Kind == "Ingress" && ours && o.Host == r.Host && o.Path == r.Path
		})
		if at >= 0 {
			c.ExpectOf(r, false, "one Service for all requests", "it is a canary and takes a part of the requests of "+
				routes[at].String(), suite.Setting("canary-weight", "0", ""))
		}
	}
}

func TestIngressTLS(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "Every host that Ingresses serve is listed under tls by one of them, or only redirects to TLS.",
		Cause: "ingress-nginx redirects plain HTTP to TLS only for such hosts, unless force-ssl-redirect is on. In " +
			"Phalanx the Ingress of squareone or of Argo CD lists the host, or a GafaelfawrIngress with tls in its " +
			"template.",
		Needs: []suite.Feature{suite.IngressNginx},
	}, func(c *suite.Check) {
		var listed []string
		ingresses, config := c.Ingresses(), c.ControllerConfig()
		for _, i := range ingresses {
			listed = append(listed, i.TLSHosts()...)
		}
		for _, i := range ingresses {
			// A challenge is answered in clear, before there is a certificate.
			if suite.Solves(i) || suite.ForcesTLS(i, config) {
				continue
			}
			for _, r := range i.Spec.Rules {
				if o, ok := listsOthers(ingresses, r.Host); ok && o.ID() != i.ID() {
					continue // that one is to be corrected
				}
				c.ExpectOf(i, r.Host == "" || suite.HostIn(listed, r.Host), "the host "+r.Host+" under tls of some Ingress",
					"no Ingress lists it", suite.Unreferenced("host"))
			}
		}
	})
}

// listsOthers returns an Ingress that serves the host and lists under tls none of the hosts
// that it serves.
func listsOthers(ingresses []suite.Ingress, host string) (suite.Ingress, bool) {
	at := slices.IndexFunc(ingresses, func(i suite.Ingress) bool {
		serves, own := false, false
		for _, r := range i.Spec.Rules {
			serves, own = serves || r.Host == host, own || suite.HostIn(i.TLSHosts(), r.Host)
		}
		return serves && !own && len(i.TLSHosts()) > 0
	})
	if at < 0 {
		return suite.Ingress{}, false
	}
	return ingresses[at], true
}

func TestIngressClass(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "The IngressClass nginx belongs to ingress-nginx, and the class of every Ingress exists.",
		Cause: "An Ingress without a class, or with one that has no controller, is not served: its paths answer 404, " +
			"or a broader Ingress answers.",
		Needs: []suite.Feature{suite.IngressNginx},
	}, func(c *suite.Check) {
		var names []string
		for _, class := range suite.List(c, suite.IngressClasses, "", "") {
			names = append(names, class.Meta.Name)
			c.ExpectOf(class, class.Meta.Name != "nginx" || class.Spec.Controller == "k8s.io/ingress-nginx",
				"controller k8s.io/ingress-nginx", "controller "+class.Spec.Controller,
				suite.Setting("controller", "k8s.io/ingress-nginx", class.Spec.Controller))
		}
		c.Expect(slices.Contains(names, "nginx"), nil, "the IngressClass nginx", "there are: "+strings.Join(names, ", "),
			suite.Missing("IngressClass"))
		for _, i := range c.Ingresses() {
			class := i.ClassOrAnnotation()
			c.ExpectOf(i, slices.Contains(names, class), "an ingressClassName that exists",
				fmt.Sprintf("ingressClassName %q", class), suite.Setting("ingressClassName", "nginx", class))
		}
	})
}

func TestTLSSecrets(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "The Secrets that Ingresses name for the deployment's host hold a certificate and its key.",
		Cause: "ingress-nginx ignores a Secret that does not exist, is in another namespace, or is unreadable. It " +
			"then serves its default or its fake certificate. The Secret comes from cert-manager (kubectl get " +
			"certificate -A) or Vault.",
		Needs: []suite.Feature{suite.IngressNginx, suite.ReadSecrets},
	}, func(c *suite.Check) {
		made := strings.Contains(c.Certificates()[0].Subject.CommonName, "Fake Certificate")
		named := false
		for _, i := range suite.List(c, suite.Ingresses, "", "") {
			for _, entry := range i.Spec.TLS {
				if suite.HostIn(entry.Hosts, c.Env().Host()) && entry.SecretName != "" {
					named = true
					tlsSecret(c, i, entry.SecretName, made)
				}
			}
		}
		c.Expect(named || !made, nil,
			"an Ingress that names the Secret of the certificate, or a default certificate of the controller",
			"no Ingress with "+c.Env().Host()+" under tls names a Secret, and the controller has no default certificate",
			suite.Unreferenced("Secret"))
	})
}

// tlsSecret verifies one Secret. That it is missing is a fault only where the
// controller has no other certificate, either.
func tlsSecret(c *suite.Check, i suite.Ingress, name string, made bool) {
	secret, ok := suite.Get(c, suite.Secrets, i.Namespace(), name)
	if !ok {
		c.ExpectOf(i, !made, "the Secret "+name+" of its tls", "there is no such Secret in namespace "+i.Namespace(),
			suite.Missing("Secret"))
		c.Remark("%s: its Secret %s does not exist, so another certificate is served", i, name)
		return
	}
	crt, key := secret.Data["tls.crt"], secret.Data["tls.key"]
	block, _ := pem.Decode(crt)
	if !c.ExpectOf(i, block != nil, "a certificate in PEM in tls.crt of Secret "+name,
		"tls.crt is not PEM: it may have been encoded twice, or its line ends lost", suite.Unusable(suite.NotPEM)) {
		return
	}
	_, err := tls.X509KeyPair(crt, key)
	c.ExpectOf(i, err == nil, "the key of the certificate in Secret "+name, fmt.Sprint(err),
		suite.Unusable(suite.KeyProblem))
}
