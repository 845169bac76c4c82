package validation

import (
	"strings"
	"testing"

	"github.com/lsst-sqre/muster/validation/suite"
)

func TestHomePage(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "The home page answers anyone with HTML.",
		Cause: "squareone is not installed or not ready. 503: it has no endpoints. Another page: another " +
			"application's Ingress has /.",
		Needs: []suite.Feature{suite.HomePage},
	}, func(c *suite.Check) {
		a := c.Get(c.Site("/"), suite.Anonymous)
		a.Status(200)
		c.Expect(strings.HasPrefix(a.Header.Get("Content-Type"), "text/html"), a, "a page (text/html)", a.Excerpt())
		for _, other := range []string{"Welcome to nginx", "default backend"} {
			c.Expect(!strings.Contains(string(a.Body), other), a, "the home page of the deployment",
				"another page: "+a.Excerpt())
		}
	})
}

func TestHomePageLoggedIn(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "The home page answers those who have logged in, too.",
		Cause: "500: it asks Gafaelfawr who its visitor is, and does not get there, or does not understand the answer. " +
			"400: the session's cookie is too large for something on the way.",
		Needs: []suite.Feature{suite.HomePage},
	}, func(c *suite.Check) {
		anyone := c.Get(c.Site("/"), suite.Anonymous)
		anyone.MustStatus(200) // TestHomePage judges that
		c.Get(c.Site("/"), c.Session(c.Scoped()).Cookie()).Status(200)
	})
}

func TestUnknownPath(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "An address that no application has is answered as such, by the ingress or by the home page's application, " +
			"and not with an error of the server.",
		Cause: "502, 503: the default backend of ingress-nginx (default-backend-service, spec.defaultBackend) has no " +
			"endpoints, or the application at / is down. 500: the application at / fails for what it does not have.",
	}, func(c *suite.Check) {
		for _, http2 := range c.Versions() {
			for _, path := range []string{"/muster-no-such-path", "/no/such/path.html?a=b"} {
				a := c.Do(suite.Request{Target: c.Site(path), HTTP2: http2})
				// A home page needs no login. It may have a page or a redirect for every address.
				refused := c.Env().Has(suite.HomePage) && a.Code >= 400 && a.Code != 404 && a.Code != 410
				if refused || a.Code >= 500 {
					a.Status(404)
				}
				a.NotFromBackend()
			}
		}
	})
}

func TestHomePageAssets(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "The scripts and style sheets to which the home page refers are there, and its own are on this host.",
		Cause: "The page comes from another version than the assets (a rollout half-way, a cache in front), or " +
			"their path belongs to another Ingress. Another host: its values are those of another environment.",
		Needs: []suite.Feature{suite.HomePage},
	}, func(c *suite.Check) {
		page := c.Get(c.Site("/"), suite.Anonymous)
		page.MustStatus(200)
		assets := page.Assets()
		for _, to := range page.AssetsElsewhere() { // others are the site's own choice, such as those of a map
			c.Expect(!strings.HasPrefix(to.Path, "/_next/") && to.Scheme == "https" && !suite.Internal(to.Hostname()), page,
				"its own scripts on this host, and others over HTTPS", "it loads "+to.Redacted(),
				suite.Value("where the home page loads scripts", c.Env().Host(), to.Host))
		}
		if len(assets) == 0 {
			c.Skip("the home page refers to no scripts or style sheets of its own")
		}
		for _, path := range assets {
			a := c.Get(c.Site(path), suite.Anonymous)
			kind := a.Header.Get("Content-Type")
			if a.Status(200) { // browsers obey the type (nosniff), and run no page as a script
				c.Expect(!strings.HasPrefix(kind, "text/html"), a, "a script or a style sheet", "a page ("+kind+")",
					suite.Value("type of what a page loads", "a script or a style sheet", "text/html"))
			}
		}
	})
}

func TestHomePageUsable(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "Browsers may run the scripts of the home page, and its links to the login and the logout lead to this host.",
		Cause: "A Content-Security-Policy for programs was set for all hosts (add-headers, a proxy in front). Another " +
			"host: its values are those of another environment.",
		Needs: []suite.Feature{suite.HomePage},
	}, func(c *suite.Check) {
		page := c.Get(c.Site("/"), suite.Anonymous)
		if page.Code != 200 {
			c.Skip("the home page is not there: TestHomePage judges that")
		}
		for _, to := range page.LoginsElsewhere() {
			c.Expect(false, page, "a link to this host", "the link "+to.Redacted(),
				suite.Value("host of the login", c.Env().Host(), to.Host))
		}
		directive := page.ForbidsScripts()
		c.Expect(directive == "" || len(page.Assets()) == 0, page, "a Content-Security-Policy that allows its scripts",
			directive, suite.Value("Content-Security-Policy", "", directive))
	})
}

func TestHomePageIndependent(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "The Ingress of the home page does not ask Gafaelfawr.",
		Cause: "With auth-url the home page answers 500 while Gafaelfawr is down, so people cannot read the notice " +
			"about it. Phalanx's squareone has an Ingress of its own.",
		Needs: []suite.Feature{suite.Kubernetes, suite.HomePage},
	}, func(c *suite.Check) {
		for _, r := range c.Routes() {
			if r.Path == "/" && r.Host == c.Env().Host() {
				c.ExpectOf(r, r.NoAuthURL, "no auth-url", "it asks Gafaelfawr")
			}
		}
	})
}
