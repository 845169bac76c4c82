package validation

import (
	"fmt"
	pathpkg "path"
	"regexp"
	"strings"
	"testing"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/suite"
)

func TestHTTPSRedirect(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "Plain HTTP gets a redirect to the same path and query over TLS, on every kind of route, and reaches no " +
			"application.",
		Cause: "No Ingress lists the host under tls (ingress-nginx redirects only such hosts, whatever ssl-redirect " +
			"says), or ssl-redirect is off. Tokens then travel unencrypted.",
	}, func(c *suite.Check) {
		if c.PlainClosed() {
			c.Skip("nothing answers on port 80, so nothing can travel in clear")
		}
		var all []*suite.Answer
		for _, route := range append(c.Protected(), c.Site("/"), c.Site("/login"), c.Site("/?a=1&b=x%20y")) {
			all = append(all, c.Do(suite.Request{Target: route, Plain: true}))
		}
		if status, closed := refusesAll(all); closed {
			c.Skip(fmt.Sprintf("port 80 answers %d to everything, so nothing can travel in clear", status))
		}
		for _, a := range all {
			a.Status(301, 302, 307, 308)
			a.RedirectsTo(c.Env().URL + a.Request.Target.Path)
			a.NotFromBackend()
		}
	})
}

// refusesAll reports whether all answers are the same refusal or error, without a
// challenge: something in front closes the port. Its page may name the address.
func refusesAll(all []*suite.Answer) (status int, ok bool) {
	for _, a := range all {
		status = all[0].Code
		if a.Err != nil || a.Code < 400 || a.Code == 401 || a.Code != status ||
			a.Header.Get(gafaelfawr.HeaderWWWAuthenticate) != "" {
			return 0, false
		}
	}
	return status, true
}

func TestHTTP2(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "HTTP/2 is negotiated and answers like HTTP/1.1: 401 with the challenge without a token, 200 with " +
			"one.",
		Cause: "use-http2 is off, or a load balancer in front offers HTTP/2 without supporting it.",
	}, func(c *suite.Check) {
		for _, route := range c.Protected() {
			a := c.Do(suite.Request{Target: route, HTTP2: true})
			c.Equal(a, "protocol", "HTTP/2.0", a.Proto)
			a.Unauthorized(c.WantChallenge("", ""))
		}
		a := c.Do(suite.Request{Target: c.Sighted("authenticated"), Credential: suite.Bearer(c.Scoped()), HTTP2: true})
		a.ReportPasses()
		a.Hides(c.Scoped())
	})
}

func TestStrictTransportSecurity(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "Answers over TLS make browsers stay with TLS (Strict-Transport-Security).",
		Cause: "hsts is off in ingress-nginx's ConfigMap, or no certificate is configured for the host: none of its " +
			"own, or no Ingress lists it under tls.",
	}, func(c *suite.Check) {
		var a *suite.Answer
		// The controller leaves it out of redirects to the login and of pages of its
		// own (seen): those are not asked for it.
		for _, route := range []suite.Target{c.Protected()[0], c.Site("/auth/api/v1/token-info"), c.Site("/")} {
			a = c.Get(route, suite.Anonymous)
			if a.Code == 200 || a.Code == 401 && a.Header.Get(gafaelfawr.HeaderWWWAuthenticate) != "" {
				break
			}
		}
		value := a.Header.Get("Strict-Transport-Security")
		if value == "" && c.Env().CA != "" {
			// RFC 6797, section 8.1.
			c.Remark(
				"no Strict-Transport-Security, which browsers obey only where they trust the certificate: here it is of a " +
					"private authority",
			)
			return
		}
		c.Expect(strings.Contains(value, "max-age=") && !strings.Contains(value, "max-age=0"), a,
			"Strict-Transport-Security with a max-age", "Strict-Transport-Security: "+value)
	})
}

