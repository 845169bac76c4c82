package validation

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/suite"
)

// kinds of probes that differ in what Gafaelfawr does to the headers.
var kinds = []string{"anonymous", "authenticated", "delegated"}

const stripCause = "auth-response-headers of the Ingress lacks the header (the Ingress was edited, or made by " +
	"something else than Gafaelfawr's operator), or a configuration-snippet sets it again."

func TestBearerStripped(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says:  "A token sent as Bearer reaches no application, on no kind of route.",
		Cause: stripCause,
	}, func(c *suite.Check) {
		id := c.Scoped()
		for _, kind := range kinds {
			a := c.Get(c.Sighted(kind), suite.Bearer(id))
			a.Sees(gafaelfawr.HeaderAuthorization)
			a.Hides(id)
		}
	})
}

func TestBasicStripped(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "A token sent as user name or password of Basic authentication reaches no application, on no kind of " +
			"route.",
		Cause: stripCause,
	}, func(c *suite.Check) {
		id := c.Scoped()
		for _, kind := range kinds {
			for _, with := range []suite.Credential{suite.BasicUser(id), suite.BasicPassword(id), suite.BasicBoth(id)} {
				a := c.Get(c.Sighted(kind), with)
				a.Sees(gafaelfawr.HeaderAuthorization)
				a.Hides(id)
			}
		}
	})
}

func TestDeadTokenStripped(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says:  "Everything that looks like a token is removed on anonymous routes too, valid or not.",
		Cause: stripCause,
	}, func(c *suite.Check) {
		for _, with := range []suite.Credential{suite.Unknown(), suite.WrongSecret(c.Scoped())} {
			c.Get(c.Sighted("anonymous"), with).Sees(gafaelfawr.HeaderAuthorization)
		}
	})
}

func TestSessionCookieStripped(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says:  "Gafaelfawr's session cookie reaches no application, and the cookies around it stay as they were.",
		Cause: stripCause,
	}, func(c *suite.Check) {
		cookies := suite.Cookie("a=1; gafaelfawr=garbage; b=2; gafaelfawrx=3")
		for _, kind := range kinds {
			c.Get(c.Sighted(kind), suite.Bearer(c.Scoped()).And(cookies)).
				Sees(gafaelfawr.HeaderCookie, "a=1; b=2; gafaelfawrx=3")
		}
	})
}

// cookies are as many as every browser keeps for a host (RFC 6265, section 6.1).
const cookies = 50

func manyCookies() string {
	var all []string
	for i := range cookies {
		all = append(all, fmt.Sprintf("muster-%d=a", i))
	}
	return strings.Join(all, "; ")
}

func TestForeignCookiesKept(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says:  "Cookies of other applications reach the application unchanged.",
		Cause: "Cookie is missing from auth-response-headers, or a proxy drops cookies.",
	}, func(c *suite.Check) {
		for _, kind := range kinds {
			for _, others := range []string{"session=abc; theme=dark", `a=YWJj==; b="x y"; c=1|2:3; d=; e={"f":[1]}`} {
				c.Get(c.Sighted(kind), suite.Bearer(c.Scoped()).And(suite.Cookie(others))).
					Sees(gafaelfawr.HeaderCookie, others)
			}
			a := c.Get(c.Sighted(kind), suite.Bearer(c.Scoped()).And(suite.Cookie(manyCookies())))
			if a.Status(200) {
				got := strings.Join(a.Sighting().Values(gafaelfawr.HeaderCookie), "; ")
				c.Equal(a, "number of cookies at the application", cookies, strings.Count(got, "muster-"))
			}
		}
	})
}

func TestForeignAuthorizationKept(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says:  "An Authorization header that is not Gafaelfawr's reaches an anonymous application unchanged.",
		Cause: "Authorization is missing from auth-response-headers, or a proxy drops it.",
	}, func(c *suite.Check) {
		// The pair alice:wonder, and something that looks like a JWT.
		for _, value := range []string{"Digest abc", "Basic YWxpY2U6d29uZGVy", "Bearer jwt.like.value"} {
			c.Get(c.Sighted("anonymous"), suite.Authorization(value, "")).
				Sees(gafaelfawr.HeaderAuthorization, value)
		}
	})
}

// forged are identity headers as an attacker would send them.
var forged = []gafaelfawr.HeaderLine{
	{gafaelfawr.HeaderUser, "root"},
	{gafaelfawr.HeaderEmail, "root@example.org"},
	{gafaelfawr.HeaderToken, "forged"},
	{gafaelfawr.HeaderService, "forged"},
}

// foreignIdentity are those of other systems. They pass, but Gafaelfawr's do not go by them.
var foreignIdentity = []gafaelfawr.HeaderLine{
	{"X-Forwarded-User", "foreign"}, {"X-Forwarded-Email", "foreign@example.org"}, {"Remote-User", "foreign"},
	{"X-Remote-User", "foreign"}, {"X-Webauth-User", "foreign"}, {"X-User", "foreign"},
}

const forgedCause = "auth-url or auth-response-headers was edited away in the Ingress: nginx then passes on what " +
	"the client sends, and the application believes it. Restart Gafaelfawr's operator, which writes it anew; do not " +
	"delete it, or an anonymous Ingress may answer meanwhile."

