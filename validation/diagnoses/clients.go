package diagnoses

import (
	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// clients are causes that only some programs, pages or names meet.
var clients = []rule{
	{
		says: "Of several query parameters of one name, applications get one or one that joins them, and all else as it " +
			"was sent: a firewall in front takes them for an attack (parameter pollution), or a gateway reads them into a " +
			"table. Searches for several values find too little. Allow repeated parameters there.",
		symptoms: []symptom{value("TestRequestsUnchanged", "repeated parameters at the application")},
		passed:   []string{"TestNoToken", "TestAuthenticated"},
	},
	{
		says: "Applications get another path or query than clients send: a rewrite-target, or a proxy in front or " +
			"behind the ingress, decodes it or writes it anew.",
		symptoms: []symptom{value("TestRequestsUnchanged", "target at the application")},
		passed:   []string{"TestNoToken", "TestAuthenticated"},
		also:     queried,
		masks:    queried,
	},
	{
		says: "Cookies beyond a number of them are lost: a firewall or a proxy in front counts them, and browsers keep " +
			"fifty for a host.",
		symptoms: []symptom{value("TestForeignCookiesKept", "number of cookies at the application")},
		passed:   []string{"TestSessionCookieStripped"},
	},
	{
		says: "Paths that are long or unusual are refused on the way, such as one of 300 letters or with a semicolon: a " +
			"firewall or a proxy in front bounds or reads them. The finding has the path.",
		symptoms: []symptom{found("TestRequestsUnchanged", verdict.CodeStatus, "want", "200 or 404", "got", "4*")},
		passed:   []string{"TestAuthenticated", "TestLongQueries"},
	},
	{
		says: "Something in front rewrites email addresses in pages, as content delivery networks do to hide them from " +
			"programs (Cloudflare's email obfuscation): people and scripts find others. Switch it off.",
		symptoms: []symptom{value("TestPages", "email on the page")},
		passed:   []string{"TestNoToken", "TestEmailHeader"},
	},
	{
		says: "Large request targets are refused ({got}): something in front bounds them below 6,000 characters, and " +
			"queries of ADQL are as long. Raise its limit (large-client-header-buffers of ingress-nginx, or the load " +
			"balancer's).",
		symptoms: []symptom{status("TestLongQueries", 414)},
		passed:   []string{"TestAuthenticated"},
	},
	{
		says: "Something in front bounds all headers of a request together, and refuses (431) users who have many cookies " +
			"or long ones: ingress-nginx bounds each line alone, at 64 kB, and says 400. Raise the limit of that load " +
			"balancer or gateway to 64 kB and more.",
		symptoms: []symptom{status("TestBigCookies", 431)},
		passed:   []string{"TestAuthenticated"},
		also:     []string{"TestCookieLimits"},
		masks:    []string{"TestCookieLimits"},
	},
	{
		says: "Something in front writes a script into every page: features of content delivery networks do so, such as " +
			"protections from bots, and pages that allow no scripts of others break. Switch it off.",
		symptoms: []symptom{value("TestPages", "scripts in a page")},
		passed:   []string{"TestNoToken"},
		also:     []string{"TestHomePageAssets"},
		masks:    []string{"TestHomePageAssets"},
	},
	{
		says: "Requests whose body has no length are refused (411): a proxy in front takes no chunks, and programs that " +
			"stream uploads cannot.",
		symptoms: []symptom{status("TestBodies", 411)},
		passed:   []string{"TestAuthenticated", "TestUpload"},
		also:     []string{"TestForms", "TestMethodsProtected"},
		masks:    []string{"TestForms", "TestMethodsProtected"},
	},
	{
		says: "Bodies of some types are refused (415): a firewall or a proxy in front allows but some. The finding has the " +
			"type.",
		symptoms: []symptom{status("TestContents", 415)},
		passed:   []string{"TestAuthenticated"},
	},
	{
		says: "Long headers are lost on the way, and the request goes on without them: a proxy in front drops what is " +
			"longer than it likes.",
		symptoms: []symptom{found("TestBigCookies", verdict.CodeHeaderMissing, "name", "Cookie", "at", verdict.Application)},
		passed:   []string{"TestForeignCookiesKept"},
		also:     []string{"TestCookieLimits"},
	},
	{
		says: "Tokens are lost from requests that have a query: a content delivery network in front drops Authorization " +
			"where it might keep the answer.",
		symptoms: []symptom{status("TestLongQueries", 401), status("TestContents", 401)},
		passed:   []string{"TestAuthenticated", "TestMethodsPassed"},
		also: []string{"TestApplicationAnswers", "TestHistoryFilters", "TestHistoryPages", "TestInputsRefused",
			"TestNoAnswersOfBefore", "TestRequestsUnchanged", "TestTokenHistory", "TestWhoMayDoWhat"},
		follows: []symptom{found("", verdict.CodeAPIStatus, "got", "401")},
		masks:   []string{"TestApplicationAnswers", "TestHistoryPages", "TestRequestsUnchanged", "TestWhoMayDoWhat"},
	},
	{
		says: "A cache in front keeps answers of Gafaelfawr's API (Age), such as paths that end like a static file: " +
			"clients get what was true before. Take /auth out of it.",
		symptoms: []symptom{found("TestWhoMayDoWhat", verdict.CodeHeaderUnexpected, "name", "Age")},
		passed:   []string{"TestTokenInfo"},
	},
	{
		says: "A deletion of one token ends other tokens of the user, too: Gafaelfawr's version has a defect, or something " +
			"in front repeats the request for others.",
		symptoms: []symptom{value("TestOwnTokensListed", "other tokens after one was deleted")},
		passed:   []string{"TestRevocation"},
		also:     []string{"TestCSRF", "TestDelegatedRenewed", "TestHistoryPages", "TestInputsRefused", "TestWhoMayDoWhat"},
		masks:    []string{"TestOwnTokensListed", "TestDelegatedRenewed", "TestWhoMayDoWhat"},
	},
	{
		says: "Lists of tokens tell another time of creation than the tokens themselves: Gafaelfawr's database has times " +
			"of another zone than UTC.",
		symptoms: []symptom{value("TestOwnTokensListed", "created in the list of tokens")},
		passed:   []string{"TestClock"},
	},
	{
		says: "Refusals over a spent quota say when to ask again (Retry-After) in a form that is no date of HTTP, " +
			"so that clients cannot read it: RFC 9110 wants one such as Sun, 06 Nov 1994 08:49:37 GMT. Gafaelfawr's version " +
			"writes it so, or a proxy rewrites it.",
		symptoms: []symptom{found("TestQuota", verdict.CodeHeaderValue, "name", "Retry-After", "got", "*:*")},
		passed:   []string{"TestQuotaConfigured"},
	},
	{
		says: "Refusals over a spent quota do not say when to ask again (Retry-After), so that programs ask at once or not " +
			"at all: something in front rewrites the header.",
		symptoms: []symptom{found("TestQuota", verdict.CodeHeaderValue, "name", "Retry-After")},
		passed:   []string{"TestQuotaConfigured"},
	},
	{
		says: "HEAD tells a length of zero for answers that GET sends whole: a proxy in front answers HEAD in its own way, " +
			"and programs that ask before they download get nothing.",
		symptoms: []symptom{value("TestAnswersUnchanged", "length that HEAD tells")},
	},
	{
		says: "Programs that name the port of https in the host, as some of Java do, are refused: a proxy in front " +
			"compares Host by its letters.",
		symptoms: []symptom{found("TestEveryClient", verdict.CodePermission, "caller", "a program")},
		passed:   []string{"TestAuthenticated"},
	},
	{
		says: "WebSockets lose their subprotocol or what else their handshake says, so that notebooks connect to no " +
			"kernel: a proxy in front drops headers that it does not know. The finding has the header.",
		symptoms: []symptom{found("TestUpgrade", "", "name", "Sec-WebSocket-*", "at", verdict.Application)},
		passed:   []string{"TestAuthenticated", "TestRequestsUnchanged"},
		follows: []symptom{
			found("TestAnswersInvariant", verdict.CodeInvariant, "rule", verdict.InvariantRequest, "name", "Sec-WebSocket-*"),
		},
	},
	{
		says: "The identity provider is not told who asks, so that nobody can log in: the client id in Gafaelfawr's " +
			"configuration (config.cilogon, config.github or config.oidc) is empty.",
		symptoms: []symptom{value("TestLogin", "client_id")},
	},
	{
		says: "Users who write letters beyond ASCII in the name of a token get an error: Gafaelfawr's database has another " +
			"encoding than UTF-8 (SHOW server_encoding), or something in front reads the body.",
		symptoms: []symptom{found("TestOwnTokensMade", verdict.CodeAPIStatus, "got", "5*", "path", "*/tokens")},
		passed:   []string{"TestOwnTokensListed", "TestTokensOfOthers"},
		absent:   []symptom{found("TestOwnTokensMade", verdict.CodeAPIStatus, "want", "*")},
	},
	{
		says: "Emails with a plus sign or an apostrophe do not reach applications as they are, and others do: a snippet, a " +
			"proxy, or Gafaelfawr's version changes X-Auth-Request-Email.",
		symptoms: []symptom{found("TestEmailHeader", "", "name", gafaelfawr.HeaderEmail, "at", verdict.Application)},
		passed:   []string{"TestManyGroups"},
	},
	{
		says: "Names arrive as HTML (&amp; for &): a gateway in front rewrites the JSON of Gafaelfawr's API against " +
			"scripts in it.",
		symptoms: []symptom{valueIs("TestUnusualNames", "name", "*&amp;*")},
		passed:   []string{"TestUserInfo"},
	},
	{
		says: "A job of Gafaelfawr's never runs, because its schedule names no time: tokens and history pile up, or " +
			"nothing compares its database with its Redis. Correct config.maintenance in its values.",
		symptoms: []symptom{found("TestCronJobs", verdict.CodeSetting, "key", "schedule", "want", "times")},
	},
	{
		says: "A certificate cannot be renewed because its issuer is not there: it was renamed or deleted, or the " +
			"Certificate names it wrongly. What was issued goes on until it expires.",
		symptoms: []symptom{missing("TestIssuers", "issuer")},
		passed:   []string{"TestCertificatesReady"},
	},
	{
		says: "Gafaelfawr is configured for another host than this one (config.baseUrl, which comes from global.baseUrl): " +
			"with its next start it sends people there, and refuses this one. Correct the values of the environment.",
		symptoms: []symptom{setting("TestGafaelfawrSettings", "baseUrl")},
	},
	{
		says: "A Secret is immutable, so that vault-secrets-operator cannot change it: what is new in Vault does not reach " +
			"the applications. Delete the Secret, and the operator makes it anew.",
		symptoms: []symptom{setting("TestVaultSecretsPresent", "immutable")},
	},
	{
		says: "Who writes a request in a form that few use is refused, and in the usual form is not: {caller} " +
			"({operation}). Gafaelfawr, or something in front, reads the usual form alone. Send the printed request to the " +
			"ingress controller directly: if that serves it, what is in front is the cause, else Gafaelfawr's release.",
		symptoms: []symptom{found("TestEveryForm", verdict.CodePermission)},
		passed: []string{"TestAuthenticated", "TestSessionSecret", "TestMethodsPassed", "TestForeignCookiesKept",
			"TestEveryClient"},
	},
}

// queried are checks of Gafaelfawr's API that go by what stands in queries.
var queried = []string{"TestHistoryFilters", "TestHistoryPages"}
