package diagnoses

import "github.com/lsst-sqre/muster/validation/verdict"

// controllerSettings are causes in the controller's ConfigMap that show at many places as something
// else.
var controllerSettings = []rule{
	{
		says: "ingress-nginx does not believe what a load balancer says of clients (use-forwarded-headers in its " +
			"ConfigMap): Gafaelfawr's history and applications have its address for everybody. Set the key to true.",
		symptoms: []symptom{setting("TestControllerSettings", "use-forwarded-headers")},
		also:     []string{"TestHistoryAddress", "TestClientAddress", "TestTokenHistory", "TestRequestsUnchanged"},
		masks:    []string{"TestHistoryAddress", "TestClientAddress"},
		passed:   []string{"TestSnippetsAllowed", "TestErrorMapping"},
	},
	{
		says: "ingress-nginx speaks HTTP/1.0 to all applications (proxy-http-version in its ConfigMap): WebSockets do not " +
			"open, and connections that are kept break with 502 at times. Remove the key.",
		first:    "answers",
		symptoms: []symptom{setting("TestControllerSettings", "proxy-http-version")},
		also:     []string{"TestUpgrade"},
		masks:    []string{"TestUpgrade"},
		follows:  []symptom{found("", verdict.CodeFlapping, "first", "502")},
	},
	{
		says: "ingress-nginx hides headers that clients need (hide-headers in its ConfigMap): logins, refusals and " +
			"downloads lack what the finding names. Remove them from the key.",
		first:    "answers",
		symptoms: []symptom{setting("TestControllerSettings", "hide-headers")},
		also: []string{"TestLogin", "TestLogout", "TestAnswersInvariant", "TestLoginRedirect", "TestNoToken", "TestContents",
			"TestApplicationAnswers", "TestAnswersUnchanged", "TestHTTPSRedirect", "TestForms", "TestLoginState",
			"TestMobuRoutes", "TestPages", "TestSessionRevoked", "TestSweep", "TestSweepForged", "TestLongQueries"},
		masks:   []string{"TestLogout", "TestLogin", "TestAnswersInvariant", "TestLoginRedirect"},
		follows: []symptom{noHeader("", "*")},
	},
	{
		says: "The location-snippet in ingress-nginx's ConfigMap stands in every location, and replaces what Gafaelfawr's " +
			"Ingresses or applications say there. Remove from it what the finding quotes.",
		symptoms: []symptom{setting("TestControllerSettings", "location-snippet")},
		also: []string{"TestRequestsUnchanged", "TestAnswersUnchanged", "TestApplicationAnswers", "TestAnswersInvariant",
			"TestPreflight", "TestIndex"},
		masks: []string{"TestRequestsUnchanged", "TestAnswersUnchanged"},
	},
	{
		says: "ingress-nginx writes a header of its own into every answer of all hosts (add-headers in its ConfigMap), " +
			"where Gafaelfawr and applications have one: {got}. Remove it there, or set it for one application alone.",
		first:    "answers",
		symptoms: []symptom{setting("TestControllerSettings", "add-headers")},
		also:     inEveryAnswer,
		masks:    inEveryAnswer,
		follows: []symptom{found("", verdict.CodeHeaderValue, "at", ""), found("", verdict.CodeHeaderUnexpected, "at", ""),
			found("", verdict.CodeHeaderRepeated, "at", "")},
	},
	{
		says: "ingress-nginx writes a header of its own into every request to applications (proxy-set-headers in its " +
			"ConfigMap), where clients have one: {got}. Remove it there.",
		symptoms: []symptom{setting("TestControllerSettings", "proxy-set-headers")},
		header:   true,
		also: []string{"TestRequestsUnchanged", "TestForms", "TestFormsOverHTTP2", "TestAnswersInvariant",
			"TestUpgrade"},
		masks: []string{"TestRequestsUnchanged"},
	},
}

// inEveryAnswer are checks that see a header which all answers have.
var inEveryAnswer = []string{"TestAnswersInvariant", "TestWhoMayDoWhat", "TestAnswersUnchanged",
	"TestApplicationAnswers"}

// identityEverywhere is a hole that no Ingress shows.
var identityEverywhere = []rule{{
	says: "Applications are told of a user whom Gafaelfawr did not name: ingress-nginx writes {got} into every request " +
		"(proxy-set-headers in its ConfigMap). Remove it there.",
	symptoms: []symptom{
		found("TestControllerSettings", verdict.CodeSetting, "key", "proxy-set-headers", "got", "X-Auth-Request-*"),
	},
	header: true,
	also: []string{"TestForgedIdentity", "TestForgedIdentityOptions", "TestFormsOverHTTP2", "TestForms",
		"TestRequestsUnchanged", "TestSweepForged", "TestAnswersInvariant"},
	masks: []string{"TestForgedIdentity", "TestAnswersInvariant"},
}}

