package diagnoses

import "github.com/lsst-sqre/muster/validation/verdict"

// quotaShown are checks that see, too, that requests are not counted.
var quotaShown = []string{"TestQuotaOfUser", "TestRefusalCostsNoQuota", "TestUserInfo"}

// applications are causes that concern one application or some of its callers:
// delegation, user information, quotas, cookies.
var applications = []rule{
	{
		says: "Applications get no delegated token, and callers' tokens need no minimum lifetime: the auth-url of " +
			"the Ingresses lacks delegate_to and its companions.",
		symptoms: []symptom{probe("TestDelegated", "delegated-token"), status("TestMinimumLifetime", 200)},
		passed:   []string{"TestNoToken"},
		follows:  []symptom{probe("", "delegated-token-in-authorization")},
		refuted:  []string{"TestNotebook"},
		also:     []string{"TestMethodsPassed"},
	},
	{
		says: "Applications get no delegated token: the auth-url lacks delegate_to, or X-Auth-Request-Token is " +
			"missing from auth-response-headers.",
		symptoms: []symptom{probe("TestDelegated", "delegated-token")},
		follows:  []symptom{probe("", "delegated-token-in-authorization")},
		passed:   []string{"TestNoToken"}, // the Ingresses do ask
		refuted:  []string{"TestNotebook"},
		also:     []string{"TestMethodsPassed"},
	},
	{
		says: "Gafaelfawr reports other scopes of a token than it was made with: its database and its Redis " +
			"disagree, or two Gafaelfawrs answer.",
		symptoms: []symptom{value("TestTokenInfo", "scopes"), fails("TestDelegated")},
		follows:  []symptom{probe("", "token-scopes"), value("", "scopes"), found("", verdict.CodeBody, "status", "200")},
		refuted:  []string{"TestEditedScopes"},
		also:     []string{"TestEditedScopes", "TestDelegatedInPart"},
	},
	{
		says:      "Delegated tokens have scopes that were not requested",
		inIngress: "the auth-url has delegate_scope where it should not.",
		symptoms:  []symptom{probe("TestDelegated", "token-scopes")},
		also:      []string{"TestRevocationOfChildren", "TestTokensApart", "TestDelegatedInPart"},
	},
	{
		says:      "Delegated tokens lack the scopes that the application requests",
		inIngress: "the auth-url of the Ingress lacks delegate_scope.",
		symptoms:  []symptom{valueIs("TestDelegatedScopes", "scopes", "[]")},
		passed:    []string{"TestDelegated"},
		also:      []string{"TestDelegatedInPart"},
	},
	{
		says:      "Delegated tokens are for another service",
		inIngress: "delegate_to in the auth-url is wrong.",
		symptoms:  []symptom{probe("TestDelegated", "token-service")},
		refuted:   []string{"TestUseAuthorization"},
	},
	{
		says:      "useAuthorization is ignored",
		inIngress: "the auth-url lacks use_authorization.",
		symptoms:  []symptom{probe("TestUseAuthorization", "delegated-token-in-authorization")},
		passed:    []string{"TestDelegated"},
		refuted:   []string{"TestMobuRoutes"},
	},
	{
		says:     "LDAP finds no users: userBaseDn in Gafaelfawr's configuration is the wrong subtree.",
		symptoms: []symptom{valueIs("TestKnownUser", "uid", "none"), value("TestKnownUser", "groups")},
		passed:   []string{"TestUserInfo"},
	},
	{
		says:     "An LDAP group is left out because it has no gidNumber, or a name that Gafaelfawr rejects.",
		symptoms: []symptom{value("TestKnownUser", "groups")},
		passed:   []string{"TestUserInfo"},
	},
	{
		says: "Users whose name begins with a digit are not served, and others are: Gafaelfawr's version has a defect, or " +
			"something on the way takes the name for a number. Update Gafaelfawr.",
		symptoms: []symptom{
			found("TestUnusualNames", verdict.CodePermission, "caller", "a user whose name begins with a digit"),
		},
		passed: []string{"TestUserInfo", "TestAuthenticated"},
	},
	{
		says:     smallNumbers,
		symptoms: []symptom{found("TestUnusualNames", verdict.CodeValue, "name", "*id", "want", "2147483*")},
		passed:   []string{"TestUserInfo"},
	},
	{
		says:     smallNumbers,
		symptoms: []symptom{found("TestUnusualNames", verdict.CodeValue, "name", "groups", "want", "*g_large*")},
		passed:   []string{"TestUserInfo"},
	},
	{
		says:     "Groups with unusual names are dropped, as Gafaelfawr 13.0.0 and 14.0.0 do. Update Gafaelfawr.",
		symptoms: []symptom{found("TestUnusualNames", verdict.CodeValue, "name", "groups", "want", "*3abc*")},
		passed:   []string{"TestUserInfo"},
	},
	{
		says:     "Names beyond ASCII are mangled: something reads UTF-8 as Latin-1.",
		symptoms: []symptom{value("TestUnusualNames", "name")},
		passed:   []string{"TestUserInfo"},
	},
	{
		says:     "User information has no UID, so no notebook can start.",
		symptoms: []symptom{valueIs("TestUserInfo", "uid", "none")},
		follows:  []symptom{found("", verdict.CodeBody, "status", "200")},
		refuted:  []string{"TestUserInfoDelegated"},
	},
	{
		says:     "User information has UID 0, which is root's.",
		symptoms: []symptom{valueIs("TestUserInfo", "uid", "0")},
		follows:  []symptom{found("", verdict.CodeBody, "status", "200")},
		refuted:  []string{"TestUserInfoDelegated"},
	},
	{
		says: "Emergency overrides of quotas are in force, so that users are held to other limits than the configuration " +
			"says. Read them at GET /auth/api/v1/quota-overrides; an administrator deletes them there.",
		symptoms: []symptom{state("TestQuotaOverrides", "overrides")},
		also:     []string{"TestQuotaConfigured", "TestQuota", "TestQuotaOfUser", "TestRefusalCostsNoQuota", "TestUserInfo"},
		masks:    []string{"TestQuotaConfigured", "TestQuota", "TestUserInfo"},
	},
	{
		says: "There is a quota for the service muster, so that Muster's own requests are counted and refused: remove it " +
			"from config.quota of Gafaelfawr.",
		symptoms: []symptom{found("TestAnswersUnchanged", verdict.CodeHeaderUnexpected, "name", "X-RateLimit-*")},
		masks:    []string{"TestAnswersUnchanged"},
		also:     []string{"TestMethodsPassed", "TestUpgrade"},
	},
	{
		says: "Nobody who logs in gets a scope, because config.groupMapping of Gafaelfawr is empty: an environment's " +
			"values replaced it, or lost it.",
		symptoms: []symptom{setting("TestScopesKnown", "groupMapping")},
		also:     []string{"TestGafaelfawrIngressConfig"},
	},
	{
		says: "The quota of muster-quota is not the declared one: somebody changed config.quota of Gafaelfawr, or a group " +
			"gives more.",
		symptoms: []symptom{value("TestQuotaConfigured", "quota for muster-quota"),
			found("TestQuota", verdict.CodeHeaderValue, "name", "X-RateLimit-Limit")},
		also:  []string{"TestQuotaOfUser", "TestRefusalCostsNoQuota"},
		masks: []string{"TestUserInfo"},
	},
	{
		says:     "Gafaelfawr reports other user information than tokens were made with.",
		symptoms: []symptom{fails("TestUserInfo"), fails("TestMobuRoutes")},
		passed:   []string{"TestAuthenticated"},
		refuted:  []string{"TestUserInfoDelegated"},
		follows: []symptom{probe("", "user-info-*"), value("", "name"), value("", "email"), value("", "groups"),
			found("", verdict.CodeBody, "status", "200")},
	},
	{
		says: "Delegated tokens lack data of their user that the caller's own token has, such as the UID: notebooks and " +
			"services work without it. The finding names what is missing; update Gafaelfawr.",
		symptoms: []symptom{value("TestUserInfoDelegated", "*")},
		passed:   []string{"TestUserInfo", "TestDelegated"},
		also:     []string{"TestMobuRoutes", "TestManyGroups"},
		follows:  []symptom{probe("", "user-info-*")},
	},
	{
		says: "Users have no quota for muster-quota: the environment's values replaced Phalanx's default quota.",
		tellApart: "To tell: if config.quota in the ConfigMap gafaelfawr has it, Gafaelfawr was not restarted " +
			"since, or its version has a defect.",
		symptoms: []symptom{valueIs("TestQuotaConfigured", "quota for muster-quota", "0")},
		also:     quotaShown,
		masks:    []string{"TestQuota"},
	},
	{
		says: "The first request of a user counts against a quota that is spent already: all users share one count, or " +
			"each request is counted twice.",
		tellApart: "To tell: Gafaelfawr's log has two lines of /ingress/auth for one request in the second case, as " +
			"of a proxy that repeats requests.",
		symptoms: []symptom{valueIs("TestRefusalCostsNoQuota", "status of a user's first request", "429")},
		passed:   []string{"TestQuotaConfigured"},
		also:     []string{"TestQuota", "TestQuotaOfUser"},
		follows:  []symptom{status("", 429), found("", verdict.CodeNoReport, "status", "429")},
	},
	{
		says: "No requests are counted against quotas, although users have one: Gafaelfawr cannot reach the Redis " +
			"of its counters and then lets everyone through, or its Ingresses do not name the service.",
		tellApart: "To tell: in the first case Gafaelfawr's log has an error for each request; in the second the " +
			"auth-url of the Ingress has no service=.",
		symptoms: []symptom{noHeader("TestQuota", "X-RateLimit-Limit"), status("TestQuota", 200)},
		passed:   []string{"TestMalformedAuthorization", "TestRevocation"},
		refuted:  []string{"TestRefusalCostsNoQuota"},
		also:     quotaShown,
	},
	{
		says: "Requests are not counted against a quota because ingress-nginx caches answers: an Ingress with a " +
			"quota has authCacheDuration.",
		symptoms: []symptom{fails("TestQuotaNotCached"), status("TestQuota", 200)},
	},
	{
		says: "Requests are counted against quotas, and nobody is refused: Gafaelfawr itself does not enforce them. " +
			"Compare its image with that of the release.",
		tellApart: "To tell: kubectl get gafaelfawringress -A -o yaml shows whether the Ingress keeps answers instead " +
			"(authCacheDuration).",
		symptoms: []symptom{value("TestQuota", "requests beyond the quota"), status("TestQuota", 200)},
		passed:   []string{"TestMalformedAuthorization", "TestRefusalCostsNoQuota"},
		also:     quotaShown,
	},
	{
		says: "Users can exceed the quota: each of several Gafaelfawr pods counts by itself, or ingress-nginx " +
			"caches answers (authCacheDuration on an Ingress with a quota).",
		tellApart: "To tell: kubectl get gafaelfawringress -A -o yaml shows authCacheDuration; redisEphemeralUrl in " +
			"Gafaelfawr's configuration shows whether the pods share their counters.",
		symptoms: []symptom{status("TestQuota", 200)},
		passed:   []string{"TestMalformedAuthorization", "TestRefusalCostsNoQuota"},
		also:     quotaShown,
	},
	{
		says: "Answers that pass lack the X-RateLimit headers, although refusals have them: the " +
			"configuration-snippet of the Ingresses is not Gafaelfawr's own.",
		symptoms: []symptom{
			noHeader("TestQuota", "X-RateLimit-Limit"),
			noHeader("TestRefusalCostsNoQuota", "X-RateLimit-Used"),
		},
		passed: []string{"TestMalformedAuthorization", "TestAuthenticated"},
		also:   quotaShown,
	},
	{
		says: "Cookies of other applications are lost: Cookie is in auth-response-headers but Gafaelfawr does not " +
			"return it, or a proxy drops cookies.",
		symptoms: []symptom{
			found("TestForeignCookiesKept", verdict.CodeHeaderMissing, "name", "Cookie"),
			fails("TestSessionCookieStripped"),
		},
		passed:  []string{"TestNoToken"},
		refuted: []string{"TestCredentialPairs"},
		also:    []string{"TestLoginState", "TestSessionSecret", "TestSession", "TestSessionPairs"},
		masks:   []string{"TestLogout"}, // Gafaelfawr sees no session
	},
	{
		says: "Some cookies of applications are lost or changed, and others arrive: something takes them for " +
			"Gafaelfawr's own because their names begin alike, or keeps those alone that it knows. The finding has them.",
		symptoms: []symptom{found("TestSessionCookieStripped", verdict.CodeHeaderValue, "name", "Cookie")},
		passed:   []string{"TestBearerStripped"},
		also:     []string{"TestForeignCookiesKept"},
		header:   true,
	},
	{
		says: "Some cookies of applications are lost or changed, such as all but those that a proxy knows. The finding has " +
			"them.",
		symptoms: []symptom{found("TestForeignCookiesKept", verdict.CodeHeaderValue, "name", "Cookie")},
		passed:   []string{"TestSessionCookieStripped"},
		header:   true,
	},
	{
		says:     "Scripts in a page are treated like people: X-Requested-With is lost on the way to Gafaelfawr.",
		symptoms: []symptom{fails("TestAjaxNotChallenged"), status("TestLoginRedirectErrors", 302)},
		passed:   []string{"TestUnscopedToken"},
	},
	{
		says:     "Paths with a dot are not served because strict-validate-path-type rejects them in Ingresses.",
		symptoms: []symptom{status("TestOpenAPI", 404), api("TestGafaelfawrVersion", "404")},
		refuted:  []string{"TestHomePageAssets"},
	},
	{
		says:     "CORS preflights of the deployment's own pages are refused.",
		symptoms: []symptom{status("TestPreflight", 403)},
		passed:   []string{"TestNoToken"},
		refuted:  []string{"TestForgedIdentityOptions"},
	},
	{
		says: "Service discovery does not list Muster where it is: the application is not enabled in the " +
			"environment, or repertoire was not restarted since.",
		symptoms: []symptom{value("TestDiscovery", "Muster")},
	},
	{
		says: "Browsers do not learn to stay with TLS because hsts is off in ingress-nginx's ConfigMap, or " +
			"hsts-max-age is 0.",
		symptoms: []symptom{fails("TestStrictTransportSecurity")},
		passed:   []string{"TestCertificateTrusted"},
	},
	{
		says: "TLS 1.0 or 1.1 is accepted: by ssl-protocols in ingress-nginx's ConfigMap, or by a load balancer " +
			"in front that terminates TLS.",
		symptoms: []symptom{found("TestTLSVersions", verdict.CodeTLSVersion)},
		also:     []string{"TestControllerSettings"},
	},
	{
		says: "TLS asks clients for a certificate of their own, so that browsers ask people to choose one: a load balancer " +
			"in front verifies clients, or an Ingress of this host has auth-tls-secret.",
		symptoms: []symptom{fails("TestClientCertificates")},
	},
	{
		says: "A balancer in front writes the client's address with a port into X-Forwarded-For ({got}), which " +
			"ingress-nginx cannot read: applications, the history of tokens and lists of allowed addresses see the balancer " +
			"instead. Have it write the address alone, as a rewrite rule of Azure's Application Gateway can.",
		symptoms: []symptom{found("TestRequestsUnchanged", verdict.CodeHeaderValue, "name", "X-Forwarded-For",
			"want", "* without a port")},
		passed: []string{"TestNoToken", "TestAuthenticated"},
		also:   []string{"TestClientAddress", "TestHistoryAddress", "TestTokenHistory"},
	},
	{
		says: "Requests reach applications changed: a proxy or a snippet alters headers that do not identify the " +
			"caller.",
		symptoms: []symptom{found("TestRequestsUnchanged", "", "at", verdict.Application)},
		passed:   []string{"TestBearerStripped", "TestForgedIdentity", "TestClientAddress"},
	},
	{
		says: "Answers of applications reach clients changed: a proxy or a snippet alters headers for caches or " +
			"browsers.",
		symptoms: []symptom{found("TestAnswersUnchanged", "", "at", "")}, // a header at the client
		follows: []symptom{noHeader("", "Content-Security-Policy"), noHeader("", "X-Content-Type-Options"),
			noHeader("", "Referrer-Policy")},
		passed: []string{"TestAuthenticated", "TestDelegated"},
	},
	{
		says:      "Callers of one Ingress get 500 and those of others do not ({path})",
		inIngress: "its auth-url has something that Gafaelfawr does not take.",
		tellApart: "To tell: Gafaelfawr's log has a stack trace for each of these requests if it fails itself.",
		symptoms:  []symptom{status("TestProbesRefuse", 500)},
		passed:    []string{"TestNoToken", "TestMalformedAuthorization", "TestBootstrapToken", "TestOnlyServices"},
		place:     true,
	},
	{
		says: "The Ingress of one probe refuses differently from the others: it was edited, or another Ingress " +
			"answers.",
		symptoms: []symptom{fails("TestProbesRefuse")},
		passed:   []string{"TestNoToken", "TestMalformedAuthorization", "TestBootstrapToken", "TestOnlyServices"},
	},
	{
		says: "Only some addresses are admitted: an allow list (whitelist-source-range) or a block list in ingress-nginx's " +
			"ConfigMap or on Ingresses, or a firewall in front. If that is meant, say so under known in the environment.",
		symptoms: []symptom{status("TestClientAddress", 403)},
		passed:   []string{"TestNoToken"},
	},
}

// smallNumbers is said of large UIDs and GIDs, of users or of groups.
const smallNumbers = "UIDs and GIDs beyond 31 bits arrive as other numbers, and small ones do not: something on the " +
	"way has integers of 32 bits with a sign for them. Files then belong to nobody, or to somebody else."