func TestBigCookies(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "Large cookies (16 kB, as many applications under one host add up to) reach the application whole, on " +
			"open and on protected routes.",
		Cause: "500: proxy-buffer-size is below 64k, and Gafaelfawr's answer, which carries the cookies, does not " +
			"fit. 400: large-client-header-buffers is below 4 64k, or a load balancer has a limit of its own.",
	}, func(c *suite.Check) {
		cookie := "big=" + strings.Repeat("x", 16000)
		for _, kind := range kinds {
			c.Get(c.Sighted(kind), suite.Bearer(c.Scoped()).And(suite.Cookie(cookie))).Sees(gafaelfawr.HeaderCookie, cookie)
		}
	})
}

func TestUpload(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says:  "A request body of 2 MB reaches the application.",
		Cause: "413: proxy-body-size in ingress-nginx's ConfigMap is nginx's own 1m; Phalanx sets 2g.",
	}, func(c *suite.Check) {
		a := c.Do(suite.Request{Method: "POST", Target: c.Sighted("authenticated"), Credential: suite.Bearer(c.Scoped()),
			Body: strings.Repeat("x", 2_000_000)})
		a.Sees("Content-Length", "2000000")
	})
}

func TestIngressAuthNotPublic(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "Gafaelfawr's routes for the ingress are not reachable from outside, where they would reveal which " +
			"tokens are valid.",
		Cause: "An Ingress maps / or /ingress of the host to Gafaelfawr, or Gafaelfawr is older than 12.0.",
	}, func(c *suite.Check) {
		for _, path := range []string{"/ingress/auth?scope=" + c.Env().Scope, "/ingress/anonymous"} {
			// What Gafaelfawr wants to be told of the request it is asked about.
			a := c.Do(suite.Request{Target: c.Site(path), Credential: suite.Bearer(c.Scoped()),
				Headers: []gafaelfawr.HeaderLine{{"X-Original-URL", c.Env().URL}, {"X-Original-Method", "GET"}}})
			c.Expect(!strings.Contains(string(a.Body), `"status":"ok"`) && a.Code != 422, a,
				"404, or the answer of another application", a.Excerpt())
			a.HeaderAbsent(gafaelfawr.HeaderUser)
		}
	})
}

func TestPathTricks(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "Other spellings of a protected path do not bypass its authentication.",
		Cause: "A proxy in front and ingress-nginx normalise paths differently (merge_slashes, decoding), or a " +
			"broader anonymous Ingress catches the spelling.",
	}, func(c *suite.Check) {
		for _, route := range c.Protected() {
			for _, path := range spellings(route.Path) {
				a := c.Get(suite.Target{Path: path}, suite.Anonymous)
				a.NotFromBackend()
				c.Expect(a.Code >= 300, a, "any refusal", a.Excerpt())
			}
		}
	})
}

// spellings of a path that a careless proxy takes for another.
func spellings(path string) []string {
	folder, last := pathpkg.Split(path)
	others := []string{
		"/" + path,
		folder + "/" + last,
		folder + "./" + last,
		folder + "x/../" + last,
		folder + "x/%2e%2e/" + last,
		path + "?",
	}
	if last != "" {
		others = append(others, fmt.Sprintf("%s%%%02x%s", folder, last[0], last[1:]))
	}
	return others
}

func TestForeignHost(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "A request for another host name gets nothing from this deployment: no page, no redirect, no " +
			"challenge.",
		Cause: "An Ingress without a host, which is served under every name: links and redirects in its answers " +
			"then lead where the caller says.",
	}, func(c *suite.Check) {
		routes := append(c.Protected(), c.Site("/"), c.Site("/login?rd="+c.Env().URL+"/"))
		if c.Env().Muster.Deployed != suite.NoMuster {
			routes = append(routes, c.Muster("/auth/redirect"))
		}
		for _, route := range routes {
			a := c.Do(suite.Request{Target: route, Headers: []gafaelfawr.HeaderLine{{"Host", "evil.example.org"}}})
			a.Status(400, 403, 404, 421, 500, 503) // the site may have pages of its own for what is missing
			a.HeaderAbsent("Location", gafaelfawr.HeaderWWWAuthenticate)
			a.NotFromBackend()
		}
	})
}

