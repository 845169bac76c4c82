package validation

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/suite"
)

func TestLoginRedirect(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "A caller without a session, or with a token that is not valid, is sent to the login of this deployment, " +
			"with the URL of the requested page.",
		Cause: "401: the auth-signin annotation is missing. Another host: baseUrl in Gafaelfawr's configuration. " +
			"http in rd: use-forwarded-headers is off behind a load balancer that ends TLS.",
	}, func(c *suite.Check) {
		route := c.Probe("redirect")
		ownWayBack(c, route)
		route.Path += "?a=1&b=x%20y"
		for _, with := range []suite.Credential{suite.Anonymous, suite.Unknown()} {
			a := c.Get(route, with)
			a.Status(302)
			location := a.Location()
			target, err := url.Parse(location)
			c.Must(err == nil && target.Host != "", a, "a Location to the login", "Location: "+location)
			c.Equal(a, "login at", "https://"+c.Env().Host()+"/login", target.Scheme+"://"+target.Host+target.Path)
			want, rd := c.Env().URL+route.Path, target.Query().Get("rd")
			what := "way back (rd)"
			if rest, cut := strings.CutPrefix(want, rd); cut && strings.HasPrefix(rest, "&") {
				what = "way back (rd) up to the first &"
			}
			c.Equal(a, what, want, rd)
			a.NotFromBackend()
		}
	})
}

// ownWayBack verifies that of two requests, which differ in their queries alone, none gets
// the redirect of the other. No other check spells their path so.
func ownWayBack(c *suite.Check, page suite.Target) {
	at := strings.LastIndex(page.Path, "/") + 1
	page.Path = page.Path[:at] + fmt.Sprintf("%%%x", page.Path[at]) + page.Path[at+1:]
	urls := []string{c.Env().URL + page.Path + "?visitor=1", c.Env().URL + page.Path + "?visitor=2"}
	for i, own := range urls {
		page.Path = strings.TrimPrefix(own, c.Env().URL)
		a := c.Get(page, suite.Anonymous)
		target, err := url.Parse(a.Header.Get("Location"))
		others := a.Err == nil && err == nil && a.Code == 302 && target.Query().Get("rd") == urls[1-i]
		c.Expect(!others, a, "way back (rd) "+own, "that of another request, "+urls[1-i],
			suite.Value("way back (rd) of another request", own, urls[1-i]))
	}
}

func TestLoginRedirectErrors(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "A route with a login redirect still answers 403 for a missing scope, 400 for a malformed " +
			"Authorization, and 403 to a script, instead of a redirect that cannot help.",
		Cause: mappingCause,
	}, func(c *suite.Check) {
		route := c.Probe("redirect")
		c.Get(route, suite.Bearer(c.Unscoped())).
			Forbidden(c.WantChallenge(gafaelfawr.ErrorInsufficientScope, "Token missing required scope", route.Scope))
		const words = "Malformed Authorization header"
		c.Get(route, suite.Authorization("Bearer", "")).
			Malformed(c.WantChallenge(gafaelfawr.ErrorInvalidRequest, words), words)
		ajax := []gafaelfawr.HeaderLine{{"X-Requested-With", "XMLHttpRequest"}}
		c.Do(suite.Request{Target: route, Headers: ajax}).Forbidden(c.WantChallenge("", ""))
	})
}

func TestLoginRedirectWithToken(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says:  "A route with a login redirect lets in a token with the scope.",
		Cause: reportCause,
	}, func(c *suite.Check) {
		c.Get(c.Probe("redirect"), suite.Bearer(c.Scoped())).ReportPasses()
	})
}

