package diagnoses

import (
	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// familyHoles are holes that whole families of requests show: every answer,
// every caller, near misses. Narrower causes of the same holes come before
// them.
var familyHoles = []rule{
	{
		says: "Answers repeat credentials to clients: a snippet or an application copies Authorization or cookies into " +
			"its answers, where caches and logs keep them. Remove what adds the header or the text.",
		symptoms: []symptom{found("TestAnswersInvariant", verdict.CodeInvariant, "rule", verdict.InvariantCredential)},
		passed:   []string{"TestTrace"},
	},
	{
		says: "Answers show identity headers of Gafaelfawr's to clients: a snippet copies them from the auth subrequest. " +
			"Remove it.",
		symptoms: []symptom{found("TestAnswersInvariant", verdict.CodeInvariant, "rule", verdict.InvariantIdentity,
			"name", "X-Auth-Request-*")},
	},
	{
		says: "The session cookie is set or deleted outside login and logout: users are logged out, or get another's " +
			"session. Find the proxy or application that sends this Set-Cookie.",
		symptoms: []symptom{found("TestAnswersInvariant", verdict.CodeInvariant, "rule", verdict.InvariantCookie)},
	},
	{
		says: "Applications believe the name that a client writes beside a token in Basic authentication: something " +
			"between Gafaelfawr and the applications sets X-Auth-Request-User from it.",
		symptoms: []symptom{found("TestCredentialPairs", verdict.CodeHeaderValue, "name", "X-Auth-Request-User",
			"at", verdict.Application)},
		passed: []string{"TestForgedIdentity"},
	},
	{
		says: "Over HTTP/2 session cookies reach applications: a proxy joins or splits the cookie lines of HTTP/2 behind " +
			"Gafaelfawr's filter.",
		symptoms: []symptom{
			found("TestCredentialPairs", verdict.CodeHeaderValue, "name", "Cookie", "at", verdict.Application),
		},
		passed: []string{"TestSessionCookieStripped", "TestProbesRefuse"}, // its route asks Gafaelfawr
	},
	{
		says: "A credential that is malformed over HTTP/2 is let in: something in front trims what HTTP/2 carries. Ask the " +
			"ingress controller directly; then have the load balancer pass on values as they are.",
		symptoms: []symptom{status("TestFormsOverHTTP2", 200)},
		passed:   []string{"TestForms", "TestMalformedToken", "TestTwoAuthorizations", "TestProbesRefuse"},
	},
	{
		says: "Administrators of something else may do what admin:token alone allows ({operation}): whoever has a scope " +
			"such as admin:userinfo can make tokens for anyone. Whoever answers is not Gafaelfawr, or maps scopes.",
		symptoms: []symptom{found("TestWhoMayDoWhat", verdict.CodePermission, "caller", "another administrator",
			"operation", "POST /auth/api/v1/tokens", "want", "403")},
		passed: []string{"TestTokensOfOthers", "TestRevokedToken", "TestEditedScopes"},
		absent: []symptom{found("TestWhoMayDoWhat", verdict.CodePermission, "caller", "another administrator", "got", "5*")},
	},
	{
		says: "Callers may do at Gafaelfawr's API what is not theirs ({operation} by {caller}): Gafaelfawr's version does " +
			"not look at who asks, something else answers there, or tokens have scopes that they were not given.",
		symptoms: []symptom{found("TestWhoMayDoWhat", verdict.CodePermission, "got", "2*", "want", "40*",
			"operation", "*/auth/api/*")},
		passed: []string{"TestTokensOfOthers", "TestRevokedToken", "TestEditedScopes"},
		absent: []symptom{found("TestWhoMayDoWhat", verdict.CodePermission, "caller", "a revoked token", "got", "2*")},
	},
	{
		says: "Gafaelfawr's API takes the request of a caller whom it must refuse, and refuses only what stands in it " +
			"({operation} by {caller}): another request would succeed. " + ofRelease,
		symptoms: []symptom{found("TestWhoMayDoWhat", verdict.CodePermission, "got", "422", "want", "40*",
			"operation", "*/auth/api/*")},
		passed: []string{"TestTokensOfOthers", "TestRevokedToken"},
	},
	{
		says: "User information is kept under the user and not under the token: a token that was made with other data " +
			"gets that of another.",
		symptoms: []symptom{value("TestOwnAnswers", "name")},
		passed:   []string{"TestUserInfo"},
	},
	{
		says: "A cache in front gives one caller's answers to others: it keeps what ends like a static file, and leaves " +
			"Authorization out of its key. Switch it off for this host.",
		symptoms: []symptom{status("TestNoAnswersOfBefore", 200)},
		passed:   []string{"TestNoToken"},
	},
	{
		says:      "Scopes that begin alike stand for each other",
		inIngress: "the auth-url of an Ingress asks for any of several.",
		symptoms:  []symptom{status("TestNearScopes", 200)},
		passed:    []string{"TestNoToken", "TestUnscopedToken"},
	},
	{
		says:      "One of several scopes is enough where all are wanted",
		inIngress: "the auth-url of the Ingress has satisfy=any, or not all scopes.",
		symptoms:  []symptom{status("TestAllScopes", 200)},
		passed:    []string{"TestNoToken", "TestUnscopedToken", "TestProbesRefuse"},
	},
	{
		says:      "No scope is asked for where any of several is wanted",
		inIngress: "the auth-url of the Ingress lost them.",
		symptoms:  []symptom{status("TestAnyScope", 200)},
		also:      []string{"TestProbesScoped"},
		passed:    []string{"TestNoToken", "TestUnscopedToken", "TestProbesRefuse"},
	},
	{
		says:      "A route that is for one user lets in others, or that user without the scope",
		inIngress: "the auth-url of the Ingress lost scope or username.",
		symptoms:  []symptom{found("TestUsername", verdict.CodeStatus, "got", "200", "want", "403")},
		also:      []string{"TestProbesScoped"},
		passed:    []string{"TestNoToken", "TestUnscopedToken", "TestOnlyServices"},
	},
	{
		says:      "A route that is for services alone lets in people's own tokens",
		inIngress: "the auth-url of the Ingress lacks only_service, as with a Gafaelfawr before 12.0.",
		symptoms:  []symptom{status("TestOnlyServices", 200)},
		passed:    []string{"TestNoToken", "TestUnscopedToken", "TestProbesRefuse"},
		also:      []string{"TestProbesScoped"},
	},
	{
		says:      "A route that is for the user of its host name alone lets in others",
		inIngress: "its auth-url lacks user_domain, or scope.",
		symptoms:  []symptom{found("TestUserDomain", verdict.CodeStatus, "got", "200", "want", "403")},
		passed:    []string{"TestNoToken", "TestUnscopedToken", "TestUsername"},
	},
	{
		says: "The session cookie goes to every host below the deployment's, although the environment says that " +
			"Gafaelfawr's allowSubdomains is off: what answers at any of them gets people's sessions.",
		symptoms: []symptom{valueIs("TestSubdomains", "cookie for hosts below the deployment's", "true")},
		passed:   []string{"TestLogin"},
	},
	{
		says:     "What is almost a token is accepted: tokens are compared without regard to letter case or length.",
		symptoms: []symptom{status("TestNearTokens", 200)},
		passed:   []string{"TestWrongSecret", "TestUnknownToken"},
	},
	{
		says: "Clients choose the method by which they are judged: a proxy in front of the ingress, or Gafaelfawr's " +
			"subrequest, takes it from a header ({operation}). Routes that allow OPTIONS are open to everybody.",
		symptoms: []symptom{found("TestOptionsAllowed", verdict.CodePermission, "operation", "GET with *", "got", "2*")},
		passed:   []string{"TestNoToken"},
		also:     []string{"TestSweepForged", "TestNoExemptions", "TestRequestsUnchanged"},
		masks:    []string{"TestRequestsUnchanged"},
	},
	{
		says: "Gafaelfawr is told that every request is a GET: nginx, or something between it and Gafaelfawr, writes " +
			"another X-Original-Method into the subrequest (auth-method, proxy_set_header). CORS preflights of pages fail. " +
			"Look at the snippets of ingress-nginx.",
		symptoms: []symptom{status("TestOptionsRefused", 401), found("TestOptionsAllowed", "", "got", "401")},
		passed:   []string{"TestNoToken", "TestAuthenticated", "TestMethodsPassed"},
		also:     []string{"TestForgedIdentityOptions", "TestPreflight", "TestPreflightForeign", "TestSubdomains"},
	},
	{
		says: "Applications are told the user whom the client names in a header of another system, such as " +
			"X-Forwarded-User: anyone with a token can be anyone. Find what sets X-Auth-Request-User from it.",
		symptoms: []symptom{found("TestForgedIdentity", "", "name", "X-Auth-Request-User", "got", "*foreign*")},
		passed:   []string{"TestNoToken"},
		also:     []string{"TestAnswersInvariant"},
	},
	{
		says: "Some URLs need no token because of their query ({operation}): a rule in front of Gafaelfawr, such as one " +
			"for sessions, static files or health checks, matches the whole URL instead of its path. Remove it.",
		symptoms: []symptom{found("TestNearPaths", verdict.CodePermission, "operation", "GET with ?*", "got", "2*")},
		passed:   []string{"TestNoToken", "TestForeignHost"},
	},
	{
		says: "Another spelling of a protected path opens it: the anonymous Ingress of the prefix passes it on, and " +
			"something behind the ingress changes it to the protected path.",
		symptoms: []symptom{status("TestNearPaths", 200)},
		passed:   []string{"TestNoToken", "TestForeignHost"},
	},
	{
		says: "Another spelling of the host name opens protected routes: what stands in front of Gafaelfawr compares " +
			"names in its own way. Find the Ingress or the proxy that answers under that name.",
		symptoms: []symptom{status("TestNearHosts", 200)},
		passed:   []string{"TestNoToken", "TestForeignHost"},
	},
	{
		says: "Some requests need no token because of what they say of themselves: a snippet, or a proxy in front, " +
			"exempts health checks, addresses, or pages of the deployment. Remove the exemption, because clients write " +
			"these headers as they like.",
		symptoms: []symptom{status("TestNoExemptions", 200)},
		passed:   []string{"TestNoToken"},
	},
	{
		says:     anotherCaller,
		symptoms: []symptom{found("TestAnswersInvariant", verdict.CodeInvariant, "rule", verdict.InvariantCaller)},
		passed: []string{"TestForgedIdentity", "TestDelegatedUsers", "TestAuthenticated", "TestNoToken",
			"TestProbesRefuse"},
		masks: []string{"TestRequestsUnchanged", "TestManyGroups", "TestUsersApart"},
	},
	{
		says:     anotherCaller,
		symptoms: []symptom{found("TestRequestsUnchanged", "", "name", gafaelfawr.HeaderUser, "at", verdict.Application)},
		passed:   []string{"TestForgedIdentity", "TestDelegatedUsers", "TestAuthenticated", "TestNoToken"},
		masks:    []string{"TestManyGroups", "TestUsersApart"},
	},
}

// anotherCaller is said of identities that something behind Gafaelfawr changes.
const anotherCaller = "An application is told of another caller than the one whose token was sent: something on one " +
	"route, or for some requests, sets X-Auth-Request-User or keeps Gafaelfawr's answer to somebody else."

// families are causes of the same kind that let no caller in.
var families = []rule{
	{
		says: "Plain HTTP is redirected elsewhere than to the same page over TLS, so that links break: a load balancer " +
			"or a snippet makes the redirect and loses path or query.",
		symptoms: []symptom{found("TestHTTPSRedirect", verdict.CodeHeaderValue, "name", "Location")},
		passed:   []string{"TestNoToken"},
	},
	{
		says: "Something decodes or encodes reserved characters of paths, and leaves the rest: a load balancer or a proxy " +
			"writes paths anew. Identifiers with colons, or with slashes that are encoded, then name something else. The " +
			"finding has both paths.",
		symptoms: []symptom{value("TestRequestsUnchanged", "reserved characters at the application")},
		passed:   []string{"TestNoToken", "TestAuthenticated"},
	},
	{
		says: "Some requests reach the application otherwise than they were sent: a rewrite-target, a snippet or a " +
			"sidecar of one route changes them, or does so for some methods or callers only.",
		symptoms: []symptom{found("TestAnswersInvariant", verdict.CodeInvariant, "rule", verdict.InvariantRequest)},
		passed:   []string{"TestRequestsUnchanged", "TestNoToken", "TestBodies"},
		also:     []string{"TestLongQueries"},
	},
	{
		says: "Redirects lead to plain HTTP or into the cluster: an application makes its Location of the address that " +
			"it is called by, because X-Forwarded-Proto or X-Forwarded-Host does not reach it.",
		symptoms: []symptom{found("TestAnswersInvariant", verdict.CodeInvariant, "rule", verdict.InvariantLocation)},
	},
	{
		says: "Gafaelfawr's API answers about another token than the one that was asked for or made: a gateway in front " +
			"keeps its answers, or rewrites Location and paths.",
		symptoms: []symptom{
			found("TestAnswersInvariant", verdict.CodeInvariant, "rule", verdict.InvariantWhole, "name", "token"),
		},
		passed: []string{"TestNoToken", "TestTokenInfo"},
	},
	{
		says: "Answers lose a part on their way: a redirect has no Location, or JSON is cut off. Look for a snippet or a " +
			"proxy that removes headers, and for a limit on the size of answers.",
		symptoms: []symptom{found("TestAnswersInvariant", verdict.CodeInvariant, "rule", verdict.InvariantWhole)},
		passed:   []string{"TestNoToken", "TestLogin"},
	},
	{
		says: "Some challenges name another realm than the others: two Gafaelfawrs answer, or a proxy changes " +
			"challenges.",
		symptoms: []symptom{found("TestAnswersInvariant", verdict.CodeInvariant, "rule", verdict.InvariantRealms)},
		follows:  []symptom{challenge("", "realm")},
	},
	{
		says:     "Some answers have two challenges: something adds WWW-Authenticate where Gafaelfawr has set it.",
		symptoms: []symptom{found("TestAnswersInvariant", verdict.CodeInvariant, "rule", verdict.InvariantChallenge)},
		follows:  []symptom{found("", verdict.CodeChallengeRepeated)},
		passed:   []string{"TestNoToken"},
	},
	{
		says: "Strict-Transport-Security is in some answers only, or another one in some: a snippet changes it on one " +
			"route, or one of several controllers has other settings.",
		symptoms: []symptom{found("TestAnswersInvariant", verdict.CodeInvariant, "rule", verdict.InvariantHSTS)},
		passed:   []string{"TestTwoAuthorizations", "TestTrace"},
	},
	{
		says:      "OPTIONS requests are refused where the application wants them",
		inIngress: "the auth-url of the Ingress lacks allow_options.",
		symptoms:  []symptom{status("TestOptionsAllowed", 403)},
		passed:    []string{"TestNoToken", "TestUnscopedToken", "TestProbesRefuse"},
		also:      []string{"TestForgedIdentityOptions"},
	},
	{
		says:      "All of several scopes are asked for where any is enough",
		inIngress: "the auth-url of the Ingress lacks satisfy=any.",
		symptoms:  []symptom{status("TestAnyScope", 403)},
		passed:    []string{"TestNoToken", "TestUnscopedToken", "TestProbesRefuse"},
	},
	{
		says: "The user after whom a host is named is refused there: Gafaelfawr sees another host than the client asked, " +
			"because something in front changes Host or X-Original-URL.",
		symptoms: []symptom{found("TestUserDomain", verdict.CodeStatus, "got", "403", "want", "200")},
		passed:   []string{"TestNoToken", "TestAuthenticated", "TestUsername"},
	},
	{
		says: "Hosts below the deployment's get no session: the environment says that Gafaelfawr's allowSubdomains is on, " +
			"and its cookie is for one host.",
		symptoms: []symptom{valueIs("TestSubdomains", "cookie for hosts below the deployment's", "false")},
		passed:   []string{"TestLogin"},
	},
	{
		says: "Refusals of Gafaelfawr's API may be kept by caches: something on the way drops its Cache-Control, so that " +
			"who has just logged in may be refused on.",
		symptoms: []symptom{noHeader("TestWhoMayDoWhat", "Cache-Control")},
		passed:   []string{"TestUnscopedToken"},
	},
	{
		says: "Pages of other sites may read answers of Gafaelfawr's API: something adds Access-Control headers, such as " +
			"enable-cors on Gafaelfawr's Ingress or a proxy in front.",
		symptoms: []symptom{
			found("TestWhoMayDoWhat", verdict.CodeHeaderUnexpected, "name", "Access-Control-Allow-Credentials"),
		},
	},
	{
		says: "Pages stand in for answers of Gafaelfawr's API, such as custom error pages for all hosts: programs cannot " +
			"read why they are refused.",
		symptoms: []symptom{found("TestWhoMayDoWhat", verdict.CodeHeaderValue, "name", "Content-Type", "got", "text/html*")},
		passed:   []string{"TestUnscopedToken"},
		also:     []string{"TestCSRF"},
	},
	{
		says: "Unusual forms of a credential are refused, and common ones are not: something in front of Gafaelfawr reads " +
			"Authorization, such as a web application firewall. Send the printed request to the ingress controller " +
			"directly; then turn off the rule that refuses it.",
		symptoms: []symptom{status("TestForms", 403)},
		passed:   []string{"TestMalformedAuthorization", "TestUnknownToken", "TestBasicLogin", "TestRevokedToken"},
	},
	{
		says: "Tokens are made that have expired, or soon will: something else than Gafaelfawr answers POST tokens, for " +
			"Gafaelfawr makes none that lives less than five minutes.",
		symptoms: []symptom{found("TestWhoMayDoWhat", verdict.CodePermission, "got", "201", "want", "422")},
		passed:   []string{"TestTokensOfOthers"},
		also:     []string{"TestOwnTokensMade"},
	},
	{
		says: "Answers of Gafaelfawr's API have another body than Gafaelfawr sends: a gateway in front rewrites JSON, or " +
			"this is another version of Gafaelfawr. The finding names the member; GET /auth/openapi.json has the version.",
		symptoms: []symptom{found("TestWhoMayDoWhat", verdict.CodeBody)},
		passed:   []string{"TestTokensOfOthers", "TestTokenInfo", "TestUserInfo", "TestUnscopedToken"},
	},
	{
		says:     "Callers are refused at Gafaelfawr's API what they may do: the finding names the operation and the caller.",
		symptoms: []symptom{found("TestWhoMayDoWhat", verdict.CodePermission, "got", "403", "want", "200")},
		passed:   []string{"TestTokensOfOthers", "TestTokenInfo"},
	},
}
