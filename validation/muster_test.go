package validation

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/suite"
)

func TestIndex(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "Muster's index lists its routes, and each of them is served by this deployment.",
		Cause: "404: a GafaelfawrIngress has no Ingress (its status and Gafaelfawr's operator tell), 503: no " +
			"endpoints. http in a URL: X-Forwarded-Proto or X-Forwarded-For is lost; another host: Host is changed " +
			"in front, or MUSTER_HOST.",
	}, func(c *suite.Check) {
		index := c.Get(c.Muster("/"), suite.Anonymous)
		index.MustStatus(200)
		index.TypeIsJSON()
		var urls map[string]any
		err := json.Unmarshal(index.Body, &urls)
		c.Must(err == nil, index, "an index in JSON", index.Excerpt())
		for _, member := range []string{
			"anonymous_url", "auth_required_url", "auth_redirect_url", "auth_quota_url", "delegated_url", "authorization_url",
		} {
			path, ok := c.PathOf(fmt.Sprint(urls[member]))
			if c.Expect(ok, index, member+" below "+c.Env().URL, fmt.Sprint(urls[member])) {
				a := c.Get(c.Site(path), suite.Anonymous)
				c.Expect(a.Code != 404 && a.Code < 500, a, "a route of Muster", a.Excerpt())
			}
		}
	})
}

// namesScope verifies that Muster's own page names the scope that its Ingresses ask for.
func namesScope(c *suite.Check) {
	page := c.Get(c.Muster("/pages/"), suite.Anonymous)
	_, rest, found := strings.Cut(string(page.Body), "Most probes need ")
	scope, _, _ := strings.Cut(rest, ",")
	c.Expect(!found || scope == c.Env().Scope, page, "a page that names the scope "+c.Env().Scope, "it names "+scope,
		suite.Value("scope on Muster's page", c.Env().Scope, scope))
}

func TestOpenAPI(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "Muster and Gafaelfawr describe their routes in OpenAPI documents, which send clients nowhere else.",
		Cause: "The anonymous GafaelfawrIngress of Muster does not cover the whole prefix. Another server: what is in " +
			"front does not tell the host and HTTPS (X-Forwarded-Proto), or Gafaelfawr describes its own address inside.",
	}, func(c *suite.Check) {
		for _, at := range []suite.Target{c.Muster("/openapi.json"), c.Site("/auth/openapi.json")} {
			a := c.Get(at, suite.Anonymous)
			a.MustStatus(200)
			a.TypeIsJSON()
			var document struct {
				OpenAPI string                 `json:"openapi"`
				Paths   map[string]any         `json:"paths"`
				Servers []struct{ URL string } `json:"servers"`
			}
			err := json.Unmarshal(a.Body, &document)
			c.Expect(err == nil && document.OpenAPI != "" && len(document.Paths) > 0, a, "an OpenAPI document with paths",
				a.Excerpt())
			for _, server := range document.Servers {
				whole := strings.HasPrefix(server.URL+"/", c.Env().URL+"/")
				path := strings.HasPrefix(server.URL, "/") && !strings.HasPrefix(server.URL, "//")
				c.Expect(whole || path, a, "a server at "+c.Env().URL, "it names "+gafaelfawr.Excerpt(server.URL, 100),
					suite.Value("server of the OpenAPI document", c.Env().URL, gafaelfawr.Excerpt(server.URL, 100)))
			}
		}
	})
}

func TestMobuRoutes(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "The routes that mobu's MusterRunner requests give exactly the bodies that it expects.",
		Cause: "The scope of these routes differs from the environment's, or the user has an email or is unknown to " +
			"Gafaelfawr.",
	}, func(c *suite.Check) {
		id := c.Scoped()
		c.Get(c.Muster("/anonymous"), suite.Bearer(id)).JSON(map[string]any{"ok": true})
		auth := map[string]any{"username": id.User}
		c.Get(c.Muster("/auth/fail"), suite.Bearer(id)).JSON(auth)
		c.Get(c.Muster("/auth/redirect"), suite.Bearer(id)).JSON(auth)
		user := map[string]any{
			"username": id.User,
			"name":     id.Info.FullName,
			"uid":      id.Info.UID,
			"gid":      id.Info.GID,
			"groups":   suite.SortedGroups(id.Info),
		}
		c.Get(c.Muster("/delegated/header"), suite.Bearer(id)).JSON(user)
		c.Get(c.Muster("/delegated/authorization"), suite.Bearer(id)).JSON(user)
		redirect := c.Muster("/auth/redirect")
		redirect.LoginRedirect = true
		c.Get(redirect, suite.Anonymous).Unauthorized(c.WantChallenge("", ""))
		const words = "Unknown Authorization type Token"
		c.Get(c.Muster("/auth/fail"), suite.Authorization("Token bogus", "")).
			Malformed(c.WantChallenge(gafaelfawr.ErrorInvalidRequest, words), words)
	})
}