func TestLogin(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "The login sends the browser on to the identity provider over TLS, with a state of its own, this host's " +
			"login to return to, and a session cookie that is HttpOnly and Secure.",
		Cause: "404: the Ingress of Gafaelfawr lacks /login. 500: the provider's settings are incomplete. The same state " +
			"twice: a cache in front keeps the redirect.",
	}, func(c *suite.Check) {
		login := c.Site("/login?rd=" + url.QueryEscape(c.Env().URL+"/"))
		a := c.Get(login, suite.Anonymous)
		a.MustStatus(302, 303, 307)
		location := a.Location()
		target, err := url.Parse(location)
		c.Expect(err == nil && target.Scheme == "https" && target.Query().Get("state") != "", a,
			"Location: an https URL with a state", "Location: "+location)
		if wanted := c.Env().Gafaelfawr.Login.URL; wanted != "" && err == nil {
			provider, _ := url.Parse(wanted) // it was read with the environment
			c.Expect(provider == nil || strings.EqualFold(provider.Host, target.Host), a,
				"a login at "+wanted+", as Gafaelfawr is configured in Git", "Location: "+location)
		}
		if back, err := url.Parse(target.Query().Get("redirect_uri")); err == nil && back.Host != "" {
			c.Equal(a, "way back from the provider", "https://"+c.Env().Host()+"/login", back.Scheme+"://"+back.Host+back.Path)
		}
		c.Expect(err != nil || target.Query().Get("client_id") != "", a, "Location: a URL with a client_id",
			"Location: "+location, suite.Value("client_id", "one", "none"))
		a.SetsCookie(gafaelfawr.CookieName)
		again := c.Get(login, suite.Anonymous)
		old := c.Get(login, suite.Cookie("gafaelfawr=junk")) // of before its key was changed
		old.Status(302, 303, 307)
		same := again.Location() == location || again.Location() == old.Location() && old.Location() != ""
		c.Expect(!same, again, "another state for another login", "the same Location: "+again.Location(),
			suite.Value("state of another login", "another", "the same"))
	})
}

func TestLoginState(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "A login remembers its state and the page to return to. Who comes back from the identity provider with " +
			"another state, or with none, is refused.",
		Cause: "500: Gafaelfawr asks the provider before it compares the state. Another page or state: a cache in front " +
			"keeps the login of somebody else, or something changes its cookie. 200 or a redirect: this is not Gafaelfawr.",
	}, func(c *suite.Check) {
		page := c.Env().URL + "/muster?a=login"
		begun := c.Get(c.Site("/login?rd="+url.QueryEscape(page)), suite.Anonymous)
		begun.MustStatus(302, 303, 307)
		session, state := sessionOf(begun), stateOf(begun)
		c.Must(session != "" && state != "", begun, "a state in Location, and a session cookie", begun.Excerpt())
		with := suite.Cookie(session)
		again := c.Get(c.Site("/login?rd="+url.QueryEscape(c.Env().URL+"/")), with) // of another tab
		if again.Status(302, 303, 307) {
			c.Equal(again, "state of a login that goes on", state, stateOf(again))
		}
		for _, query := range []string{"code=muster&state=another", "code=muster", "code=muster&state="} {
			a := c.Get(c.Site("/login?"+query), with)
			if a.Status(403) {
				a.HeaderIs("Cache-Control", "no-cache, no-store")
				c.Expect(strings.Contains(string(a.Body), "state"), a, "a page that says what is wrong with the state",
					a.Excerpt(), suite.Value("page of a failed login", "a message", "none"))
				forgets(c, a)
			}
		}
		// The browser may have lost its session, or another tab has logged in.
		a := c.Get(c.Site("/login?code=muster&state=another"), suite.Anonymous)
		if a.Permits("who comes back without a session", "GET /login", 302, 303, 307) {
			a.RedirectsTo(cmp.Or(c.Env().Gafaelfawr.AfterLogoutURL, c.Env().URL))
		}
		if remembered, ok := c.OpenSession(session[len(gafaelfawr.CookieName)+1:]); ok {
			c.Equal(begun, "state in the session", state, remembered.State)
			what := "return_url in the session"
			if path, _, _ := strings.Cut(page, "?"); remembered.ReturnURL == path {
				what = "query of return_url in the session"
			}
			c.Equal(begun, what, page, remembered.ReturnURL)
			c.Expect(remembered.Token == "", begun, "no token in the session of a login that was begun", "a token")
		}
	})
}

// forgets verifies that a login ends with its failure: its state must not be of use again.
func forgets(c *suite.Check, a *suite.Answer) {
	_, cookie, _ := strings.Cut(sessionOf(a), "=")
	forgotten := cookie != ""
	if forgotten {
		left, ok := c.OpenSession(cookie)
		forgotten = !ok || left.State == "" && left.ReturnURL == ""
	}
	c.Expect(forgotten, a, "Set-Cookie with a session that has forgotten the login", "the login goes on after it failed",
		suite.Value("login after it failed", "forgotten", "goes on"))
}

