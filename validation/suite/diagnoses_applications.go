package suite

// applications are causes for which an application, or some callers of one, do
// not get what they should: delegation, user information, quotas, cookies.
var applications = []diagnosis{
	{
		says: "Applications get no delegated token, and no lifetime is asked of callers' tokens: the auth-url of the Ingresses lacks delegate_to and what belongs to it.",
		saw:  []finding{{"TestDelegated", "No X-Auth-Request-Token arrived"}, {"TestMinimumLifetime", got200}},
	},
	{
		says: "Applications get no delegated token: the auth-url lacks delegate_to, or X-Auth-Request-Token is missing from auth-response-headers.",
		saw:  []finding{{"TestDelegated", "No X-Auth-Request-Token arrived"}},
	},
	{
		says: "Gafaelfawr tells other scopes of a token than it was made with: its database and its Redis disagree, or two Gafaelfawrs answer.",
		saw:  []finding{{"TestTokenInfo", "scopes ["}, {"TestDelegated", ""}},
	},
	{
		says: "Delegated tokens have scopes that nobody asked for: the auth-url has delegate_scope where it should not.",
		saw:  []finding{{"TestDelegated", "scopes that nobody asked for"}},
	},
	{
		says: "Delegated tokens lack the scopes that the application asks for: the auth-url of the Ingress lacks delegate_scope.",
		saw:  []finding{{"TestDelegatedScopes", "scopes []"}},
		met:  []string{"TestDelegated"},
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
		says: "Groups with unusual names are dropped: Gafaelfawr 13.0.0 and 14.0.0 do, and later ones do not.",
		saw:  []finding{{"TestUnusualNames", "groups"}},
		met:  []string{"TestUserInfo"},
	},
	{
		says: "Names beyond ASCII are mangled: something reads UTF-8 as Latin-1.",
		saw:  []finding{{"TestUnusualNames", "name "}},
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
		says: "Users have no quota for muster-quota: the environment's values replaced Phalanx's default quota.",
		saw:  []finding{{"TestQuotaConfigured", ""}, {"TestQuota", noRateLimit}},
		met:  []string{"TestMalformedAuthorization"},
	},
	{
		says:  "No requests are counted against quotas, though users have one: Gafaelfawr cannot reach the Redis of its counters (it then lets everyone through), or its Ingresses do not name the service.",
		apart: "From here these two look the same: Gafaelfawr's log has an error for each request in the first case, the auth-url of the Ingress has no service= in the second.",
		saw:   []finding{{"TestQuota", noRateLimit}, {"TestQuota", got200}},
		met:   []string{"TestMalformedAuthorization"},
	},
	{
		says: "Requests are not counted against a quota, for ingress-nginx remembers answers: an Ingress with a quota has authCacheDuration.",
		saw:  []finding{{"TestQuotaNotCached", ""}, {"TestQuota", got200}},
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
		met:  []string{"TestMalformedAuthorization", "TestAuthenticated"},
	},
	{
		says: "Cookies of other applications are lost: Cookie in auth-response-headers without Gafaelfawr's answer for it, or a proxy that drops cookies.",
		saw:  []finding{{"TestForeignCookiesKept", "no header Cookie"}, {"TestSessionCookieStripped", ""}},
		met:  []string{"TestNoToken"},
	},
	{
		says: "Scripts in a page are treated like people: X-Requested-With is lost on the way to Gafaelfawr.",
		saw:  []finding{{"TestAjaxNotChallenged", ""}, {"TestLoginRedirectErrors", got302}},
		met:  []string{"TestUnscopedToken"},
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
	{
		says: "Service discovery does not list Muster where it is: the application is not enabled in the environment, or repertoire was not restarted since.",
		saw:  []finding{{"TestDiscovery", "Muster"}},
	},
	{
		says: "Browsers are not told to stay with TLS: hsts is off in ingress-nginx's ConfigMap.",
		saw:  []finding{{"TestStrictTransportSecurity", ""}},
		met:  []string{"TestCertificateTrusted"},
	},
	{
		says: "TLS 1.0 or 1.1 is accepted: ssl-protocols in ingress-nginx's ConfigMap, or a load balancer in front that ends TLS.",
		saw:  []finding{{"TestTLSVersions", "accepted"}},
	},
	{
		says: "Requests do not reach applications as they were sent: a proxy or a snippet between changes headers that say nothing of who the caller is.",
		saw:  []finding{{"TestRequestsUnchanged", "at the application"}},
		met:  []string{"TestBearerStripped", "TestForgedIdentity", "TestClientAddress"},
	},
	{
		says: "Answers of applications do not reach clients as they were given: a proxy or a snippet changes what they say of caching, or to browsers.",
		saw:  []finding{{"TestAnswersUnchanged", ""}},
		met:  []string{"TestAuthenticated", "TestDelegated"},
	},
	{
		says: "An Ingress differs from what Gafaelfawr's operator made: it was edited. Restart the operator, which writes it anew.",
		saw:  []finding{{"TestOperatorIngresses", "configuration-snippet"}, {"TestProbesRefuse", got403}},
		met:  []string{"TestMalformedAuthorization"},
	},
	{
		says: "The Ingress of one probe refuses otherwise than the others: it was edited, or is another's.",
		saw:  []finding{{"TestProbesRefuse", ""}},
		met:  []string{"TestNoToken", "TestMalformedAuthorization", "TestBootstrapToken", "TestOnlyServices"},
	},
}
