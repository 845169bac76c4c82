package validation

import (
	"slices"
	"strings"
	"testing"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/suite"
)

// ordinary are headers that say nothing of who the caller is.
var ordinary = []gafaelfawr.HeaderLine{
	{"Accept", "application/json;q=0.9, */*;q=0.1"}, {"Accept-Language", "en, de;q=0.5"}, {"Content-Type", "text/plain"},
	{"Cache-Control", "max-age=0"}, {"If-Modified-Since", "Thu, 01 Jan 1970 00:00:00 GMT"}, {"If-None-Match", `"x"`},
	{"Origin", "https://www.example.org"}, {"Range", "bytes=0-1000000"}, {"Referer", "https://www.example.org/page"},
	{"User-Agent", "muster-check/1.0 (of a client)"}, {"X-Muster-Check", "a, b"}, {"X-Muster-Check-2", "c"},
	{"X-Request-ID", "0123456789abcdef0123456789abcdef"}, {"Accept-Encoding", "gzip;q=0.1"}, {"Prefer", "return=minimal"},
	{"If-Match", `"y"`}, {"X-Requested-With", "XMLHttpRequest"}, {"Depth", "1"},
	{"X-Rewrite-URL", "/login"}, {"X-HTTP-Method-Override", "DELETE"},
}

// ofProxies are headers that a load balancer or a network of caches sets for itself.
var ofProxies = []string{"X-Request-ID", "Accept-Encoding"}

// repeated are lines of one name. Something on the way may join them.
var repeated = []gafaelfawr.HeaderLine{{"X-Muster-Repeated", "1"}, {"X-Muster-Repeated", "2"}}

// longPath is what the path of an image in a survey may take.
const longPath = 300

// What identifiers of data sets have in paths, encoded or as it is (RFC 3986, section 2.2).
const (
	reserved = "%21%22%23%24%26%27%28%29%2A%2B%2C%3A%3B%3D%3F%40%5B%5D%7E%c3%A9%20%25"
	inPaths  = "!$&'()*+,:;=@~-._"
)

// askProbe is what a probe answers to whom it lets in; nil where the request was
// sent twice and is counted, so that the answer says nothing.
func askProbe(c *suite.Check, probe string, r suite.Request) (*suite.Answer, *suite.Identity) {
	id := c.IdentityFor(probe)
	route := c.Sighted(probe)
	route.Path += r.Target.Path
	r.Target, r.Credential = route, suite.Bearer(id)
	a := c.Do(r)
	if a.Retried && probe == "quota" {
		return nil, id
	}
	return a, id
}

// enterable are the probes that let in a user's own token.
func enterable(c *suite.Check) []string {
	names := []string{"anonymous"}
	for _, name := range c.GuardedProbes() {
		if name != "services" && (name != "user-domain" || c.DomainUser() != "") {
			names = append(names, name)
		}
	}
	return names
}

func TestRequestsUnchanged(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "Whatever the settings of a route, the application gets path, query and ordinary headers as the " +
			"client sent them, the user but no token from Gafaelfawr, and host, port, protocol and address from the " +
			"edge, one line each.",
		Cause: "All routes: a setting of ingress-nginx (use-forwarded-headers, proxy-set-headers), or a proxy in " +
			"front. One route: its Ingress has a snippet or annotation of its own, or was edited.",
	}, func(c *suite.Check) {
		const query = "?a=1&b=x%20y+z&a=2&c=%2B%2f&d&e[]=1|2&f={}&g=1;h=2"
		asks := suite.Request{Target: suite.Target{Path: query}, Headers: slices.Concat(ordinary, repeated)}
		for _, probe := range enterable(c) {
			a, id := askProbe(c, probe, asks)
			arrivesUnchanged(c, probe, query, a, id)
		}
		if c.SpeaksHTTP2() {
			asks.HTTP2 = true
			for _, probe := range []string{"anonymous", "authenticated"} {
				a, id := askProbe(c, probe, asks)
				arrivesUnchanged(c, probe, query, a, id)
			}
		}
		path := c.Sighted("anonymous").Path
		at := strings.LastIndex(path, "/")
		for _, path := range []string{
			path[:at] + "%2f" + path[at+1:], path[:at] + "//" + path[at+1:], path + ";v=1", path + "/" + letters(longPath),
		} {
			arrivesAs(c, "target at the application", path)
		}
		arrivesAs(c, "reserved characters at the application", path+"/"+reserved)
		arrivesAs(c, "reserved characters at the application", path+"/"+inPaths)
	})
}