// stateOf is the state that a redirect to the identity provider has, "" for none.
func stateOf(a *suite.Answer) string {
	target, err := url.Parse(a.Header.Get("Location"))
	if err != nil {
		return ""
	}
	return target.Query().Get("state")
}

// strangers are ways to name another site in rd.
var strangers = []string{
	"https://evil.example.org/",
	"https://HOST@evil.example.org/",
	"https://HOST.evil.example.org/",
	"//evil.example.org/",
	"///evil.example.org/", // browsers take all of these for //evil.example.org
	"https:///evil.example.org/",
	"https:evil.example.org",
	`/\evil.example.org/`,
	"\t//evil.example.org/",
	"https://xHOST/",
}

func noOpenRedirect(c *suite.Check, path string) {
	for _, rd := range strangers {
		rd = strings.ReplaceAll(rd, "HOST", c.Env().Host())
		a := c.Get(c.Site(path+"?rd="+url.QueryEscape(rd)), suite.Anonymous)
		if a.Status(422) {
			refuses(a, "invalid_return_url", "URL is not at ", "query", "rd")
		}
		a.HeaderAbsent("Location")
	}
}

func TestLoginOpenRedirect(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says:  "The login refuses a return URL of another site.",
		Cause: "A proxy answers /login, or rewrites the rd parameter.",
	}, func(c *suite.Check) {
		noOpenRedirect(c, "/login")
		// Clients may send the header, which counts where there is no rd (recorded for nginx alone).
		foreign := []gafaelfawr.HeaderLine{{"X-Auth-Request-Redirect", "https://example.org/"}}
		alone := c.Do(suite.Request{Target: c.Site("/login"), Headers: foreign})
		alone.Status(422)
		alone.HeaderAbsent("Location")
		own := c.Site("/login?rd=" + url.QueryEscape(c.Env().URL+"/"))
		c.Do(suite.Request{Target: own, Headers: foreign}).
			Permits("somebody who names another page in X-Auth-Request-Redirect", "GET /login?rd=", 302, 303, 307)
	})
}

func TestLogoutOpenRedirect(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says:  "The logout refuses a return URL of another site.",
		Cause: "A proxy answers /logout, or rewrites the rd parameter.",
	}, func(c *suite.Check) { noOpenRedirect(c, "/logout") })
}

func TestLogout(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "The logout leads everyone to the page that they ask for, else to the home page or where the environment " +
			"says, and replaces the session with an empty one.",
		Cause: "404: the Ingress of Gafaelfawr lacks /logout. Another page: afterLogoutUrl in Gafaelfawr's configuration, " +
			"or a cache in front. No cookie: a proxy answers /logout, or drops Set-Cookie.",
	}, func(c *suite.Check) {
		// A login that was only begun is a session, too.
		begun := c.Get(c.Site("/login?rd="+url.QueryEscape(c.Env().URL+"/")), suite.Anonymous)
		session := sessionOf(begun)
		c.Must(session != "", begun, "a session cookie of the login", "no header Set-Cookie")
		for i, with := range []suite.Credential{suite.Anonymous, suite.Cookie(session)} {
			page := fmt.Sprintf("%s/muster/%d?a=1&b=%%2F&c", c.Env().URL, i)
			back := c.Get(c.Site("/logout?rd="+url.QueryEscape(page)), with)
			if back.Status(302, 303, 307) {
				what := "way back from the logout"
				if path, _, _ := strings.Cut(page, "?"); strings.HasPrefix(back.Location(), path) {
					what = "query of the " + what
				}
				c.Equal(back, what, page, back.Location())
			}
			a := c.Get(c.Site("/logout"), with)
			if a.Status(302, 303, 307) {
				a.RedirectsTo(cmp.Or(c.Env().Gafaelfawr.AfterLogoutURL, c.Env().URL))
			}
			if len(with) == 0 {
				continue
			}
			for _, a := range []*suite.Answer{a, back} {
				if a.Code == 422 {
					continue // it is refused, which was found above
				}
				a.SetsCookie(gafaelfawr.CookieName)
				c.Expect(sessionOf(a) != "" && sessionOf(a) != session, a, "Set-Cookie with another session",
					"the session stays", suite.Value("session after the logout", "another", "the same"))
				// A browser takes a cookie of another domain or path for another cookie (RFC 6265, section 5.3).
				if sessionOf(a) != "" {
					c.Equal(a, "the domain and path of the cookie of before", reach(begun), reach(a))
				}
			}
		}
	})
}