func TestMobuRoutesProtected(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says:  "The routes that mobu's MusterRunner requests refuse callers without a token or without the scope.",
		Cause: "Their own Ingresses are missing or were edited, and the anonymous one of the prefix answers.",

		Security: true,
	}, func(c *suite.Check) {
		c.NeedScope()
		for _, path := range []string{"/auth/fail", "/auth/quota", "/delegated/header", "/delegated/authorization"} {
			route := c.Muster(path)
			c.Get(route, suite.Anonymous).Unauthorized(c.WantChallenge("", ""))
			c.Get(route, suite.Bearer(c.Unscoped())).
				Forbidden(c.WantChallenge(gafaelfawr.ErrorInsufficientScope, "Token missing required scope", c.Env().Scope))
		}
	})
}

func TestMusterIngresses(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "Muster's own GafaelfawrIngresses are as its chart writes them.",
		Cause: "Somebody edited or deleted one, and Gafaelfawr's operator follows. What the checks of that probe find is " +
			"then no fault of Gafaelfawr's. Sync the Application muster.",
		Needs: []suite.Feature{suite.Kubernetes},
	}, func(c *suite.Check) {
		if c.Env().Muster.Deployed != suite.GoMuster {
			c.Skip("the Go Muster is not deployed")
		}
		all, found := c.Alterations()
		if !found {
			c.Skip("no namespace has the GafaelfawrIngresses of a Muster at " + c.Env().Muster.Path)
		}
		other := c.OtherRelease()
		for _, a := range all {
			switch {
			case other != "":
				c.Remark("%s is not as this suite's release writes it (%s): Muster is %s", a.Of, a.Field, other)
			case a.Field == "":
				c.ExpectOf(a.Of, false, "a GafaelfawrIngress of Muster's chart", "there is none",
					suite.Missing("GafaelfawrIngress").At(a.Paths))
			default:
				c.ExpectOf(a.Of, false, a.Field+" "+a.Want, fmt.Sprintf("%s is %q", a.Field, a.Got),
					suite.Difference(a.Field, a.Got, false).At(a.Paths))
			}
		}
	})
}

// discovery is the part of repertoire's answer that Muster and mobu use.
type discovery struct {
	Services struct {
		Internal map[string]struct {
			URL      string `json:"url"`
			OpenAPI  string `json:"openapi"`
			Versions map[string]struct {
				URL string `json:"url"`
			} `json:"versions"`
		} `json:"internal"`
	} `json:"services"`
}

func TestDiscovery(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "Service discovery has the right URLs of Gafaelfawr's API and of Muster, and the OpenAPI documents that " +
			"it names exist.",
		Cause: "repertoire's rules or the environment's list of applications; Muster finds Gafaelfawr this way.",
		Needs: []suite.Feature{suite.Discovery},
	}, func(c *suite.Check) {
		a := c.Get(c.Site("/repertoire/discovery"), suite.Anonymous)
		a.MustStatus(200)
		a.TypeIsJSON()
		var d discovery
		c.Must(json.Unmarshal(a.Body, &d) == nil, a, "discovery in JSON", a.Excerpt())
		internal := d.Services.Internal
		isListed(c, a, "Gafaelfawr's API", c.Env().URL+"/auth/api/v1", internal["gafaelfawr"].Versions["v1"].URL)
		if c.Env().Muster.Deployed != suite.NoMuster {
			isListed(c, a, "Muster", c.Env().URL+c.Env().Muster.Path, internal["muster"].URL)
		}
		for _, name := range []string{"gafaelfawr", "muster"} {
			if path, ok := c.PathOf(internal[name].OpenAPI); ok {
				c.Get(c.Site(path), suite.Anonymous).Status(200)
			}
		}
	})
}

// isListed compares a URL of discovery. One of another host is another mistake than a missing one.
func isListed(c *suite.Check, a *suite.Answer, name, want, got string) {
	if at, err := url.Parse(got); err == nil && at.Host != "" && at.Hostname() != c.Env().Host() {
		name = "host of " + name
	}
	c.Equal(a, name, want, got)
}

func TestFresh(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "Every answer is made for its own request and may not be cached.",
		Cause: "A cache in front, or proxy_cache in a snippet: the answers of this run may then be old, or those of " +
			"another caller.",
	}, func(c *suite.Check) {
		for _, nonce := range []string{rand.Text(), rand.Text()} {
			a := c.Do(suite.Request{Target: c.Sighted("anonymous"), Headers: []gafaelfawr.HeaderLine{{"X-Muster-Nonce", nonce}}})
			a.Sees("X-Muster-Nonce", nonce)
			a.HeaderIs("Cache-Control", "no-store")
		}
	})
}