// arrivesAs verifies that a path reaches the application as it was written.
func arrivesAs(c *suite.Check, what, path string) {
	a := c.Get(suite.Target{Path: path}, suite.Anonymous)
	if a.Status(200, 404) && a.Code == 200 { // 404 is Muster's own: it compares bytes
		c.Equal(a, what, path, a.Sighting().Path)
	}
}

// arrivesUnchanged verifies what reached the application.
func arrivesUnchanged(c *suite.Check, probe, query string, a *suite.Answer, id *suite.Identity) {
	if a == nil || !a.Status(200) {
		return
	}
	want, got := c.Sighted(probe).Path+query, a.Sighting().Path
	what := "target at the application"
	if onlyRepeated(want, got) {
		what = "repeated parameters at the application"
	}
	c.Equal(a, what, want, got)
	for _, line := range ordinary {
		if !slices.Contains(ofProxies, line.Name()) {
			a.Sees(line.Name(), line.Value())
		}
	}
	a.SeesJoined(repeated[0].Name(), "1, 2")
	a.SeesEdge()
	if probe == "anonymous" {
		c.Equal(a, "method at the application", "GET", a.Sighting().Method)
		a.Sees(gafaelfawr.HeaderUser)
	} else {
		a.Sees(gafaelfawr.HeaderUser, id.User)
	}
	a.Sees(gafaelfawr.HeaderEmail)
	a.Hides(id)
}

// onlyRepeated reports whether two targets differ in parameters that the wanted one has
// several times, as where something keeps one of them or joins them, and in nothing else.
func onlyRepeated(want, got string) bool {
	path, query, _ := strings.Cut(want, "?")
	at, arrived, _ := strings.Cut(got, "?")
	count := map[string]int{}
	for pair := range strings.SplitSeq(query, "&") {
		name, _, _ := strings.Cut(pair, "=")
		count[name]++
	}
	once := func(query string) []string {
		return slices.DeleteFunc(strings.Split(query, "&"), func(pair string) bool {
			name, _, _ := strings.Cut(pair, "=")
			return count[name] > 1
		})
	}
	fewer := strings.Count(arrived, "&") < strings.Count(query, "&")
	return path == at && fewer && slices.Equal(once(query), once(arrived))
}

func TestAnswersUnchanged(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "An application's answer reaches the client with its content type, caching headers and headers for " +
			"browsers unchanged, on every kind of route.",
		Cause: "A snippet or annotation with add_header, more_set_headers or proxy_hide_header, a proxy in front " +
			"that adds headers of its own, or a Muster of another version than these checks.",
	}, func(c *suite.Check) {
		for _, probe := range enterable(c) {
			if a, _ := askProbe(c, probe, suite.Request{}); a != nil && a.Status(200) {
				a.Unchanged()
			}
			if probe == "anonymous" || probe == "authenticated" {
				if a, _ := askProbe(c, probe, suite.Request{Headers: ordinary}); a.Status(200) {
					a.Unchanged()
				}
			}
			if probe == "quota" {
				continue // it is spent
			}
			if a, _ := askProbe(c, probe, suite.Request{Method: "HEAD"}); a.Status(200) {
				a.Unchanged()
				length := a.Header.Get("Content-Length")
				c.Expect(length != "0", a, "the length of the answer to GET, or none", "Content-Length: 0",
					suite.Value("length that HEAD tells", "that of GET, or none", length))
			}
		}
		for _, path := range []string{
			"/anonymous", "/auth/fail", "/auth/redirect", "/delegated/header", "/delegated/authorization",
		} {
			if a := c.Get(c.Muster(path), suite.Bearer(c.Scoped())); a.Status(200) {
				a.Unchanged()
			}
		}
	})
}

func TestProbesRefuse(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "Every route, whatever its settings, answers 401 without a token, and 400 with Gafaelfawr's body to a " +
			"malformed Authorization.",
		Cause: "One route: its Ingress is missing, was edited, or lacks the configuration-snippet. All: see " +
			"TestNoToken and TestMalformedAuthorization.",

		Security: true,
	}, func(c *suite.Check) {
		const words = "Malformed Authorization header"
		for _, probe := range c.GuardedProbes() {
			if probe == "authenticated" || probe == "redirect" {
				continue // other checks ask these for everything
			}
			plain, malformed := c.WantChallenge("", ""), c.WantChallenge(gafaelfawr.ErrorInvalidRequest, words)
			if probe == "basic" {
				plain = gafaelfawr.NewChallenge("Basic", c.Env().Host(), "", "", "")
				malformed = plain
			}
			route := c.Probe(probe)
			c.Get(route, suite.Anonymous).Unauthorized(plain)
			c.Get(route, suite.Authorization("Bearer", "")).Malformed(malformed, words)
		}
	})
}