func TestForgedIdentity(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says:  "Identity headers that a client sends never reach an application: it sees the true user, or none.",
		Cause: forgedCause,

		Security: true,
	}, func(c *suite.Check) {
		id := c.Scoped()
		headers := slices.Concat(forged, foreignIdentity)
		for _, probe := range []string{"anonymous", "authenticated", "delegated", "redirect", "options", "authorization"} {
			a := c.Do(suite.Request{Target: c.Sighted(probe), Credential: suite.Bearer(id), Headers: headers})
			notForged(c, a)
			if probe == "anonymous" {
				a.Sees(gafaelfawr.HeaderUser)
			} else {
				a.Sees(gafaelfawr.HeaderUser, id.User)
			}
			a.Sees(gafaelfawr.HeaderEmail)
			a.Sees(gafaelfawr.HeaderService)
		}
	})
}

// notForged verifies that no forged value is anywhere at the application.
func notForged(c *suite.Check, a *suite.Answer) {
	for _, h := range forged {
		for _, got := range a.Sighting().Values(h.Name()) {
			c.Expect(got != gafaelfawr.RedactHeader(h.Name(), h.Value()), a,
				"the client's "+h.Name()+" not at the application", h.Name()+" is there: "+got, suite.Forged(h.Name()))
		}
	}
}

func TestForgedIdentityOptions(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says:  "OPTIONS requests that reach an application without authentication carry no identity, forged or true.",
		Cause: forgedCause,
	}, func(c *suite.Check) {
		preflight := append([]gafaelfawr.HeaderLine{
			{"Origin", c.Env().URL}, {"Access-Control-Request-Method", "POST"},
		}, forged...)
		for _, r := range []suite.Request{
			{Method: "OPTIONS", Target: c.Sighted("options"), Headers: forged},
			{Method: "OPTIONS", Target: c.Sighted("authenticated"), Headers: preflight},
		} {
			r.Credential = suite.Bearer(c.Scoped())
			a := c.Do(r)
			for _, name := range gafaelfawr.IdentityHeaders {
				a.Sees(name)
			}
			a.Sees(gafaelfawr.HeaderAuthorization)
		}
	})
}

func TestForgedIdentityIsNoLogin(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says:  "Identity headers without a token open no protected route: 401.",
		Cause: forgedCause,
	}, func(c *suite.Check) {
		for _, route := range c.Protected() {
			c.Do(suite.Request{Target: route, Headers: forged}).Unauthorized(c.WantChallenge("", ""))
		}
	})
}

func TestUnderscoreHeaders(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "Header names with underscores do not reach the application, where a framework could take them for " +
			"identity headers.",
		Cause: "enable-underscores-in-headers is true in ingress-nginx's ConfigMap.",
	}, func(c *suite.Check) {
		a := c.Do(suite.Request{Target: c.Sighted("authenticated"), Credential: suite.Bearer(c.Scoped()),
			Headers: []gafaelfawr.HeaderLine{{"X_Auth_Request_User", "root"}, {"X-Auth_Request-User", "root"}}})
		a.Sees("X_Auth_Request_User")
		a.Sees("X-Auth_Request-User")
		a.Sees(gafaelfawr.HeaderUser, c.Scoped().User)
	})
}

func TestClientAddress(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "The application learns the client's address, and not one of a node; a client cannot hide it with an " +
			"X-Forwarded-For of its own.",
		Cause: "use-forwarded-headers or compute-full-forwarded-for differs from Phalanx's settings, or a load " +
			"balancer in front replaces the address (externalTrafficPolicy).",
	}, func(c *suite.Check) {
		route := c.Sighted("anonymous")
		plain := c.Get(route, suite.Anonymous)
		address := suite.LastAddress(plain.Sighting().Values("X-Forwarded-For"))
		c.Expect(address != "", plain, "one X-Forwarded-For that ends with an IP address", "it ends with none")
		forged := c.Do(suite.Request{Target: route, Headers: []gafaelfawr.HeaderLine{{"X-Forwarded-For", "203.0.113.9"}}})
		c.Equal(forged, "last address in X-Forwarded-For", address,
			suite.LastAddress(forged.Sighting().Values("X-Forwarded-For")))
		if c.Env().Has(suite.IngressNginx) {
			ownAddress(c, address)
		}
	})
}

// ownAddress verifies that a client outside of the cluster does not arrive with an address inside
// because a node passed the request on. Both the address and the Service must say so: a client may
// have an address of that network, and a proxy in front may tell the client's.
func ownAddress(c *suite.Check, address string) {
	services, cloud := c.Spreading()
	whose := c.AddressInside(address)
	for _, s := range services {
		policy := string(s.Spec.ExternalTrafficPolicy)
		if whose == "" || !cloud || c.WithinCluster() {
			c.Remark("%s has the externalTrafficPolicy %q, with which clients can arrive with addresses of nodes", s, policy)
			continue
		}
		c.ExpectOf(s, false, "clients' own addresses", "this client arrives as "+address+", which is of "+whose+
			"; its externalTrafficPolicy is "+policy, suite.Setting("externalTrafficPolicy", "Local", policy))
	}
}
