package diagnoses

import (
	"slices"

	"github.com/lsst-sqre/muster/validation/verdict"
)

// leakShown are checks that see in an application's answer that it got what it
// must not have.
var leakShown = []string{"TestMobuRoutes", "TestAnswersUnchanged", "TestPages"}

// holes are causes that let a caller in, or something out, and must not.
var holes = []rule{
	{
		says: "Some requests get in that must not, and the same request is refused when it is asked again: {method} {path} " +
			"got {first} first and {then} then. A proxy mixes up the requests of its connections, a replica lets in " +
			"everyone, or something lets requests pass when Gafaelfawr does not answer.",
		symptoms: []symptom{found("", verdict.CodeFlapping, "first", "2*", "then", "*")},
		follows:  []symptom{found("", verdict.CodeFlapping), status("", 200), found("", verdict.CodeMixed)},
	},
	{
		says: "Clients get answers that belong to other requests: a cache in front leaves path or query out of its key, or " +
			"a proxy mixes up the answers of its connections. Other callers' answers may be among them.",
		symptoms: []symptom{found("TestAnswersInvariant", verdict.CodeInvariant, "rule", verdict.InvariantKept)},
		also: []string{"TestEditedScopes", "TestRevocation", "TestRequestsUnchanged", "TestLongQueries", "TestContents",
			"TestApplicationAnswers", "TestUpgrade", "TestFresh", "TestDelegatedUsers", "TestUsersApart",
			"TestAnswersUnchanged"},
		masks: []string{"TestRequestsUnchanged", "TestEveryClient"},
	},
	{
		says: "Answers are compressed for clients that did not ask for it: a proxy in front ignores Accept-Encoding. " +
			"Programs cannot read them.",
		symptoms: []symptom{found("TestAnswersUnchanged", "", "name", "Content-Encoding", "at", "")},
		follows:  []symptom{found("", verdict.CodeNoReport), found("", verdict.CodeHeaderValue, "at", "")},
		masks: []string{"TestAnswersInvariant", "TestApplicationAnswers", "TestContents", "TestLongQueries",
			"TestMethodsPassed", "TestOpenAPI", "TestPreflight", "TestUpgrade"},
	},
	{
		says: "Applications get the name or the token of another user, when two ask in turn: a cache keeps Gafaelfawr's " +
			"answers or tokens under a key without the user.",
		symptoms: []symptom{found("TestUsersApart", verdict.CodeWrongUser)},
		passed:   []string{"TestDelegatedUsers"},
	},
	{
		says: "Protected routes are open although their Ingresses ask Gafaelfawr: no-auth-locations in " +
			"ingress-nginx's ConfigMap exempts them. Remove that setting.",
		objects:  []symptom{setting("TestControllerSettings", "no-auth-locations")},
		symptoms: []symptom{status("TestNoToken", 200), setting("TestControllerSettings", "no-auth-locations")},
		refuted:  []string{"TestUnscopedToken"},
		open:     true,
		also:     []string{"TestForms", "TestQuota", "TestMethodsPassed"},
	},
	{
		says: "A protected route is open, and the application believes whatever identity a client sends: its " +
			"Ingress does not ask Gafaelfawr because its auth-url was edited away. Restart Gafaelfawr's operator, " +
			"which rewrites the Ingress.",
		objects:  []symptom{fails("TestUndeclaredOpen"), differs("auth-url", "")},
		symptoms: []symptom{status("TestNoToken", 200), fails("TestBearerStripped")},
		refuted:  []string{"TestUnscopedToken", "TestForgedIdentity"},
		place:    true,
		open:     true,
	},
	{
		says: "All protected routes are open: Gafaelfawr's refusals become 200 because custom error pages answer " +
			"the auth subrequest, or because error_page maps it.",
		symptoms: []symptom{status("TestNoToken", 200)},
		passed:   []string{"TestAuthenticated"},
		refuted:  []string{"TestUnknownToken"},
		open:     true,
		also:     []string{"TestIndex"},
	},
	{
		says: "Protected routes are open: ingress-nginx ignores their Ingresses because auth-url contains an " +
			"escape (a percent sign), and the anonymous Ingress answers instead. Update Gafaelfawr, whose " +
			"operator wrote the auth-url.",
		symptoms: []symptom{
			status("TestNoToken", 200),
			differs("auth-url", "*%*"),
		},
		refuted: []string{"TestUnscopedToken"},
		open:    true,
		also:    []string{"TestForms", "TestIndex", "TestQuota", "TestMethodsPassed"},
	},
	{
		says: "A protected route is open: its own Ingress is missing or not served, and a broader anonymous " +
			"Ingress answers instead. Look at the status of its GafaelfawrIngress and at the log of Gafaelfawr's " +
			"operator.",
		symptoms: []symptom{status("TestNoToken", 200)},
		refuted:  []string{"TestUnscopedToken"},
		place:    true,
		open:     true,
	},
	{
		says: "Some protected routes are open: nginx cannot load one Ingress, so it serves no newer one, and the " +
			"anonymous Ingress answers instead. Repair or delete the Ingress that the message names.",
		symptoms: []symptom{fails("TestControllerReload"), status("TestOnlyServices", 200)},
		refuted:  []string{"TestSweep", "TestProbesRefuse"},
		open:     true,
	},
	{
		says: "Some protected routes are open: their Ingresses are not served, and the anonymous Ingress answers " +
			"instead.",
		tellApart: "Either nginx cannot load one Ingress and serves no newer one, or Gafaelfawr's operator did not " +
			"make them. To tell: look for a RELOAD event of the controller's pod, and at kubectl get " +
			"gafaelfawringress -A.",
		symptoms: []symptom{status("TestOnlyServices", 200), probe("TestMinimumLifetime", "one-user")},
		passed:   []string{"TestNoToken"},
		refuted:  []string{"TestSweep", "TestProbesRefuse"},
		open:     true,
	},
	{
		says: "Applications get another user's token: a cache keeps Gafaelfawr's answers under a key without the " +
			"caller.",
		symptoms: []symptom{found("TestDelegatedUsers", verdict.CodeWrongUser)},
		passed:   []string{"TestForgedIdentity"},
	},
	{
		says:     "Users see the tokens of other users.",
		symptoms: []symptom{found("TestTokensOfOthers", verdict.CodeSucceeded)},
		follows: []symptom{found("", verdict.CodePermission, "got", "2*", "want", "40*", "operation", "GET *"),
			found("", verdict.CodeStatus, "got", "200")},
		refuted: []string{"TestWhoMayDoWhat"},
	},
	{
		says: "A token in the URL opens protected routes: a proxy turns access_token into an Authorization " +
			"header. URLs are logged and passed on, so tokens leak.",
		symptoms: []symptom{status("TestTokenInURL", 200)},
		passed:   []string{"TestNoToken"},
	},
	{
		says: "Muster's pages are open to everyone: their GafaelfawrIngresses are anonymous, or they have no " +
			"Ingress and the anonymous one of the prefix answers.",
		symptoms: []symptom{status("TestPages", 200)},
		passed:   []string{"TestNoToken", "TestUnscopedToken"},
	},
	{
		says: "Tokens are accepted with any secret: anyone who sees the key of a token in a log or on a page can " +
			"use it.",
		symptoms: []symptom{status("TestWrongSecret", 200)},
		passed:   []string{"TestNoToken", "TestUnknownToken"},
		refuted:  []string{"TestNearTokens"},
	},
	{
		says: "The bootstrap token opens applications, although it is meant to make tokens only and never " +
			"expires.",
		symptoms: []symptom{status("TestBootstrapTokenIsNoUser", 200)},
		passed:   []string{"TestNoToken", "TestUnknownToken"},
		refuted:  []string{"TestWhoMayDoWhat"},
	},
	{
		says: "Revoked tokens go on working for a while: ingress-nginx caches Gafaelfawr's answers because of an " +
			"auth-cache-duration on its Ingresses.",
		objects:  []symptom{differs("auth-cache-duration", "*")},
		symptoms: []symptom{status("TestRevocation", 200)},
		passed:   []string{"TestRevokedToken", "TestNoToken"},
		also:     []string{"TestPreflightForeign"},
		refuted:  []string{"TestOperatorIngresses"},
	},
	{
		says: "Scopes are not enforced: any valid token opens protected routes. The auth-url of the Ingresses " +
			"lacks scope.",
		symptoms: []symptom{status("TestUnscopedToken", 200)},
		passed:   []string{"TestNoToken"},
		refuted:  []string{"TestNearScopes"},
	},
	{
		says:     "Revoked tokens go on working.",
		symptoms: []symptom{status("TestRevokedToken", 200), status("TestRevocation", 200)},
		passed:   []string{"TestNoToken"},
		refuted:  []string{"TestWhoMayDoWhat"},
		also:     []string{"TestRevocationOfChildren", "TestRevokeNeedsAdmin", "TestWhoMayDoWhat", "TestTokenHistory"},
	},
	{
		says: "Restrictions to a user or a service are not enforced: others with the scope are let in because the " +
			"auth-url of the Ingresses lacks username and only_service.",
		symptoms: []symptom{status("TestUsername", 200), status("TestOnlyServices", 200)},
		passed:   []string{"TestNoToken", "TestUnscopedToken"},
		refuted:  []string{"TestWhoMayDoWhat"},
	},
	{
		says: "Callers' tokens reach applications: Authorization is missing from auth-response-headers of " +
			"Ingresses.",
		symptoms: []symptom{
			found("TestBearerStripped", verdict.CodeHeaderUnexpected, "got", "*gt-<*"),
			fails("TestBasicStripped"),
		},
		passed:  []string{"TestNoToken"},
		refuted: []string{"TestOperatorIngresses"},
		header:  true,
		also:    leakShown,
	},
	{
		says: "Something in front cuts the = at the end off Authorization: most credentials of Basic authentication are " +
			"refused, and on open routes their tokens reach applications, because Gafaelfawr cannot read them.",
		symptoms: []symptom{
			found("TestBasicLogin", verdict.CodeStatus, "got", "400"),
			fails("TestBasicStripped"),
		},
		passed: []string{"TestBearerStripped"},
		also:   slices.Concat(leakShown, []string{"TestConflictingTokens", "TestForms", "TestTokenInfo"}),
	},
	{
		says: "Callers' tokens reach applications when they come in Basic authentication: Gafaelfawr does not " +
			"remove them.",
		symptoms: []symptom{
			found("TestBasicStripped", verdict.CodeHeaderUnexpected, "name", "Authorization", "got", "Basic <*"),
		},
		passed:  []string{"TestBearerStripped"},
		refuted: []string{"TestCredentialPairs"},
		header:  true,
		also:    leakShown,
	},
	{
		says: "A proxy joins the identity that a client claims with the true one, and an application may believe " +
			"the first.",
		symptoms: []symptom{
			found("TestForgedIdentity", verdict.CodeHeaderValue, "name", "X-Auth-Request-User", "got", "root, *"),
		},
	},
	{
		says: "Session cookies reach applications: Cookie is missing from auth-response-headers of Ingresses.",
		symptoms: []symptom{
			found("TestSessionCookieStripped", verdict.CodeHeaderValue, "name", "Cookie", "got", "*gafaelfawr=<*"),
		},
		passed:  []string{"TestNoToken"},
		refuted: []string{"TestOperatorIngresses", "TestCredentialPairs"},
		header:  true,
		also:    leakShown,
	},
	{
		says: "A client's X-Auth-Request-Token reaches applications instead of their delegated token: the header " +
			"is missing from auth-response-headers of Ingresses.",
		symptoms: []symptom{
			found("TestForgedIdentity", verdict.CodeHeaderForged, "name", "X-Auth-Request-Token"),
			probe("TestDelegated", "delegated-token"),
		},
		follows: []symptom{probe("", "delegated-token-in-authorization")},
		passed:  []string{"TestNoToken"},
		refuted: []string{"TestOperatorIngresses"},
		header:  true,
		also:    slices.Concat(leakShown, []string{"TestMethodsPassed"}),
	},
	{
		says: "X-Auth-Request-User names another user than the delegated token: something behind Gafaelfawr sets " +
			"the header, or mixes up callers.",
		symptoms: []symptom{
			found("TestForgedIdentity", verdict.CodeHeaderValue, "name", "X-Auth-Request-User", "at", verdict.Application),
			probe("TestDelegated", "token-username"),
			probe("TestNotebook", "token-username"),
		},
		refuted: []string{"TestRequestsUnchanged"},
	},
	{
		says: "Identity headers that a client forges reach applications: the headers are missing from " +
			"auth-response-headers of Ingresses.",
		symptoms: []symptom{found("TestForgedIdentity", verdict.CodeHeaderForged)},
		passed:   []string{"TestNoToken"},
		refuted:  []string{"TestOperatorIngresses"},
		header:   true,
		also:     slices.Concat(leakShown, []string{"TestEmailHeader", "TestManyGroups"}),
	},
	{
		says: "The deployment is served under any host name: an Ingress has no host (kubectl get ingress -A shows " +
			"* under HOSTS).",
		symptoms: []symptom{found("TestForeignHost", verdict.CodeStatus)},
		passed:   []string{"TestNoToken"},
	},
	{
		says:     "Port 80 serves the deployment in clear: no Ingress lists its host under tls.",
		symptoms: []symptom{fails("TestIngressTLS"), fails("TestHTTPSRedirect")},
	},
	{
		says:     "Port 80 serves the deployment in clear: ssl-redirect is off.",
		objects:  []symptom{setting("TestControllerSettings", "ssl-redirect")},
		symptoms: []symptom{setting("TestControllerSettings", "ssl-redirect"), fails("TestHTTPSRedirect")},
	},
	{
		says:     "Clients can forge their address: ingress-nginx lacks one of Phalanx's settings.",
		objects:  []symptom{setting("TestControllerSettings", "*forwarded*")},
		symptoms: []symptom{fails("TestControllerSettings"), fails("TestClientAddress")},
	},
	{
		says: "Headers with underscores reach applications, and some applications take X_Auth_Request_User for " +
			"X-Auth-Request-User: enable-underscores-in-headers is set in ingress-nginx's ConfigMap.",
		symptoms: []symptom{found("TestUnderscoreHeaders", verdict.CodeHeaderUnexpected, "name", "X_Auth_Request_User")},
		passed:   []string{"TestNoToken"},
	},
	{
		says: "Methods other than GET pass without credentials: a snippet or a proxy asks Gafaelfawr about GET " +
			"only.",
		symptoms: []symptom{status("TestMethodsProtected", 200)},
		passed:   []string{"TestNoToken"},
	},
	{
		says: "Tokens that will soon expire are let in where the application requires a longer lifetime: the " +
			"auth-url of the Ingress lacks minimum_lifetime, or has a smaller one.",
		symptoms: []symptom{status("TestMinimumLifetime", 200)},
		passed:   []string{"TestNoToken", "TestOnlyServices", "TestDelegated"},
	},
	{
		says: "Gafaelfawr's routes for the ingress can be called from outside and reveal which tokens are valid: " +
			"an Ingress maps /ingress of the host to Gafaelfawr.",
		symptoms: []symptom{fails("TestIngressAuthNotPublic")},
	},
	{
		says: "The cluster's network does not enforce NetworkPolicies although they exist: any pod reaches " +
			"Gafaelfawr and the applications past the ingress.",
		symptoms: []symptom{fails("TestNetworkPoliciesEnforced")},
		passed:   []string{"TestNetworkPolicies"},
	},
	{
		says:     "TRACE is answered with the request, including its credentials.",
		symptoms: []symptom{status("TestTrace", 200)},
		also:     []string{"TestAnswersInvariant"},
	},
	{
		says: "Applications get a token although their GafaelfawrIngress asks for none: something adds delegation to " +
			"the auth subrequest, or X-Auth-Request-Token to its answer.",
		symptoms: []symptom{probe("TestAuthenticated", "no-delegated-token")},
		passed:   []string{"TestNoToken"},
	},
	{
		says: "Applications get an email address that is not the user's: something adds or changes " +
			"X-Auth-Request-Email behind Gafaelfawr.",
		symptoms: []symptom{found("TestAuthenticated", "", "name", "X-Auth-Request-Email")},
		follows:  []symptom{probe("", "user-info-email"), found("TestMobuRoutes", "")},
		passed:   []string{"TestNoToken"},
	},
	{
		says:     "A request with two Authorization lines is let in: a proxy in front keeps an arbitrary one of them.",
		symptoms: []symptom{status("TestTwoAuthorizations", 200)},
		also:     []string{"TestAnswersInvariant"},
	},
	{
		says:     "Login and logout redirect to other sites: rd is not checked.",
		symptoms: []symptom{fails("TestLoginOpenRedirect"), fails("TestLogoutOpenRedirect")},
		passed:   []string{"TestLogin"},
		also:     []string{"TestSubdomains"},
	},
	{
		says:     "CORS preflights of other sites' pages reach applications.",
		symptoms: []symptom{status("TestPreflightForeign", 200)},
		passed:   []string{"TestNoToken", "TestRevocation"}, // not an answer that nginx kept
	},
	{
		says:     "An Ingress lets in callers of some addresses without a token: it has satisfy: any.",
		symptoms: []symptom{differs("satisfy", "any")},
	},
	{
		says: "A pod that is no ingress controller has the label by which NetworkPolicies let the controller in: " +
			"it can claim any user's identity to any application.",
		symptoms: []symptom{fails("TestIngressLabel")},
	},
	{
		says: "A NetworkPolicy lets every pod connect to a workload that trusts every connection: policies add up, and " +
			"this one opens what the others close.",
		symptoms: []symptom{setting("TestNetworkPolicies", "ingress")},
	},
	{
		says: "Workloads that trust every connection have no NetworkPolicy: any pod reaches them past the " +
			"ingress.",
		symptoms: []symptom{missing("TestNetworkPolicies", "NetworkPolicy")},
	},
	{
		says: "A NetworkPolicy lets pods that need others connect to nothing: they do not reach their database or " +
			"Redis, at the latest after a restart.",
		symptoms: []symptom{setting("TestNetworkPolicies", "egress")},
	},
	{
		says: "Guarded paths are open: an Ingress with use-regex or a rewrite-target makes every path of the host " +
			"a pattern, " +
			"so that an open one takes in whatever begins with it, in any case.",
		symptoms: []symptom{found("TestSweep", verdict.CodeShadowed)},
		passed:   []string{"TestNoToken"},
		refuted:  []string{"TestSweepForged"},
	},
	{
		says: "An Ingress asks somebody outside of the deployment for authentication: whoever answers there " +
			"decides who is let in.",
		symptoms: []symptom{setting("TestAuthURL", "auth-url")},
		also:     []string{"TestSweep", "TestSweepForged"},
	},
	{
		says:     "A Service, a pod or a route leads past the ingress, which alone asks Gafaelfawr.",
		symptoms: []symptom{fails("TestWaysAround")},
	},
	{
		says: "A path is open though its Ingress asks for authentication: what is asked lets in anyone, or is not " +
			"asked under that name.",
		symptoms: []symptom{status("TestSweep", 200), status("TestSweepForged", 200)},
		passed:   []string{"TestNoToken", "TestOnlyServices", "TestOperatorIngresses"},
	},
	{
		says: "An Ingress was edited since Gafaelfawr's operator made it: it has an unprotected path. " +
			"Restart the operator, which rewrites everything.",
		symptoms: []symptom{
			found("TestOperatorIngresses", verdict.CodeDifference, "field", "rules"),
			fails("TestUndeclaredOpen"),
		},
		passed: []string{"TestNoToken", "TestGafaelfawrIngressStatus"},
	},
	{
		says: "An Ingress has no authentication: it is an application's own Ingress, or its auth-url was edited " +
			"away.",
		symptoms: []symptom{fails("TestUndeclaredOpen")},
		passed:   []string{"TestNoToken"},
	},
	{
		says: "Any pod can take over the ingress controller, with every Secret of the cluster (CVE-2025-1974): " +
			"update ingress-nginx.",
		symptoms: []symptom{fails("TestControllerVersion")},
	},
	{
		says: "A VaultSecret reads secrets of another environment: whatever they sign or decrypt there is valid " +
			"here, too.",
		symptoms: []symptom{fails("TestVaultPaths")},
	},
}
