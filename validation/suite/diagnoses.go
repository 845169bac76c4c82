package suite

import "github.com/lsst-sqre/muster/muster/gafaelfawr"

// Answers as a failure quotes them.
const (
	got200      = "status 200"
	got302      = "status 302"
	got403      = "status 403"
	got500      = "status 500"
	got502      = "status 502"
	got503      = "status 503"
	noChallenge = "with no header WWW-Authenticate"
	noRateLimit = "no header X-RateLimit-Limit"
)

// diagnoses are the causes that explain more than one check. Order matters:
// holes first, then what takes everything down, then what is narrower; where
// two share their findings, the one that asks for more comes first.
var diagnoses = []diagnosis{
	// Holes.
	{
		says: "A protected route is open, and the application believes whatever identity a client sends: its Ingress does not ask Gafaelfawr (auth-url was edited away). Restart Gafaelfawr's operator, which writes the Ingress anew.",
		saw:  []finding{{"TestNoToken", got200}, {"TestBearerStripped", ""}},
	},
	{
		says: "All protected routes are open: what Gafaelfawr refuses becomes 200 (custom error pages answer the auth subrequest, or error_page maps it).",
		saw:  []finding{{"TestNoToken", got200}},
		met:  []string{"TestAuthenticated"},
	},
	{
		says: "Protected routes are open: ingress-nginx ignores their Ingresses for an escape (a percent sign) in auth-url, and the anonymous one answers. Update Gafaelfawr, whose operator wrote it.",
		saw:  []finding{{"TestNoToken", got200}, {"TestOperatorIngresses", "percent sign"}},
	},
	{
		says: "A protected route is open: its own Ingress is missing or not served, and a broader anonymous one answers. See the status of its GafaelfawrIngress and the log of Gafaelfawr's operator.",
		saw:  []finding{{"TestNoToken", got200}},
	},
	{
		says: "Some protected routes are open: nginx cannot load one Ingress, and so serves none made since; the anonymous one answers. Repair or delete the Ingress that is named.",
		saw:  []finding{{"TestControllerReload", ""}, {"TestOnlyServices", got200}},
	},
	{
		says: "Some protected routes are open: their Ingresses are not served, and the anonymous one answers.",
		apart: "From here it cannot be told whether nginx could not load one Ingress, and so serves none made since (a RELOAD event of the controller's pod), " +
			"or whether Gafaelfawr's operator did not make them (kubectl get gafaelfawringress -A).",
		saw: []finding{{"TestOnlyServices", got200}, {"TestBasicLogin", "Reached without authentication"}},
		met: []string{"TestNoToken"},
	},
	{
		says: "Muster's pages are open to everyone: their GafaelfawrIngresses are anonymous, or were not made into Ingresses, so that the anonymous one of the prefix answers.",
		saw:  []finding{{"TestPages", got200}},
		met:  []string{"TestNoToken"},
	},
	{
		says: "Tokens are accepted with any secret: whoever sees the key of a token, which logs and pages show, is let in.",
		saw:  []finding{{"TestWrongSecret", got200}},
		met:  []string{"TestNoToken", "TestUnknownToken"},
	},
	{
		says: "The bootstrap token opens applications: it is a secret that never expires, and is meant to make tokens only.",
		saw:  []finding{{"TestBootstrapTokenIsNoUser", got200}},
		met:  []string{"TestNoToken", "TestUnknownToken"},
	},
	{
		says: "Revoked tokens go on working for a while: ingress-nginx keeps Gafaelfawr's answers, by an auth-cache-duration on its Ingresses.",
		saw:  []finding{{"TestRevocation", got200}},
		met:  []string{"TestRevokedToken", "TestNoToken"},
	},
	{
		says: "Scopes are not enforced: any valid token opens protected routes. The auth-url of the Ingresses lacks scope.",
		saw:  []finding{{"TestUnscopedToken", got200}},
		met:  []string{"TestNoToken"},
	},
	{
		says: "Revoked tokens go on working.",
		saw:  []finding{{"TestRevokedToken", got200}, {"TestRevocation", got200}},
		met:  []string{"TestNoToken"},
	},
	{
		says: "Restrictions to a user or a service are not enforced: others with the scope are let in. The auth-url of the Ingresses lacks username and only_service.",
		saw:  []finding{{"TestUsername", got200}, {"TestOnlyServices", got200}},
		met:  []string{"TestNoToken", "TestUnscopedToken"},
	},
	{
		says: "Callers' tokens reach applications: Authorization is missing from auth-response-headers of Ingresses.",
		saw:  []finding{{"TestBearerStripped", "gt-<"}, {"TestBasicStripped", ""}},
	},
	{
		says: "Callers' tokens reach applications where they come in Basic authentication: Gafaelfawr does not take them off.",
		saw:  []finding{{"TestBasicStripped", "Basic <"}},
		met:  []string{"TestBearerStripped"},
	},
	{
		says: "A proxy joins the identity that a client claims with the true one, and an application may believe the first.",
		saw:  []finding{{"TestForgedIdentity", gafaelfawr.HeaderUser + ": root, "}},
	},
	{
		says: "Session cookies reach applications: Cookie is missing from auth-response-headers of Ingresses.",
		saw:  []finding{{"TestSessionCookieStripped", "gafaelfawr=<"}},
	},
	{
		says: "Identity headers that a client forges reach applications: they are missing from auth-response-headers of Ingresses.",
		saw:  []finding{{"TestForgedIdentity", "it is there"}},
	},
	{
		says: "Port 80 serves the deployment in clear: no Ingress lists its host under tls.",
		saw:  []finding{{"TestIngressTLS", ""}, {"TestHTTPSRedirect", ""}},
	},
	{
		says: "Port 80 serves the deployment in clear: ssl-redirect is off.",
		saw:  []finding{{"TestControllerSettings", "in clear"}, {"TestHTTPSRedirect", ""}},
	},
	{
		says: "Clients can make up their address: ingress-nginx lacks a setting of Phalanx's.",
		saw:  []finding{{"TestControllerSettings", ""}, {"TestClientAddress", ""}},
	},

	// Nothing can be asked.
	{
		says:  "Connections to the deployment are lost again and again: what else failed may have failed for that alone.",
		apart: "The edge itself (its pods are killed, its connections are limited) and what lies before it (a load balancer with a dead member, a firewall) look the same from here: ask the controller from inside the cluster.",
		saw:   []finding{{"", losesConnections}},
	},
	{
		says: "The controller serves the certificate that it made up: the Secret of the deployment's own is missing, or its key does not belong to it.",
		saw:  []finding{{"TestCertificateTrusted", ""}, {"TestControllerCertificate", ""}},
	},
	{says: "The certificate has expired or is not valid yet.", saw: []finding{{"TestCertificateTrusted", ""}, {"TestCertificateValidity", ""}}},
	{says: "The certificate is for another host name.", saw: []finding{{"TestCertificateTrusted", ""}, {"TestCertificateName", ""}}},
	{says: "The certificate comes without its intermediate.", saw: []finding{{"TestCertificateTrusted", ""}, {"TestCertificateChain", ""}}},
	{
		says: "Gafaelfawr has no endpoints: its pods are not ready, and every route answers 500.",
		saw:  []finding{{"TestMusterDeployed", "gave 500"}, {"TestLogin", got503}},
	},
	{
		says: "Gafaelfawr refuses connections: its process is not up, and every route answers 500.",
		saw:  []finding{{"TestMusterDeployed", "gave 500"}, {"TestLogin", got502}},
	},
	{
		says: "Muster has no endpoints: its pods are not ready.",
		saw:  []finding{{"TestMusterDeployed", "gave 503"}},
		met:  []string{"TestGafaelfawrVersion"},
	},
	{
		says: "Muster answers, but not on its path: the path prefix in its configuration (MUSTER_PATH_PREFIX) is not that of its Ingresses.",
		saw:  []finding{{"TestMusterDeployed", "gave 404 (application/json"}},
	},
	{
		says: "The controller does not serve Muster, whose Ingresses are of another class; another application answers on its paths.",
		saw:  []finding{{"TestMusterDeployed", "gave 404"}, {"TestIngressClass", ""}},
	},
	{
		says: "Muster has no Ingresses, so that another application answers on its paths: Gafaelfawr's operator did not make them of its GafaelfawrIngresses.",
		saw:  []finding{{"TestMusterDeployed", "gave 404"}, {"TestOperatorIngresses", "there is none"}},
	},
	{
		says: "Gafaelfawr answers 500 to every token: it cannot reach the Redis that has them.",
		saw:  []finding{{"TestBootstrapToken", "answered 500"}, {"TestUnknownToken", got500}},
	},
	{
		says: "Gafaelfawr cannot make tokens, though it looks them up: it cannot reach its database (PostgreSQL), or the database takes no writes.",
		saw:  []finding{{"TestBootstrapToken", "answered 500"}},
		met:  []string{"TestLogin", "TestUnknownToken"},
	},
	{
		says: "Authorization headers are lost before they reach Gafaelfawr or an application: a proxy in front drops them.",
		saw:  []finding{{"TestBootstrapToken", ""}, {"TestForeignAuthorizationKept", "no header Authorization"}},
	},

	// The error mapping between Gafaelfawr and nginx.
	{
		says: "The error mapping is missing from ingress-nginx: what should be 403, 400 and 429 becomes 500. Its ConfigMap needs the server-snippet with @autherror.",
		saw:  []finding{{"TestUnscopedToken", got500}, {"TestMalformedAuthorization", got500}},
		met:  []string{"TestNoToken"},
	},
	{
		says: "Gafaelfawr answers 400 and 429 to ingress-nginx itself, which makes 500 of what is neither 401 nor 403. Update Gafaelfawr.",
		saw:  []finding{{"TestMalformedAuthorization", got500}, {"TestUnknownScheme", got500}},
		met:  []string{"TestUnscopedToken"},
	},
	{
		says: "Gafaelfawr fails over an Authorization header with Bearer and nothing behind it, though it refuses other malformed ones. Update it.",
		saw:  []finding{{"TestMalformedAuthorization", got500}},
		met:  []string{"TestUnscopedToken", "TestUnknownScheme"},
	},
	{
		says: "ingress-nginx has none of Phalanx's settings: its ConfigMap is empty or another one is read.",
		saw:  []finding{{"TestMalformedAuthorization", got403}, {"TestQuota", noRateLimit}, {"TestBigCookies", ""}},
	},
	{
		says: "ingress-nginx refuses snippet annotations, by a setting in its ConfigMap: 400 and 429 become a 403 without a challenge, and quotas tell nothing.",
		saw:  []finding{{"TestSnippetsAllowed", ""}, {"TestMalformedAuthorization", got403}, {"TestQuota", noRateLimit}},
	},
	{
		says: "ingress-nginx refuses snippet annotations: 400 and 429 become a 403 without a challenge, and quotas tell nothing.",
		apart: "From here it cannot be told whether allow-snippet-annotations is not true or annotations-risk-level is below Critical: " +
			"kubectl -n ingress-nginx get configmap ingress-nginx-controller -o yaml tells.",
		saw: []finding{{"TestMalformedAuthorization", got403}, {"TestQuota", noRateLimit}},
	},
	{
		says: "One Ingress lost its configuration-snippet: other routes map errors as they should.",
		saw:  []finding{{"TestMalformedAuthorization", got403}},
		met:  []string{"TestLoginRedirectErrors"},
	},
	{
		says: "The error mapping is older than rate limits: it has no branch for 429. Update the server-snippet of ingress-nginx.",
		saw:  []finding{{"TestQuota", got403}},
		met:  []string{"TestMalformedAuthorization"},
	},
	{
		says: "Refusals that pass the error mapping lose their challenge: its server-snippet does not set WWW-Authenticate.",
		saw:  []finding{{"TestUnscopedToken", "status 403 " + noChallenge}, {"TestMalformedAuthorization", "status 400 " + noChallenge}},
	},
	{
		says: "Refusals may be cached: the error mapping does not set Cache-Control.",
		saw:  []finding{{"TestUnscopedToken", "no header Cache-Control"}, {"TestMalformedAuthorization", "no header Cache-Control"}},
		met:  []string{"TestLoginRedirectErrors"},
	},

	// Gafaelfawr's answers on every route.
	{
		says: "A challenge is sent twice: something adds WWW-Authenticate to what Gafaelfawr and nginx already set.",
		saw:  []finding{{"TestNoToken", "2 lines of WWW-Authenticate"}},
	},
	{
		says: "Error pages of ingress-nginx's own take the place of 401 and 403, and their challenges: custom-http-errors in its ConfigMap or on an Ingress, or a proxy in front.",
		saw:  []finding{{"TestNoToken", "status 401 " + noChallenge}, {"TestUnscopedToken", "status 403 " + noChallenge}},
	},
	{
		says: "A 401 has no challenge: a proxy or custom error pages take WWW-Authenticate off.",
		saw:  []finding{{"TestNoToken", "status 401 " + noChallenge}},
	},
	{
		says: "Challenges name another realm: baseUrl in Gafaelfawr's configuration is not this deployment's.",
		saw:  []finding{{"TestNoToken", `WWW-Authenticate: Bearer realm="`}, {"TestUnscopedToken", `WWW-Authenticate: Bearer realm="`}},
	},
	{
		says: "Programs are sent to the login instead of being refused: auth-signin is set on routes without loginRedirect.",
		saw:  []finding{{"TestNoToken", got302}},
	},
	{
		says: "A 401 of Gafaelfawr reaches clients as 500, while valid tokens pass: custom error pages, or auth-keepalive with an old controller.",
		saw:  []finding{{"TestNoToken", got500}},
		met:  []string{"TestAuthenticated"},
	},
	{
		says: "Gafaelfawr answers 500 to tokens that it does not know: it cannot read what its Redis has for them, or a defect of its version.",
		saw:  []finding{{"TestUnknownToken", got500}, {"TestRevokedToken", got500}},
		met:  []string{"TestUnscopedToken"},
	},
	{
		says: "Tokens in Basic authentication are not found: a proxy rewrites Authorization, or Gafaelfawr is older than 9.0.",
		saw:  []finding{{"TestBasicLogin", "status 401"}, {"TestBasicStripped", "status 401"}},
		met:  []string{"TestAuthenticated"},
	},
	{
		says:  "Gafaelfawr cannot make delegated tokens, though it accepts those of callers: its database (PostgreSQL) is down or takes no writes, or it does not have the callers' tokens, which are in Redis.",
		apart: "Gafaelfawr's log tells which; where the database is down, no token could be made for this run either, so that here the second is likely.",
		saw:   []finding{{"TestDelegated", got500}, {"TestNotebook", got500}},
		met:   []string{"TestAuthenticated"},
	},
	{
		says: "An Ingress wants tokens to live longer than Gafaelfawr lets them: its minimumLifetime is above tokenLifetime less five minutes, which gives 500 for every caller.",
		saw:  []finding{{"TestNotebook", got500}},
		met:  []string{"TestDelegated"},
	},
	{
		says: "Gafaelfawr answers 500 to valid tokens: it cannot get user information from LDAP or Firestore.",
		saw:  []finding{{"TestUserInfo", "answered 500"}, {"TestAuthenticated", got500}},
		met:  []string{"TestNoToken"},
	},
	{
		says: "Gafaelfawr does not understand what nginx asks for callers with a token, though its API works: X-Original-URL or X-Original-Method is lost on the way, or the auth-url has parameters that it refuses.",
		saw:  []finding{{"TestAuthenticated", got500}},
		met:  []string{"TestNoToken", "TestUserInfo"},
	},
	{
		says: "Gafaelfawr's API works, but not what nginx asks it: the auth-url of the Ingresses leads to a path or service that is not there. Restart Gafaelfawr's operator after an upgrade.",
		saw:  []finding{{"TestAuthenticated", got500}, {"TestNoToken", got500}},
		met:  []string{"TestGafaelfawrVersion", "TestAnonymous"},
	},

	{
		says: "cert-manager does not renew the certificate.",
		saw:  []finding{{"TestCertificateRenewal", ""}, {"TestCertificatesReady", ""}},
	},
	{
		says: "The buffers of ingress-nginx are smaller than Phalanx sets them.",
		saw:  []finding{{"TestControllerSettings", ""}, {"TestBigCookies", ""}},
	},
	{
		says: "ingress-nginx refuses large uploads.",
		saw:  []finding{{"TestControllerSettings", ""}, {"TestUpload", ""}},
	},
	{
		says: "The home page has no endpoints.",
		saw:  []finding{{"TestHomePage", got503}, {"TestIngressesServed", "503 of ingress-nginx"}},
	},
	{
		says: "People are sent to the login of another deployment: baseUrl in Gafaelfawr's configuration, or an auth-signin that was edited.",
		saw:  []finding{{"TestLoginRedirect", "login at"}, {"TestSweep", got302}},
	},

	// Delegation, user information, quotas.
	{
		says: "read:image, for which applications ask, is not in Gafaelfawr's knownScopes.",
		saw:  []finding{{"TestTokenInfo", "Unknown scopes"}, {"TestDelegatedScopes", "Unknown scopes"}},
	},
	{
		says: "Tokens cannot be revoked: Gafaelfawr fails over it. Those of this run stay until they expire.",
		saw:  []finding{{"TestRevocation", "answered 5"}, {"TestRevokedToken", "answered 5"}},
	},
	{
		says: "X-Auth-Request-User names another user than the delegated token belongs to: something behind Gafaelfawr sets it, or mixes up callers.",
		saw:  []finding{{"TestDelegated", "token-username"}, {"TestNotebook", "token-username"}},
	},
	{
		says: "Delegated tokens outlive the tokens of their callers.",
		saw:  []finding{{"TestDelegated", "expires 2"}},
	},
	{
		says: "Applications get no delegated token: the auth-url lacks delegate_to, or X-Auth-Request-Token is missing from auth-response-headers.",
		saw:  []finding{{"TestDelegated", "No X-Auth-Request-Token arrived"}},
	},
	{
		says: "Gafaelfawr tells other scopes of a token than it was made with: its database and its Redis disagree, or two Gafaelfawrs answer.",
		saw:  []finding{{"TestTokenInfo", "scopes"}, {"TestDelegated", ""}},
	},
	{
		says: "Delegated tokens have scopes that nobody asked for: the auth-url has delegate_scope where it should not.",
		saw:  []finding{{"TestDelegated", "scopes that nobody asked for"}},
	},
	{
		says: "Delegated tokens are for another service: delegate_to in the auth-url.",
		saw:  []finding{{"TestDelegated", "The service of the token should be"}},
	},
	{
		says: "useAuthorization is ignored: the auth-url lacks use_authorization.",
		saw:  []finding{{"TestUseAuthorization", "No Authorization header arrived"}},
		met:  []string{"TestDelegated"},
	},
	{
		says: "LDAP knows nobody: userBaseDn in Gafaelfawr's configuration is not where people are.",
		saw:  []finding{{"TestKnownUser", "uid none"}, {"TestKnownUser", "groups "}},
		met:  []string{"TestUserInfo"},
	},
	{
		says: "A group of LDAP is left out: it has no gidNumber, or a name that Gafaelfawr does not accept.",
		saw:  []finding{{"TestKnownUser", "groups "}},
		met:  []string{"TestUserInfo"},
	},
	{
		says: "User information has no UID, without which no notebook starts.",
		saw:  []finding{{"TestUserInfo", "uid none"}},
	},
	{
		says: "User information gives UID 0, which is root's.",
		saw:  []finding{{"TestUserInfo", "uid 0"}},
	},
	{
		says: "Gafaelfawr tells other user information than tokens were made with.",
		saw:  []finding{{"TestUserInfo", ""}, {"TestMobuRoutes", ""}},
		met:  []string{"TestAuthenticated"},
	},
	{
		says:  "No requests are counted against quotas.",
		apart: "Whether no quota is configured or Gafaelfawr cannot reach the Redis of its counters (it then lets everyone through) is told by `quota` in user-info, and by its log.",
		saw:   []finding{{"TestQuota", noRateLimit}, {"TestQuota", got200}},
		met:   []string{"TestMalformedAuthorization"},
	},
	{
		says:  "Users may make more requests than the quota: each of several Gafaelfawrs counts for itself, or ingress-nginx keeps answers (authCacheDuration on an Ingress with a quota).",
		apart: "kubectl get gafaelfawringress -A -o yaml shows authCacheDuration; whether they count apart is told by redisEphemeralUrl in Gafaelfawr's configuration.",
		saw:   []finding{{"TestQuota", got200}},
		met:   []string{"TestMalformedAuthorization", "TestRefusalCostsNoQuota"},
	},
	{
		says: "Answers that pass tell nothing of quotas, though refusals do: the configuration-snippet of the Ingresses is not Gafaelfawr's own.",
		saw:  []finding{{"TestQuota", noRateLimit}, {"TestRefusalCostsNoQuota", "no header X-RateLimit-Used"}},
		met:  []string{"TestMalformedAuthorization"},
	},
	{
		says: "Cookies of other applications are lost: Cookie in auth-response-headers without Gafaelfawr's answer for it, or a proxy that drops cookies.",
		saw:  []finding{{"TestForeignCookiesKept", ""}, {"TestSessionCookieStripped", ""}},
		met:  []string{"TestNoToken"},
	},
	{
		says: "Scripts in a page are treated like people: X-Requested-With is lost on the way to Gafaelfawr.",
		saw:  []finding{{"TestAjaxNotChallenged", ""}, {"TestLoginRedirectErrors", got302}},
		met:  []string{"TestUnscopedToken"},
	},
	{
		says: "Login and logout lead to other sites: rd is not checked.",
		saw:  []finding{{"TestLoginOpenRedirect", ""}, {"TestLogoutOpenRedirect", ""}},
		met:  []string{"TestLogin"},
	},
	{
		says: "CORS preflights of other sites' pages reach applications.",
		saw:  []finding{{"TestPreflightForeign", got200}},
		met:  []string{"TestNoToken"},
	},
	{
		says: "Paths with a dot are not served: strict-validate-path-type refuses them in Ingresses.",
		saw:  []finding{{"TestOpenAPI", "status 404"}, {"TestGafaelfawrVersion", "answered 404"}},
	},
	{
		says: "CORS preflights of the deployment's own pages are refused.",
		saw:  []finding{{"TestPreflight", got403}},
		met:  []string{"TestNoToken"},
	},
}
