package diagnoses

import "github.com/lsst-sqre/muster/validation/verdict"

// login are causes that show in where login and logout lead, and in who is sent there.
var login = []rule{
	{
		says: "Gafaelfawr fails where it is asked as an OpenID Connect server, so that applications which log people in " +
			"through it get no tokens: the keys or the clients in its Secret are missing or damaged. Its log says which.",
		symptoms: []symptom{status("TestOpenIDServer", 500)},
		passed:   []string{"TestTokenInfo", "TestOwnTokensListed"}, // 404 reaches clients elsewhere
	},
	{
		says: "Gafaelfawr refuses the page to which a login should return (422), so that nobody can log in: it takes this " +
			"host for another (baseUrl), something in front drops rd from the query, or its version has a defect.",
		symptoms: []symptom{status("TestLogin", 422)},
		follows:  []symptom{status("", 422), noHeader("", "Set-Cookie")},
		also:     []string{"TestLogout", "TestLoginState", "TestSessionEnds", "TestSubdomains", "TestCredentialPairs"},
		masks:    []string{"TestLogout", "TestLoginOpenRedirect"},
	},
	{
		says: "The logout does not lead back to the page that asked for it: Gafaelfawr takes this host for another " +
			"(baseUrl), or a proxy rewrites rd.",
		symptoms: []symptom{status("TestLogout", 422)},
	},
	{
		says: "The session cookie goes to all hosts of a domain (Domain; the finding shows it): allowSubdomains in " +
			"Gafaelfawr's configuration, or something in front rewrites Set-Cookie. The applications of those hosts can read " +
			"sessions.",
		symptoms: []symptom{found("TestLogin", verdict.CodeHeaderValue, "name", "Set-Cookie", "got", "*Domain=*")},
		also:     []string{"TestLogout", "TestSessionEnds", "TestSubdomains"},
		passed:   []string{"TestLoginOpenRedirect"},
	},
	{
		says: "The session cookie lacks what keeps it from scripts, plain HTTP and other sites (HttpOnly, Secure, " +
			"SameSite=lax; the finding shows it): something in front or a snippet rewrites Set-Cookie " +
			"(proxy_cookie_flags), or this is not Gafaelfawr's own image.",
		symptoms: []symptom{found("TestLogin", verdict.CodeHeaderValue, "name", "Set-Cookie")},
		also:     []string{"TestLogout", "TestSessionEnds"},
		passed:   []string{"TestLoginOpenRedirect"},
	},
	{
		says: "A cache keeps the redirect of /login: people who log in for the same page share one state, and by its " +
			"Set-Cookie one may get the session of another. Take /login out of it.",
		symptoms: []symptom{value("TestLogin", "state of another login")},
		also:     []string{"TestLoginState"},
	},
	{
		says: "Pages of failed logins have no message: people do not learn what to do. Something in front replaces them, " +
			"or Gafaelfawr's template was changed.",
		symptoms: []symptom{value("TestLoginState", "page of a failed login")},
		passed:   []string{"TestLogin"},
	},
	{
		says: "Nobody stays logged in: the login sets no session cookie. Something in front removes Set-Cookie, as a cache " +
			"does that keeps answers, or this Gafaelfawr has a defect.",
		symptoms: []symptom{noHeader("TestLogin", "Set-Cookie")},
		also: []string{"TestLogout", "TestApplicationAnswers", "TestSubdomains", "TestCredentialPairs",
			"TestLoginState", "TestSessionInfo"},
		masks: []string{"TestLogout", "TestApplicationAnswers"},
	},
	{
		says: "People are not sent to the login from {path}: loginRedirect is off in the GafaelfawrIngress of this " +
			"route, or auth-signin was taken off its Ingress.",
		symptoms: []symptom{found("TestMobuRoutes", verdict.CodeStatus, "got", "401", "want", "302")},
		passed:   []string{"TestLoginRedirect"},
	},
	{
		says: "People are not sent to the login from {path}: loginRedirect is off in the GafaelfawrIngress of this " +
			"page, or auth-signin was taken off its Ingress.",
		symptoms: []symptom{found("TestPages", verdict.CodeStatus, "got", "401", "want", "302")},
		passed:   []string{"TestLoginRedirect"},
	},
	{
		says: "A header of the client (X-Auth-Request-Redirect) overrules the page to which a login is asked to lead (rd): " +
			"people come back to another one, or not at all. " + ofRelease,
		symptoms: []symptom{found("TestLoginOpenRedirect", verdict.CodePermission)},
		passed:   []string{"TestLogin"},
	},
	{
		says: "The logout leads people to the page that they ask for, without all of its query ({got}): something reads rd " +
			"twice, or cuts it. Gafaelfawr's version has a defect, or a proxy in front rewrites the query.",
		symptoms: []symptom{value("TestLogout", "query of the way back from the logout")},
		passed:   []string{"TestLogin", "TestRequestsUnchanged"},
	},
	{
		says: "The logout leads people to the page of somebody else: something in front keeps its redirects without regard " +
			"to who asks, and for which page.",
		symptoms: []symptom{value("TestLogout", "way back from the logout")},
	},
	{
		says: "Who logs out is sent to {got}, which is not the home page of the environment: afterLogoutUrl in " +
			"Gafaelfawr's configuration, or a proxy in front that rewrites Location. If that is meant, write it to the " +
			"environment file: gafaelfawr: {afterLogoutUrl: URL}.",
		symptoms: []symptom{found("TestLogout", verdict.CodeHeaderValue, "name", "Location", "at", "")},
		passed:   []string{"TestLogin"},
	},
	{
		says: "Gafaelfawr fails at /login for whoever asks, also without a cookie: nobody can log in. The settings of its " +
			"identity provider are ones that it cannot use, or its version has a defect. Its log says why: kubectl -n " +
			"gafaelfawr logs deployment/gafaelfawr.",
		symptoms: []symptom{status("TestLogin", 500), fails("TestLogout")},
		also:     []string{"TestLoginState", "TestSessionEnds", "TestSubdomains", "TestCredentialPairs"},
	},
	{
		says: "Browsers with an old session cookie cannot log in: something in front, or Gafaelfawr, fails over a cookie " +
			"that it cannot read, such as one of before the session secret was changed.",
		symptoms: []symptom{status("TestLogin", 500)},
	},
	{
		says: "The identity provider is told to send people to another host than this one: the redirect URL in " +
			"Gafaelfawr's configuration is that of another environment.",
		symptoms: []symptom{value("TestLogin", "way back from the provider")},
	},
}
