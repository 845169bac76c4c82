package validation

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/lsst-sqre/muster/muster"
	"github.com/lsst-sqre/muster/muster/chosen"
	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/suite"
)

func TestApplicationAnswers(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "An application's answer reaches the client whole, with the application's status, cookies, challenge, " +
			"Location and ETag, whatever the status.",
		Cause: "custom-http-errors or proxy_intercept_errors replaces what applications answer; proxy-redirect-from, " +
			"proxy-cookie-path, proxy_hide_header or a proxy in front changes headers; nginx cannot write its temporary " +
			"files, so that large answers end early.",
	}, func(c *suite.Check) {
		for _, probe := range []string{"anonymous", "authenticated", "redirect", "basic", "delegated", "cookieless"} {
			for _, status := range chosen.Statuses {
				route, id := c.Sighted(probe), c.Scoped()
				route.Path = chosen.Path(route.Path, status)
				a := c.Do(suite.Request{Target: route, Credential: suite.Bearer(id), HTTP2: status%2 > 0 && c.SpeaksHTTP2()})
				if probe == "anonymous" && status == 200 && a.Code == 200 && len(a.Header.Values("X-Muster-Answer")) == 0 {
					c.Remark("not asked: this Muster answers 200 alone")
					return
				}
				if a.Passed(status) {
					a.Unchanged()
				}
			}
		}
	})
}

// adql is a query as the portal sends it, which looks like an attack to whom does not
// know it.
const adql = "SELECT TOP 5 o.ra, 'it''s' AS a FROM dp1.Object AS o WHERE 1=1 OR o.ra IN (SELECT ra FROM b) " +
	"UNION SELECT 1, 'x' FROM TAP_SCHEMA.tables -- <b> &"

// notebook is a part of a notebook as JupyterLab saves it.
const notebook = `{"cells": [{"cell_type": "code", "outputs": [{"data": {"text/html": ["<script>alert(1)</script>", ` +
	`"<img src=x onerror=alert(1)>"]}}], "source": ["!cat /etc/passwd ../../x; import os; os.system('ls')"]}]}`

// files have endings that users' files have, and that firewalls know from break-ins.
var files = []string{"setup.cfg", "daf.conf", "run.log", "query.sql", "site.ini", "table.dat",
	"butler.yaml", "tool.py", "image.fits.fz", "run.sh"}

func TestContents(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "Queries of ADQL, notebooks with scripts, XML, uploads and names of files reach the application as they are, " +
			"whatever their content looks like.",
		Cause: "A web application firewall (ModSecurity: enable-modsecurity, enable-owasp-modsecurity-crs; Cloud Armor), " +
			"or a proxy in front that reads bodies.",
	}, func(c *suite.Check) {
		id, route := c.Scoped(), c.Sighted("authenticated")
		query := url.Values{"LANG": {"ADQL"}, "QUERY": {adql}}.Encode()
		asked := route
		asked.Path += "?" + query
		if a := c.Get(asked, suite.Bearer(id)); a.Status(200) {
			c.Equal(a, "target at the application", asked.Path, a.Sighting().Path)
		}
		for _, name := range files {
			file := c.Sighted("anonymous") // 404 is the application's own: it has no file
			file.Path += "/" + name
			c.Get(file, suite.Anonymous).Permits("somebody", "GET "+name, 200, 404)
		}
		const multipart = "multipart/form-data; boundary=x"
		for i, sent := range []content{
			{"application/x-www-form-urlencoded", query}, {"application/json", notebook}, {"text/plain", "not JSON"},
			{"text/xml", `<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a xmlns:xlink="x" xlink:href="file:///">&b;</a>`},
			{multipart, "--x\r\nContent-Disposition: form-data; name=\"a\"; filename=\"../a.php\"\r\n\r\n<?php ?>\r\n--x--\r\n"},
			{"application/octet-stream", "\x00\x01\xff\r\n\x1f\x8b"},
		} {
			for j, method := range []string{"POST", "PUT", "PATCH", "DELETE"} {
				asks := sent.request(method, route)
				asks.Credential, asks.HTTP2 = suite.Bearer(id), (i+j)%2 > 0 && c.SpeaksHTTP2()
				a := c.Do(asks)
				if !a.Status(200) {
					continue
				}
				c.Equal(a, "method at the application", method, a.Sighting().Method)
				a.Sees("Content-Type", sent.mediaType)
				arrivesWhole(c, a, sent.body)
			}
		}
	})
}

// content is a body of a request.
type content struct{ mediaType, body string }

// request sends the content. PUT asks first, as curl does with large uploads.
func (sent content) request(method string, to suite.Target) suite.Request {
	headers := []gafaelfawr.HeaderLine{{"Content-Type", sent.mediaType}}
	if method == "PUT" {
		headers = append(headers, gafaelfawr.HeaderLine{"Expect", "100-continue"})
	}
	return suite.Request{Method: method, Target: to, Headers: headers, Body: sent.body}
}