// reach is to whom a browser sends Gafaelfawr's cookie: its attributes Domain and Path.
func reach(a *suite.Answer) (all []string) {
	for _, line := range a.Cookies(gafaelfawr.CookieName) {
		for attribute := range strings.SplitSeq(line, ";") {
			name, value, _ := strings.Cut(strings.TrimSpace(attribute), "=")
			if name = strings.ToLower(name); name == "domain" || name == "path" {
				all = append(all, name+"="+value)
			}
		}
	}
	slices.Sort(all)
	return all
}

// sessionOf is Gafaelfawr's cookie as a browser sends it back, "" for none.
func sessionOf(a *suite.Answer) string {
	lines := a.Cookies(gafaelfawr.CookieName)
	if len(lines) == 0 {
		return ""
	}
	session, _, _ := strings.Cut(lines[0], ";")
	return session
}

func TestPages(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "The page of a probe sends people without a session to the login and refuses people without the scope. " +
			"It shows the others their identity, as the JSON report does, and not their token. The index names the scope.",
		Cause: "401: the GafaelfawrIngress of the page lacks loginRedirect. 404: Muster is older than its chart. " +
			"The token is shown: the page's own Ingress was edited. Another scope: MUSTER_SCOPE.",
	}, func(c *suite.Check) {
		id := c.Token(suite.Spec{Name: "shown", User: c.FreshUser("shown"), Scopes: []string{c.Env().Scope},
			Email: "check@example.org"})
		for _, name := range []string{"authenticated", "delegated"} {
			page := c.Page(name)
			c.Get(page, suite.Anonymous).Unauthorized(c.WantChallenge("", ""))
			c.Get(page, suite.Bearer(c.Unscoped())).
				Forbidden(c.WantChallenge(gafaelfawr.ErrorInsufficientScope, "Token missing required scope", page.Scope))
			showsReport(c, name, id)
		}
		a := c.Get(c.Page("anonymous"), suite.Anonymous)
		a.Status(200)
		a.Unchanged()
		c.Expect(!strings.Contains(string(a.Body), "<script"), a, "a page without scripts, as Muster's are", "it has one",
			suite.Value("scripts in a page", "none", "some"))
		namesScope(c)
	})
}

// showsReport verifies that a page shows the caller, and what the report in JSON
// says of another request. Both are asked again where they differ, because Muster's
// own question to Gafaelfawr may have timed out in one of them.
func showsReport(c *suite.Check, name string, id *suite.Identity) {
	ask := func() (page, json *suite.Answer) {
		return c.Get(c.Page(name), suite.Bearer(id)), c.Get(c.Sighted(name), suite.Bearer(id))
	}
	verdict := func(json *suite.Answer) string { return `class="verdict ` + string(json.Report().Status) + `"` }
	a, json := ask()
	if !strings.Contains(string(a.Body), verdict(json)) {
		a, json = ask()
	}
	a.Status(200)
	a.Unchanged()
	json.ReportPasses()
	body, status := string(a.Body), string(json.Report().Status)
	c.Expect(strings.Contains(body, ">"+id.User+"<"), a, "the user "+id.User+" on the page", "another user, or none")
	c.Expect(strings.Contains(body, id.Email), a, "the email "+id.Email+" on the page", "another email, or none",
		suite.Value("email on the page", id.Email, "another, or none"))
	c.Expect(!strings.Contains(body, id.Token.Fingerprint()), a,
		"the caller's token ("+id.Token.Fingerprint()+") not at the application", "the page shows it")
	c.Expect(strings.Contains(body, verdict(json)), a, "the verdict "+status+" on the page",
		"another verdict than the report in JSON, "+status)
	for _, check := range json.Report().Checks {
		c.Expect(strings.Contains(body, "<code>"+check.Name+"</code>"), a,
			"the check "+check.Name+" of the report in JSON", "it is not there")
	}
}