func TestUpgrade(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "A WebSocket handshake reaches the application unchanged, over HTTP/1.1, and only with a token.",
		Cause: "A proxy in front drops Upgrade, or a snippet or the annotation proxy-http-version of the Ingress: " +
			"notebooks then connect and stop at once.",
	}, func(c *suite.Check) {
		upgrade := []gafaelfawr.HeaderLine{{"Connection", "Upgrade"}, {"Upgrade", "websocket"},
			{"Sec-WebSocket-Version", "13"}, {"Sec-WebSocket-Key", "bXVzdGVyLXVwZ3JhZGUhIQ=="},
			{"Sec-WebSocket-Protocol", "v1.kernel.websocket.jupyter.org"}, {"Sec-WebSocket-Extensions", "permessage-deflate"},
			{"Origin", c.Env().URL}}
		for _, route := range c.Protected() {
			c.Do(suite.Request{Target: route, Headers: upgrade}).Unauthorized(c.WantChallenge("", ""))
		}
		with := suite.Bearer(c.Scoped())
		a := c.Do(suite.Request{Target: c.Sighted("authenticated"), Credential: with, Headers: upgrade})
		c.Equal(a, "protocol at the application", "HTTP/1.1", a.Sighting().Protocol)
		for _, line := range upgrade[1:] {
			a.Sees(line.Name(), line.Value())
		}
		c.Equal(a, "Connection at the application", "upgrade", atApplication(a, "Connection"))
		browsers := with.And(suite.Cookie("_xsrf=2|muster; other=1")) // send cookies, too
		a = c.Do(suite.Request{Target: c.Sighted("authenticated"), Credential: browsers, Headers: upgrade})
		for _, line := range upgrade {
			c.Equal(a, line.Name()+" with cookies", strings.ToLower(line.Value()), atApplication(a, line.Name()))
		}
	})
}

// atApplication is what reached the application of a header, in small letters.
func atApplication(a *suite.Answer, name string) string {
	return strings.ToLower(strings.Join(a.Sighting().Values(name), ", "))
}

// telling are what error pages should not have.
var telling = regexp.MustCompile(`(?i)(nginx|openresty|apache|uvicorn|gunicorn|python)/[0-9]|Traceback \(most recent`)

func TestErrorPages(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says:  "Refusals and error pages reveal no server versions and no stack traces.",
		Cause: "server-tokens is true in ingress-nginx's ConfigMap, or an application runs in debug mode.",
	}, func(c *suite.Check) {
		var all []*suite.Answer
		for _, route := range c.Protected() {
			all = append(all, c.Get(route, suite.Anonymous), c.Get(route, suite.Authorization("Digest abc", "")))
		}
		for _, a := range append(all, c.Get(c.Site("/no/such/page"), suite.Anonymous)) {
			for _, where := range append(a.Header.Values("Server"), string(a.Body)) {
				found := telling.FindString(where)
				c.Expect(found == "", a, "nothing of what runs here", "it says "+found)
			}
		}
	})
}

func TestAddresses(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "Every address that DNS has for the host accepts connections and speaks TLS.",
		Cause: "An old load balancer's address is still published, or an IPv6 address without a listener: some " +
			"clients wait for it, others do not.",
	}, func(c *suite.Check) {
		all := c.Addresses()
		if len(all) == 0 {
			c.Skip("the environment file names an address, or a proxy connects, so that DNS is not asked")
		}
		for _, address := range all {
			err := c.Dial(address)
			if suite.NoRoute(err) {
				c.Remark("not proven: this machine has no way to %s", address)
				continue
			}
			if err == nil && len(all) > 1 {
				err = c.HandshakeAt(address)
			}
			c.Expect(err == nil, nil, "a connection with TLS to "+address, fmt.Sprint(err),
				suite.Value("address of the host", "", address))
		}
	})
}