// takenPaths are holes because an application stands in Gafaelfawr's place.
var takenPaths = []rule{{
	says: "An Ingress of an application takes a path of Gafaelfawr's: what is meant for the login or the API goes to " +
		"the application, with the tokens of users. Remove the path, or the Ingress.",
	symptoms: []symptom{setting("TestIngressConflicts", "path")},
	also: []string{"TestUndeclaredOpen", "TestTokenInfo", "TestUserInfo", "TestUserInfoDelegated", "TestOwnAnswers",
		"TestWhoMayDoWhat", "TestLogin", "TestLogout", "TestLoginOpenRedirect", "TestLogoutOpenRedirect", "TestKnownUser",
		"TestManyGroups", "TestNoAnswersOfBefore", "TestOwnTokensMade", "TestQuotaConfigured", "TestQuotaNotCached",
		"TestSessionsApart", "TestUnusualNames"},
	masks: []string{"TestUndeclaredOpen"},
}}

// configs are causes in what GafaelfawrIngresses and Ingresses ask for.
var configs = []rule{
	{
		says: "Two GafaelfawrIngresses make one Ingress, which Gafaelfawr's operator writes for each in turn: the paths of " +
			"one of them are not served. Give each a template.metadata.name of its own.",
		symptoms: []symptom{found("TestGafaelfawrIngressConfig", verdict.CodeConflict)},
		also:     []string{"TestNoToken", "TestUnscopedToken", "TestOperatorIngresses", "TestIngressConflicts", "TestSweep"},
		masks:    []string{"TestNoToken", "TestUnscopedToken", "TestOperatorIngresses", "TestIngressConflicts"},
		follows:  []symptom{status("", 404)},
		paths:    true,
	},
	{
		says: "A GafaelfawrIngress wants tokens to live longer than Gafaelfawr lets any, or shorter than it may ask for, " +
			"so that everybody gets 500 there: correct delegate.minimumLifetime, which must be five minutes or more and five " +
			"minutes less than config.tokenLifetime.",
		symptoms: []symptom{setting("TestGafaelfawrIngressConfig", "minimumLifetime")},
		also:     []string{"TestUnscopedToken", "TestNotebook", "TestRequestsUnchanged"},
		masks:    []string{"TestUnscopedToken"},
		follows:  []symptom{status("", 500)},
		paths:    true,
	},
	{
		says: "Nobody may enter a path: its GafaelfawrIngress is for a service to which none delegates tokens. Correct the " +
			"name under onlyServices.",
		symptoms: []symptom{setting("TestGafaelfawrIngressConfig", "onlyServices")},
	},
	{
		says: "Nobody may enter a path: its GafaelfawrIngress asks for one of no scopes (scopes.any is empty). Name the " +
			"scopes, or write scopes.all: [] where every user may enter.",
		symptoms: []symptom{setting("TestGafaelfawrIngressConfig", "scopes.any")},
	},
	{
		says: "An application gets tokens without a scope that it wants for its users: Gafaelfawr does not know the scope " +
			"under delegate.internal.scopes. Correct it, or add it to config.knownScopes.",
		symptoms: []symptom{setting("TestGafaelfawrIngressConfig", "delegate.scopes")},
		passed:   []string{"TestScopesKnown"},
	},
	{
		says: "A snippet is not in nginx's language: nginx keeps its old configuration, and no new or changed Ingress of " +
			"any application is served. The finding names the Ingress and the line.",
		symptoms: []symptom{fails("TestSnippets")},
		also: []string{"TestControllerReload", "TestCanary", "TestErrorMapping", "TestIngressesServed", "TestSweep",
			"TestSweepForged"},
		masks: []string{"TestControllerReload"},
	},
	{
		says: "An Ingress has a pattern as its path, which nginx takes letter by letter: add the annotation use-regex, or " +
			"write the path without the pattern.",
		symptoms: []symptom{setting("TestIngressesServed", "use-regex")},
	},
	{
		says: "An Ingress asks Gafaelfawr at a path that Gafaelfawr does not have, so that everybody gets 500: it was " +
			"written for an older release. Replace it by a GafaelfawrIngress.",
		symptoms: []symptom{setting("TestAuthURL", "path")},
		also:     []string{"TestSweep", "TestSweepForged", "TestNoToken", "TestUnscopedToken"},
	},
	{
		says: "Clients choose the address that Gafaelfawr's history, logs and limits have of them: config.proxies has more " +
			"than the networks of the cluster. Take them out.",
		symptoms: []symptom{setting("TestGafaelfawrSettings", "proxies")},
		also:     []string{"TestHistoryForgedAddress"},
		masks:    []string{"TestHistoryForgedAddress"},
	},
	{
		says: "Clients choose the address that Gafaelfawr's history and logs have of them: it believes the first one in " +
			"X-Forwarded-For. Look at config.proxies, and at what stands before the ingress.",
		symptoms: []symptom{value("TestHistoryForgedAddress", "address")},
		refuted:  []string{"TestGafaelfawrSettings"},
	},
	{
		says: "Nobody may use an application because its quota is zero: Gafaelfawr answers 403 to everybody. Correct " +
			"config.quota, or give a group more.",
		symptoms: []symptom{setting("TestGafaelfawrSettings", "quota")},
	},
	{
		says: "Pages of failed logins are not whole: config.errorFooter of Gafaelfawr is no HTML that browsers can read. " +
			"The finding names the tag.",
		symptoms: []symptom{setting("TestGafaelfawrSettings", "errorFooter")},
	},
}