// arrivesWhole verifies the body that reached the application.
func arrivesWhole(c *suite.Check, a *suite.Answer, body string) {
	got := a.Sighting().Body
	if got == nil {
		got = &muster.Body{}
	}
	which := "the body"
	if a.Request.Unsized {
		which = "a body of untold length"
	}
	c.Equal(a, "length of "+which+" at the application", int64(len(body)), got.Length)
	c.Equal(a, "digest of "+which+" at the application", gafaelfawr.Fingerprint(body), got.Digest)
}

// programs are what clients of Phalanx call themselves.
var programs = []string{
	"python-requests/2.32.5", "python-httpx/0.28.1", "pyvo/1.7 astropy/7.1", "TOPCAT/4.10 STIL/4.3 Java/21.0.8",
	"Java-http-client/21", "curl/8.14.1", "Wget/1.25.0", "Go-http-client/2.0", "mobu/1.0", "kube-probe/1.34",
	"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
}

// ofBrowsers are headers of browsers that say nothing of who asks.
var ofBrowsers = []gafaelfawr.HeaderLine{
	{"Referer", "https://www.lsst.org/"}, {"Accept-Language", "es-CL,es;q=0.9"}, {"DNT", "1"}, {"Sec-GPC", "1"},
	{"Sec-Fetch-Site", "cross-site"}, {"Sec-CH-UA-Platform", `"Linux"`}, {"Upgrade-Insecure-Requests", "1"},
}

func TestEveryClient(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "With a token every program is served, whatever it calls itself, however it writes the host, with the " +
			"headers of browsers, and with 60 others.",
		Cause: "A protection from bots or a web application firewall in front goes by User-Agent, or a proxy bounds the " +
			"number of headers or compares host names by their letters.",
	}, func(c *suite.Check) {
		with := suite.Bearer(c.Scoped())
		route := c.Sighted("authenticated")
		for i, name := range programs {
			asks := suite.Request{Target: route, Credential: with, Headers: []gafaelfawr.HeaderLine{{"User-Agent", name}}}
			asks.HTTP2 = i%2 > 0 && c.SpeaksHTTP2()
			if a := c.Do(asks); a.Status(200) {
				a.Sees("User-Agent", name)
			}
		}
		for _, line := range append(ofBrowsers, gafaelfawr.HeaderLine{"Referer", c.Env().URL + "/"}) {
			a := c.Do(suite.Request{Target: route, Credential: with, Headers: []gafaelfawr.HeaderLine{line}})
			a.Permits("a browser", line.Name(), 200)
		}
		host := c.Env().HostHeader()
		capitals := []gafaelfawr.HeaderLine{{"Host", strings.ToUpper(host)}}
		c.Do(suite.Request{Target: route, Credential: with, Headers: capitals}).Status(200)
		if !strings.Contains(host, ":") {
			port := []gafaelfawr.HeaderLine{{"Host", host + ":443"}}
			c.Do(suite.Request{Target: route, Credential: with, Headers: port}).
				Permits("a program", "the host with its port", 200)
		}
		var many []gafaelfawr.HeaderLine
		for i := range 60 {
			many = append(many, gafaelfawr.HeaderLine{fmt.Sprintf("X-Muster-%d", i), "a"})
		}
		if a := c.Do(suite.Request{Target: route, Credential: with, Headers: many}); a.Status(200) {
			for _, line := range many {
				a.Sees(line.Name(), line.Value())
			}
		}
	})
}

func TestUsersApart(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "If two users ask a route in turn, the application gets each time the name and the token of who asked, on " +
			"every kind of route.",
		Cause: "A cache keeps Gafaelfawr's answers or tokens under a key without the user, or a proxy mixes up requests of " +
			"one connection.",
		Security: true,
	}, func(c *suite.Check) {
		var users [2]*suite.Identity
		for i, name := range []string{"apart", "apart-other"} {
			users[i] = c.Token(suite.Spec{Name: name, User: c.FreshUser(name),
				Scopes: append([]string{c.Env().Scope}, muster.SeveralScopes...)})
		}
		for _, probe := range enterable(c) {
			if probe == "username" || probe == "user-domain" || probe == "quota" || probe == "lifetime" {
				continue // for others, or others' business
			}
			for i := range 4 {
				id := users[i%2]
				a := c.Get(c.Sighted(probe), suite.Bearer(id))
				if !a.Status(200) {
					continue
				}
				if probe != "anonymous" {
					a.Sees(gafaelfawr.HeaderUser, id.User)
				}
				info := a.Report().TokenInfo
				c.Closed(info == nil || info.Username == id.User, a, "a token of "+id.User, "one of another user",
					suite.WrongUser())
			}
		}
	})
}
