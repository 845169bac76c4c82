package diagnoses

import "github.com/lsst-sqre/muster/validation/verdict"

// contents are causes that show in what requests and answers of applications are
// made of.
var contents = []rule{
	{
		says: "Refusals or redirects to the login may be kept by browsers and caches, so that who has just logged in is " +
			"refused on: a snippet with expires, or a proxy in front, sets their Cache-Control.",
		symptoms: []symptom{found("TestAnswersInvariant", verdict.CodeInvariant, "rule", verdict.InvariantCacheable)},
		passed:   []string{"TestNoToken"},
		also:     []string{"TestApplicationAnswers"},
	},
	{
		says: "Methods that applications need are refused on the way: a snippet with limit_except, or a firewall or proxy " +
			"in front. The finding has the method.",
		symptoms: []symptom{found("TestContents", verdict.CodeStatus, "got", "405")},
		passed:   []string{"TestAuthenticated"},
		also: []string{"TestMethodsPassed", "TestMethodsProtected", "TestEditedScopes", "TestWhoMayDoWhat",
			"TestEditedExpiry", "TestLongLives", "TestTokensWithoutEnd"},
	},
	{
		says: "Methods of WebDAV are refused on the way, and common ones are not: a snippet with limit_except, or a " +
			"firewall or proxy in front.",
		symptoms: []symptom{found("TestMethodsProtected", verdict.CodeStatus, "got", "405")},
		passed:   []string{"TestMethodsPassed", "TestContents", "TestNoToken"},
	},
	{
		says: "Requests with Expect: 100-continue are refused: a proxy in front does not know it, and curl sends it with " +
			"large uploads.",
		symptoms: []symptom{found("TestContents", verdict.CodeStatus, "got", "417")},
		passed:   []string{"TestAuthenticated"},
	},
	{
		says: "A web application firewall refuses requests by their content: queries of ADQL, notebooks or uploads look " +
			"like attacks to it. Turn off the rule for the deployment (ModSecurity in ingress-nginx, Cloud Armor, a proxy).",
		symptoms: []symptom{found("TestContents", verdict.CodeStatus, "got", "403")},
		passed:   []string{"TestAuthenticated", "TestBodies", "TestMethodsPassed"},
	},
	{
		says: "Files are refused by the ending of their names ({operation}): a web application firewall in front takes the " +
			"files of users for those of a server. Turn off the rule for the deployment.",
		symptoms: []symptom{found("TestContents", verdict.CodePermission, "caller", "somebody")},
		passed:   []string{"TestAuthenticated"},
	},
	{
		says: "Browsers are refused because of a header that says nothing of who asks ({operation}): block-referers in " +
			"ingress-nginx's ConfigMap, or a protection from bots in front.",
		symptoms: []symptom{found("TestEveryClient", verdict.CodePermission, "caller", "a browser")},
		passed:   []string{"TestAuthenticated"},
	},
	{
		says: "Some programs are refused whatever their token: something in front goes by User-Agent, by the number of " +
			"headers or by the spelling of the host, such as a protection from bots.",
		symptoms: []symptom{found("TestEveryClient", verdict.CodeStatus, "want", "200")},
		passed:   []string{"TestAuthenticated", "TestForms"},
	},
	{
		says: "Clients choose the method that applications see: a proxy between the ingress and the applications obeys " +
			"X-HTTP-Method-Override, so that a GET becomes another request than was judged.",
		symptoms: []symptom{valueIs("TestRequestsUnchanged", "method at the application", "DELETE")},
		passed:   []string{"TestMethodsPassed"},
	},
	{
		says: "Bodies of some methods or types reach applications changed: a proxy drops, reads or rewrites them. The " +
			"finding has the request.",
		symptoms: []symptom{value("TestContents", "digest of the body at the application")},
		passed:   []string{"TestAuthenticated", "TestBodies", "TestRequestsUnchanged"},
		also:     []string{"TestMethodsPassed"},
	},
	{
		says: "Pages of the ingress or of a proxy stand in for applications' own answers: custom-http-errors, " +
			"proxy_intercept_errors, or a proxy in front. The finding has the status.",
		symptoms: []symptom{found("TestApplicationAnswers", verdict.CodeHeaderValue, "name", "Content-Type")},
		passed:   []string{"TestAuthenticated", "TestAnswersUnchanged"},
		also: []string{
			"TestForeignHost", "TestOwnTokensListed", "TestQuotaOverrides", "TestRequestsUnchanged",
			"TestRevocationOfChildren", "TestWhoMayDoWhat",
		},
	},
	{
		says: "Large answers of applications arrive cut: something on the way has no room for them, such as nginx for its " +
			"temporary files.",
		symptoms: []symptom{ // of the one large answer (muster/chosen)
			found("TestApplicationAnswers", verdict.CodeValue, "name", "length of the answer", "want", "200000"),
		},
		passed: []string{"TestAuthenticated", "TestRequestsUnchanged"},
	},
	{
		says: "Bodies of some answers of applications arrive changed ({path}): a proxy rewrites them, a snippet has " +
			"sub_filter, or something answers in the application's place. The finding has the status.",
		symptoms: []symptom{value("TestApplicationAnswers", "digest of the answer")},
		passed:   []string{"TestAuthenticated", "TestRequestsUnchanged"},
	},
	{
		says: "Gafaelfawr's API tells a user another history of tokens than it tells administrators: something on the way " +
			"keeps or rewrites its answers.",
		symptoms: []symptom{value("TestTokenHistory", "history as the administrator sees it")},
		also:     []string{"TestHistoryPages"},
		refuted:  []string{"TestHistoryPages"},
	},
	{
		says: "Statuses of applications' own arrive as others: an error page or a proxy replaces them. The finding has " +
			"both.",
		symptoms: []symptom{found("TestApplicationAnswers", verdict.CodeStatus)},
		passed:   []string{"TestAuthenticated", "TestAnswersUnchanged", "TestRequestsUnchanged"},
	},
	{
		says: "Headers of applications' answers arrive changed, which only some answers have: cookies, Location, ETag, a " +
			"challenge or the name of a file. Look for proxy-cookie-path, proxy-redirect-from, gzip and proxies in front.",
		symptoms: []symptom{found("TestApplicationAnswers", "", "at", "")},
		passed: []string{"TestAuthenticated", "TestAnswersUnchanged", "TestRequestsUnchanged", "TestLogin", "TestNoToken",
			"TestUnscopedToken"},
	},
	{
		says:     "WebSockets do not work: something drops Upgrade on the way, so that notebooks connect and stop at once.",
		symptoms: []symptom{found("TestUpgrade", "", "name", "Upgrade", "at", verdict.Application)},
		passed:   []string{"TestAuthenticated", "TestRequestsUnchanged"},
	},
	{
		says: "WebSockets fail for browsers that send cookies, and work for programs: a load balancer in front treats " +
			"requests with cookies otherwise, and drops Upgrade from them.",
		symptoms: []symptom{value("TestUpgrade", "Upgrade with cookies")},
		passed:   []string{"TestAuthenticated", "TestRequestsUnchanged", "TestForeignCookiesKept"},
	},
	{
		says: "Clients that are made of an OpenAPI document ask {got} and not this deployment: what is in front does not " +
			"tell the host and HTTPS that clients use (Host, X-Forwarded-Proto), or Gafaelfawr describes its address inside.",
		symptoms: []symptom{value("TestOpenAPI", "server of the OpenAPI document")},
		passed:   []string{"TestTokenInfo"},
	},
	{
		says: "The home page loads scripts that are not this deployment's, from {got}: its values are those of another " +
			"environment, or name an address that browsers do not load. Correct the home page's values, and sync it.",
		symptoms: []symptom{value("TestHomePageAssets", "where the home page loads scripts")},
		passed:   []string{"TestHomePage"},
	},
	{
		says: "Programs with a token are refused at Gafaelfawr's API as soon as they send cookies of others: it takes any " +
			"cookie for a session, and asks for a CSRF token. " + ofRelease,
		symptoms: []symptom{found("TestCSRF", verdict.CodePermission, "caller", "a token beside cookies of others*")},
		passed:   []string{"TestWhoMayDoWhat"},
	},
	{
		says: "Programs that log in by OpenID Connect are sent to {got} and not to this deployment: Gafaelfawr's issuer is " +
			"another environment's, or what is in front does not tell the host and HTTPS that clients use.",
		symptoms: []symptom{value("TestOpenIDConfiguration", "OpenID Connect *")},
		passed:   []string{"TestTokenInfo"},
	},
	{
		says: "The home page's link to the login leads to {got}: people log in to another deployment. Correct the home " +
			"page's values, and sync it.",
		symptoms: []symptom{value("TestHomePageUsable", "host of the login")},
		passed:   []string{"TestHomePage"},
	},
	{
		says: "Browsers show a home page without life, because its Content-Security-Policy forbids its own scripts " +
			"({got}): one for programs was set for everything (add-headers of ingress-nginx, a proxy in front).",
		symptoms: []symptom{value("TestHomePageUsable", "Content-Security-Policy")},
		passed:   []string{"TestHomePage"},
	},
}
