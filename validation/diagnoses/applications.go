package diagnoses

import "github.com/lsst-sqre/muster/validation/verdict"

// applications are causes for which an application, or some callers of one, do
// not get what they should: delegation, user information, quotas, cookies.
var applications = []rule{
	{
		says: "Applications get no delegated token, and no lifetime is asked of callers' tokens: the auth-url of the Ingresses lacks delegate_to and what belongs to it.",
		saw:  []symptom{probe("TestDelegated", "delegated-token"), status("TestMinimumLifetime", 200)},
	},
	{
		says: "Applications get no delegated token: the auth-url lacks delegate_to, or X-Auth-Request-Token is missing from auth-response-headers.",
		saw:  []symptom{probe("TestDelegated", "delegated-token")},
	},
	{
		says: "Gafaelfawr tells other scopes of a token than it was made with: its database and its Redis disagree, or two Gafaelfawrs answer.",
		saw:  []symptom{value("TestTokenInfo", "scopes"), fails("TestDelegated")},
	},
	{
		says: "Delegated tokens have scopes that nobody asked for: the auth-url has delegate_scope where it should not.",
		saw:  []symptom{probe("TestDelegated", "token-scopes")},
	},
	{
		says: "Delegated tokens lack the scopes that the application asks for: the auth-url of the Ingress lacks delegate_scope.",
		saw:  []symptom{valueIs("TestDelegatedScopes", "scopes", "[]")},
		met:  []string{"TestDelegated"},
	},
	{
		says: "Delegated tokens are for another service: delegate_to in the auth-url.",
		saw:  []symptom{probe("TestDelegated", "token-service")},
	},
	{
		says: "useAuthorization is ignored: the auth-url lacks use_authorization.",
		saw:  []symptom{probe("TestUseAuthorization", "delegated-token-in-authorization")},
		met:  []string{"TestDelegated"},
	},
	{
		says: "LDAP knows nobody: userBaseDn in Gafaelfawr's configuration is not where people are.",
		saw:  []symptom{valueIs("TestKnownUser", "uid", "none"), value("TestKnownUser", "groups")},
		met:  []string{"TestUserInfo"},
	},
	{
		says: "A group of LDAP is left out: it has no gidNumber, or a name that Gafaelfawr does not accept.",
		saw:  []symptom{value("TestKnownUser", "groups")},
		met:  []string{"TestUserInfo"},
	},
	{
		says: "Groups with unusual names are dropped: Gafaelfawr 13.0.0 and 14.0.0 do, and later ones do not.",
		saw:  []symptom{value("TestUnusualNames", "groups")},
		met:  []string{"TestUserInfo"},
	},
	{
		says: "Names beyond ASCII are mangled: something reads UTF-8 as Latin-1.",
		saw:  []symptom{value("TestUnusualNames", "name")},
		met:  []string{"TestUserInfo"},
	},
	{
		says: "User information has no UID, without which no notebook starts.",
		saw:  []symptom{valueIs("TestUserInfo", "uid", "none")},
	},
	{
		says: "User information gives UID 0, which is root's.",
		saw:  []symptom{valueIs("TestUserInfo", "uid", "0")},
	},
	{
		says: "Gafaelfawr tells other user information than tokens were made with.",
		saw:  []symptom{fails("TestUserInfo"), fails("TestMobuRoutes")},
		met:  []string{"TestAuthenticated"},
	},
	{
		says: "Users have no quota for muster-quota: the environment's values replaced Phalanx's default quota.",
		saw:  []symptom{fails("TestQuotaConfigured"), noHeader("TestQuota", "X-RateLimit-Limit")},
		met:  []string{"TestMalformedAuthorization"},
	},
	{
		says:  "No requests are counted against quotas, though users have one: Gafaelfawr cannot reach the Redis of its counters (it then lets everyone through), or its Ingresses do not name the service.",
		apart: "From here these two look the same: Gafaelfawr's log has an error for each request in the first case, the auth-url of the Ingress has no service= in the second.",
		saw:   []symptom{noHeader("TestQuota", "X-RateLimit-Limit"), status("TestQuota", 200)},
		met:   []string{"TestMalformedAuthorization"},
	},
	{
		says: "Requests are not counted against a quota, for ingress-nginx remembers answers: an Ingress with a quota has authCacheDuration.",
		saw:  []symptom{fails("TestQuotaNotCached"), status("TestQuota", 200)},
	},
	{
		says:  "Users may make more requests than the quota: each of several Gafaelfawrs counts for itself, or ingress-nginx keeps answers (authCacheDuration on an Ingress with a quota).",
		apart: "kubectl get gafaelfawringress -A -o yaml shows authCacheDuration; whether they count apart is told by redisEphemeralUrl in Gafaelfawr's configuration.",
		saw:   []symptom{status("TestQuota", 200)},
		met:   []string{"TestMalformedAuthorization", "TestRefusalCostsNoQuota"},
	},
	{
		says: "Answers that pass tell nothing of quotas, though refusals do: the configuration-snippet of the Ingresses is not Gafaelfawr's own.",
		saw:  []symptom{noHeader("TestQuota", "X-RateLimit-Limit"), noHeader("TestRefusalCostsNoQuota", "X-RateLimit-Used")},
		met:  []string{"TestMalformedAuthorization", "TestAuthenticated"},
	},
	{
		says: "Cookies of other applications are lost: Cookie in auth-response-headers without Gafaelfawr's answer for it, or a proxy that drops cookies.",
		saw:  []symptom{found("TestForeignCookiesKept", verdict.CodeHeaderMissing, "name", "Cookie"), fails("TestSessionCookieStripped")},
		met:  []string{"TestNoToken"},
	},
	{
		says: "Scripts in a page are treated like people: X-Requested-With is lost on the way to Gafaelfawr.",
		saw:  []symptom{fails("TestAjaxNotChallenged"), status("TestLoginRedirectErrors", 302)},
		met:  []string{"TestUnscopedToken"},
	},
	{
		says: "Paths with a dot are not served: strict-validate-path-type refuses them in Ingresses.",
		saw:  []symptom{status("TestOpenAPI", 404), api("TestGafaelfawrVersion", "404")},
	},
	{
		says: "CORS preflights of the deployment's own pages are refused.",
		saw:  []symptom{status("TestPreflight", 403)},
		met:  []string{"TestNoToken"},
	},
	{
		says: "Service discovery does not list Muster where it is: the application is not enabled in the environment, or repertoire was not restarted since.",
		saw:  []symptom{value("TestDiscovery", "Muster")},
	},
	{
		says: "Browsers are not told to stay with TLS: hsts is off in ingress-nginx's ConfigMap.",
		saw:  []symptom{fails("TestStrictTransportSecurity")},
		met:  []string{"TestCertificateTrusted"},
	},
	{
		says: "TLS 1.0 or 1.1 is accepted: ssl-protocols in ingress-nginx's ConfigMap, or a load balancer in front that ends TLS.",
		saw:  []symptom{found("TestTLSVersions", verdict.CodeTLSVersion)},
	},
	{
		says: "Requests do not reach applications as they were sent: a proxy or a snippet between changes headers that say nothing of who the caller is.",
		saw:  []symptom{found("TestRequestsUnchanged", "", "at", verdict.Application)},
		met:  []string{"TestBearerStripped", "TestForgedIdentity", "TestClientAddress"},
	},
	{
		says: "Answers of applications do not reach clients as they were given: a proxy or a snippet changes what they say of caching, or to browsers.",
		saw:  []symptom{fails("TestAnswersUnchanged")},
		met:  []string{"TestAuthenticated", "TestDelegated"},
	},
	{
		says: "An Ingress differs from what Gafaelfawr's operator made: it was edited. Restart the operator, which writes it anew.",
		saw:  []symptom{found("TestOperatorIngresses", verdict.CodeDifference, "field", "configuration-snippet"), status("TestProbesRefuse", 403)},
		met:  []string{"TestMalformedAuthorization"},
	},
	{
		says: "The Ingress of one probe refuses otherwise than the others: it was edited, or is another's.",
		saw:  []symptom{fails("TestProbesRefuse")},
		met:  []string{"TestNoToken", "TestMalformedAuthorization", "TestBootstrapToken", "TestOnlyServices"},
	},
}
