package validation

import (
	"fmt"
	"math/rand/v2"
	"net/url"
	"strings"
	"testing"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/suite"
)

// buffers in bytes that a body may have to pass: those of nginx for a body
// (client_body_buffer_size, 8k or 16k), one of 64k that Phalanx sets, and nginx's own
// bound of a body.
var buffers = []int{8 << 10, 16 << 10, 64 << 10, 1 << 20}

func TestBodies(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "A request body reaches the application whole and unchanged, one byte above each buffer on its way, over " +
			"HTTP/1.1 and HTTP/2, also if the client does not tell its length.",
		Cause: "500: nginx cannot write its temporary files (client_body_temp_path), as the disk of the controller is " +
			"full or read-only. Another body: a proxy in front rewrites or cuts bodies. None: a proxy in front goes by " +
			"Content-Length, which a request over HTTP/2 need not have.",
	}, func(c *suite.Check) {
		route, id := c.Sighted("authenticated"), c.Scoped()
		versions := c.Versions()
		send := func(size int, http2, unsized bool) {
			body := suite.Counted(size)
			a := c.Do(suite.Request{Method: "POST", Target: route, Credential: suite.Bearer(id), Body: body, HTTP2: http2,
				Unsized: unsized})
			if a.Status(200) {
				arrivesWhole(c, a, body)
			}
		}
		for _, http2 := range versions {
			send(1, http2, true)
			send(buffers[0]+1, http2, true)
			for _, size := range buffers {
				send(size+1, http2, false)
			}
		}
	})
}

// longQuery is what a query of ADQL may take, and less than what proxies bound a line to
// (8k): ingress-nginx lets 64k pass in Phalanx.
const longQuery = 6_000

func TestLongQueries(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "A query of 6,000 characters reaches the application whole with a token, and is refused without one, or is " +
			"kept for after the login.",
		Cause: "414: large-client-header-buffers of ingress-nginx, or a proxy in front, is too small. 500: the " +
			"subrequest to Gafaelfawr repeats the URL, and something on its way bounds it.",
	}, func(c *suite.Check) {
		route := c.Sighted("authenticated")
		route.Path += "?query=" + letters(longQuery)
		a := c.Get(route, suite.Bearer(c.Scoped()))
		if a.Status(200) {
			c.Equal(a, "target at the application", route.Path, a.Sighting().Path)
		}
		c.Get(route, suite.Anonymous).Unauthorized(c.WantChallenge("", ""))
		page := c.Probe("redirect")
		page.Path += "?query=" + letters(longQuery) + strings.Repeat("%20", 500) // which the redirect encodes again
		a = c.Get(page, suite.Anonymous)
		if a.Status(302) {
			target, err := url.Parse(a.Location())
			c.Expect(err == nil && target.Query().Get("rd") == c.Env().URL+page.Path, a,
				"the whole URL of the page in rd of the redirect", "another, or a part of it",
				suite.Value("rd of a long URL", "whole", "cut"))
		}
	})
}

// letters are a text of that length in which no part is like another.
func letters(length int) string {
	random := rand.New(rand.NewPCG(1, 2)) // any text will do, the same in each run
	text := make([]byte, length)
	for i := range text {
		text[i] = byte('a' + random.IntN(26))
	}
	return string(text)
}

// Lengths of cookies. Phalanx bounds a header line, its end included, to 64k, and
// so the head of Gafaelfawr's answer, which repeats the cookies: what is a little
// below the first does not fit the second, and gives 500 (seen on nginx 1.22).
const (
	cookieThatFits   = 60_000
	cookieAboveLimit = 64<<10 - len("Cookie: \r\n") + 1
)

func TestCookieLimits(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "Cookies of 60 kB reach the application whole, and one byte more than a header line may have is refused " +
			"with 400 or 431, neither cut nor an error of the server.",
		Cause: "500: proxy-buffer-size is below 64k, or large-client-header-buffers is above it, so that Gafaelfawr's " +
			"answer does not fit. 400 for the smaller: large-client-header-buffers is below 4 64k.",
	}, func(c *suite.Check) {
		for _, kind := range []string{"anonymous", "authenticated"} {
			route := c.Sighted(kind)
			with := func(length int) (*suite.Answer, string) {
				cookie := "big=" + strings.Repeat("x", length-len("big="))
				return c.Get(route, suite.Bearer(c.Scoped()).And(suite.Cookie(cookie))), cookie
			}
			fits, cookie := with(cookieThatFits)
			if fits.Code == 400 || fits.Code == 413 || fits.Code == 431 {
				if !suite.OfNginx(fits) {
					c.Remark("something in front of ingress-nginx bounds headers to less than Phalanx does: %s", fits.Excerpt())
					continue
				}
				fits.Status(200)
				continue
			}
			fits.Sees(gafaelfawr.HeaderCookie, cookie)
			above, cookie := with(cookieAboveLimit)
			if above.Code == 200 { // larger buffers, all of them
				above.Sees(gafaelfawr.HeaderCookie, cookie)
				continue
			}
			above.Status(400, 413, 431)
		}
	})
}

// manyGroups are more than a directory gives in one answer by default, and more than
// fit a small buffer.
func manyGroups() []gafaelfawr.Group {
	var all []gafaelfawr.Group
	for i := range 300 {
		all = append(all, gafaelfawr.Group{Name: fmt.Sprintf("g_muster_of_many_groups_%08d", i), ID: 91000 + i})
	}
	return all
}

// longest is how long the name of a user may be (Gafaelfawr's models/token.py).
const longest = 64

func TestManyGroups(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "A user with a name of 64 characters, 300 groups, a full name of 200 letters and an email of 250 " +
			"characters is served, and their data are whole.",
		Cause: "Fewer groups: something bounds the answers of user-info, or keeps a part. No email: a proxy drops long " +
			"headers. 413 or 500 while making the token: a bound for bodies below /auth/api, or nginx cannot write its " +
			"temporary files.",
	}, func(c *suite.Check) {
		user := c.FreshUser("many")
		user += strings.Repeat("x", longest-len(user))
		id := c.Token(suite.Spec{Name: "many", User: user, Scopes: []string{c.Env().Scope}, Groups: manyGroups(),
			FullName: strings.Repeat("Zoë Müller ", 18) + "Zö", Email: strings.Repeat("a", 238) + "@example.org"})
		info, err := c.API().UserInfo(c.Context(), id.Token)
		c.NoError(err, "the answer of user-info")
		c.SameUser(nil, id.Info, info)
		if c.Env().Muster.Deployed != suite.GoMuster {
			return
		}
		a := c.Get(c.Sighted("delegated"), suite.Bearer(id))
		a.ReportPasses()
		a.Sees(gafaelfawr.HeaderUser, id.User)
		a.Sees(gafaelfawr.HeaderEmail, id.Email)
		if told := a.Report().UserInfo; told != nil {
			c.Equal(a, "groups that the application is told", len(info.Groups), len(told.Groups))
		}
	})
}
