package validation

import (
	"strings"
	"testing"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/suite"
)

func TestOwnPaths(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "Ingresses lead /auth, /login and /logout to Gafaelfawr, / to the home page and /argo-cd to Argo CD.",
		Cause: "Somebody edited or removed an Ingress that a chart has, and that no operator repairs: its class, host, " +
			"path or Service, or an annotation with which nginx answers itself. Sync its Application.",
		Needs: []suite.Feature{suite.Kubernetes},
	}, func(c *suite.Check) {
		own := led{c, "Gafaelfawr", c.GafaelfawrService(), true, map[string]bool{}}
		own.to("GET", "/auth/openapi.json", inJSON)
		own.to("GET", "/login", redirect, inJSON)
		own.to("GET", "/logout", redirect, inJSON)
		own.to("POST", "/auth/api/v1/tokens", inJSON) // refused, because it has no token
		if c.Env().Has(suite.HomePage) {
			home := led{c, "home page", c.ServiceNamed("squareone", "squareone"), false, map[string]bool{}}
			home.to("GET", "/", redirect, "text/html")
			for _, path := range c.Get(c.Site("/"), suite.Anonymous).Assets() {
				home.to("GET", path, "")
			}
		}
		if c.Env().Has(suite.ArgoCD) {
			argo := led{c, "Argo CD", c.ServiceNamed(c.Env().ArgoCD.Namespace, "argocd-server"), true, map[string]bool{}}
			argo.to("GET", "/argo-cd", redirect, "text/html")
			argo.to("POST", "/argo-cd/api/v1/session", inJSON) // refused, because it names no user
		}
	})
}

// Kinds of answers besides content types.
const (
	redirect = "redirect"
	inJSON   = "application/json"
)

// led verifies that requests reach a part of the deployment.
type led struct {
	c             *suite.Check
	part, service string
	// strict says that no other Service will do.
	strict bool
	known  map[string]bool
}

// to verifies that a request reaches the part. It is sent only if an object says that it may
// not; then an answer of the part's own kinds shows that it does.
func (l led) to(method, path string, kinds ...string) {
	asked := l.c.Site(path)
	path, _, _ = strings.Cut(path, "?")
	m, astray := l.c.Misled(l.service, path, l.strict)
	if _, diverted := l.c.Diverted(path, 0); !astray && !diverted {
		return
	}
	r := suite.Request{Method: method, Target: asked}
	if method == "POST" {
		r.Body, r.Headers = "{}", []gafaelfawr.HeaderLine{{"Content-Type", inJSON}}
	}
	a := l.c.Do(r)
	if answers(a, kinds) {
		return
	}
	if !astray {
		m, astray = l.c.Diverted(path, a.Code)
	}
	if key := m.String() + m.Field; astray && !l.known[key] && l.c.Settled(m.Object) {
		l.known[key] = true
		l.c.ExpectOf(m, false, "an Ingress that leads "+path+" to "+l.part, m.Text, suite.Setting(m.Field, l.part, m.Got))
	}
}

// answers reports whether an answer is of one of the kinds.
func answers(a *suite.Answer, kinds []string) bool {
	for _, kind := range kinds {
		// Gafaelfawr and Argo CD refuse in their own words.
		refuses := kind == inJSON && a.Code/100 == 4 && a.Code != 404
		of := kind != redirect && strings.HasPrefix(a.Header.Get("Content-Type"), kind)
		if kind == redirect && a.Code/100 == 3 || of && (a.Code == 200 || refuses) {
			return true
		}
	}
	return false
}
