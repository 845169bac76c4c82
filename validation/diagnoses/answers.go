package diagnoses

import "github.com/lsst-sqre/muster/validation/verdict"

// answers are causes that change Gafaelfawr's answers on their way.
var answers = []rule{
	{
		says: "A challenge is sent twice: something adds WWW-Authenticate to the header that Gafaelfawr and nginx " +
			"already set.",
		symptoms: []symptom{found("TestNoToken", verdict.CodeChallengeRepeated)},
		follows:  []symptom{found("", verdict.CodeInvariant, "rule", verdict.InvariantChallenge)},
		also:     []string{"TestApplicationAnswers"},
	},
	{
		says: "Custom error pages replace 401 and 403 and their challenges: custom-http-errors in ingress-nginx's " +
			"ConfigMap or on an Ingress, or a proxy in front.",
		symptoms: []symptom{noChallenge("TestNoToken", 401), noChallenge("TestUnscopedToken", 403)},
		follows:  []symptom{noChallenge("", 302)},
		also:     []string{"TestCSRF", "TestQuota", "TestQuotaOfUser"},
	},
	{
		says:     "A 401 has no challenge: a proxy or custom error pages remove WWW-Authenticate.",
		symptoms: []symptom{noChallenge("TestNoToken", 401)},
		follows:  []symptom{noChallenge("", 302)},
		refuted:  []string{"TestBasicChallenge"},
	},
	{
		says:     "Challenges name another realm: baseUrl in Gafaelfawr's configuration is not this deployment's.",
		symptoms: []symptom{challenge("TestNoToken", "realm"), challenge("TestUnscopedToken", "realm")},
		refuted:  []string{"TestBasicChallenge"},
		also:     []string{"TestAnswersInvariant"},
	},
	{
		says: "Challenges are not Gafaelfawr's: a snippet or a proxy in front writes WWW-Authenticate anew, so that " +
			"programs may not understand it.",
		symptoms: []symptom{challenge("TestNoToken", "*"), challenge("TestUnscopedToken", "*")},
		refuted:  []string{"TestBasicChallenge"},
		also:     []string{"TestAnswersInvariant", "TestApplicationAnswers"},
	},
	{
		says: "Who is refused for being another user is told of scopes ({got}), though none would help: clients ask for " +
			"them in vain. Gafaelfawr before 12.0 challenges so, or something rewrites WWW-Authenticate.",
		symptoms: []symptom{challenge("TestUsername", "scope")},
		passed:   []string{"TestNoToken", "TestUnscopedToken"},
		also:     []string{"TestUserDomain", "TestOnlyServices"},
	},
	{
		says: "Something in front adds headers to refusals that clients act upon: a proxy or a snippet takes them for " +
			"answers of its own.",
		symptoms: []symptom{found("TestUnscopedToken", verdict.CodeHeaderUnexpected, "at", "")},
		passed:   []string{"TestAuthenticated", "TestNoToken"},
	},
	{
		says: "Something in front adds headers for the security of browsers, which the finding names, to answers that have " +
			"none: a network for content, or a snippet. Pages that applications show in frames may break. If that is meant, " +
			"say so under known in the environment.",
		symptoms: []symptom{found("TestAnswersInvariant", verdict.CodeInvariant, "rule", verdict.InvariantHardened)},
		passed:   []string{"TestNoToken", "TestUnscopedToken"},
		also:     []string{"TestPages", "TestAnswersUnchanged", "TestApplicationAnswers"},
		masks:    []string{"TestAnswersUnchanged", "TestApplicationAnswers"},
	},
	{
		says:     "Refusals may be kept by caches because something in front changes their Cache-Control.",
		symptoms: []symptom{found("TestUnscopedToken", verdict.CodeHeaderValue, "name", "Cache-Control")},
		passed:   []string{"TestAuthenticated"},
		also:     []string{"TestErrorMapping"},
	},
	{
		says: "A protected path is not served: its application is not installed, its Ingress is missing, or the " +
			"environment file names a path that does not exist.",
		symptoms: []symptom{status("TestNoToken", 404), status("TestAlike", 404)}, // all controllers, not only one of several
	},
	{
		says: "Programs are sent to the login instead of being refused: auth-signin is set on routes without " +
			"loginRedirect.",
		objects:  []symptom{differs("auth-signin", "http*")},
		symptoms: []symptom{status("TestNoToken", 302)},
		refuted:  []string{"TestOperatorIngresses"},
		also:     []string{"TestOperatorIngresses"},
	},
	{
		says: "Clients get 500 where Gafaelfawr answers 401, although valid tokens pass: custom error pages, " +
			"auth-keepalive with an old controller, or Gafaelfawr itself fails at them.",
		tellApart: "To tell: in the last case Gafaelfawr's log has a stack trace for each of them.",
		symptoms:  []symptom{status("TestNoToken", 500)},
		passed:    []string{"TestAuthenticated"},
		also:      []string{"TestIndex"},
	},
	{
		says: "Gafaelfawr answers 500 to tokens that it does not know: it cannot read their records in its Redis, " +
			"or its version has a defect.",
		symptoms: []symptom{status("TestUnknownToken", 500), status("TestRevokedToken", 500)},
		also:     []string{"TestTokensWithoutEnd"},
		passed:   []string{"TestUnscopedToken"},
		refuted:  []string{"TestWrongSecret"},
	},
	{
		says: "Authorization of other systems, which is none of Gafaelfawr's, is lost on the way to applications: " +
			"Gafaelfawr does not give it back to the ingress, or a proxy drops what it does not know.",
		symptoms: []symptom{
			found("TestForeignAuthorizationKept", verdict.CodeHeaderMissing, "name", "Authorization"),
		},
		passed: []string{"TestBootstrapToken"},
		also:   []string{"TestCredentialPairs", "TestSessionPairs"},
	},
	{
		says: "Muster cannot reach Gafaelfawr's API, or reaches that of another environment, although this machine can, so " +
			"it cannot report on delegated tokens.",
		tellApart: "The finding has the answer: 401 comes from another Gafaelfawr than this deployment's " +
			"(MUSTER_GAFAELFAWR_URL of Muster). No answer: the load balancer has no hairpin NAT (pods cannot reach the public " +
			"name), or a NetworkPolicy blocks Muster. To tell: curl the public name from another pod.",
		symptoms: []symptom{probe("TestUserInfoDelegated", "user-info-answers")},
		passed:   []string{"TestUserInfo"},
		refuted:  []string{"TestDelegated"},
	},
	{
		says: "Gafaelfawr accepts callers' tokens but cannot make delegated ones: its database (PostgreSQL) is " +
			"down or refuses writes, or the callers' tokens are in Redis and not in the database.",
		tellApart: "To tell: read Gafaelfawr's log. This run could make tokens, so the database works and the second " +
			"is likely. If the log names neither, Gafaelfawr's version has a defect.",
		symptoms: []symptom{status("TestDelegated", 500), status("TestNotebook", 500)},
		passed:   []string{"TestAuthenticated"},
		refuted:  []string{"TestDelegatedUsers"},
	},
	{
		says: "An Ingress requires tokens to live longer than Gafaelfawr allows: its minimumLifetime exceeds " +
			"tokenLifetime minus five minutes. Every caller gets 500.",
		symptoms: []symptom{status("TestNotebook", 500)},
		passed:   []string{"TestDelegated", "TestDelegatedUsers"},
		refuted:  []string{"TestRequestsUnchanged", "TestGafaelfawrIngressConfig"},
		also:     []string{"TestGafaelfawrIngressConfig"},
		masks:    []string{"TestGafaelfawrIngressConfig"},
	},
	{
		says: "Gafaelfawr fails (500) where an application asks for tokens of notebooks, and makes other delegated ones: " +
			"its version has a defect, or it has records of such tokens that it cannot read. Its log says why: kubectl -n " +
			"gafaelfawr logs deployment/gafaelfawr.",
		symptoms: []symptom{status("TestNotebook", 500)},
		passed:   []string{"TestDelegated", "TestDelegatedUsers"},
		also:     []string{"TestUsersApart", "TestRequestsUnchanged", "TestAnswersUnchanged", "TestDelegatedScopes"},
	},
	{
		says: "Gafaelfawr answers 500 to valid tokens because it cannot get user information from LDAP or " +
			"Firestore.",
		symptoms: []symptom{
			found("TestUserInfo", verdict.CodeAPIStatus, "got", "500", "error", "user_info_failed"),
			status("TestAuthenticated", 500),
		},
		passed:  []string{"TestNoToken"},
		refuted: []string{"TestKnownUser"},
	},
	{
		says: "Gafaelfawr fails at whoever has a valid token (500), and does not say that its user data failed: it cannot " +
			"work out the user's quota or groups from its configuration, or its version has a defect. Its log says why: " +
			"kubectl -n gafaelfawr logs deployment/gafaelfawr.",
		symptoms: []symptom{
			found("TestUserInfo", verdict.CodeAPIStatus, "got", "500", "error", ""), status("TestAuthenticated", 500),
		},
		passed: []string{"TestNoToken"},
	},
	{
		says: "Gafaelfawr fails (500) at requests that have a cookie, also one of other applications: nobody gets " +
			"in with a browser. Its version has a defect: kubectl -n gafaelfawr logs deployment/gafaelfawr has the " +
			"trace.",
		symptoms: []symptom{status("TestForeignCookiesKept", 500), status("TestSessionCookieStripped", 500)},
		passed:   []string{"TestAuthenticated", "TestNoToken"},
		also:     []string{"TestSession", "TestSessionsApart", "TestSessionRevoked"},
		masks:    []string{"TestSession", "TestSessionPairs", "TestCredentialPairs"},
	},
	{
		says: "Gafaelfawr does not understand nginx's subrequest for callers with a token, although its API " +
			"works: X-Original-URL or X-Original-Method is lost on the way, or Gafaelfawr refuses parameters of " +
			"the auth-url, or fails at them because its version has a defect. Its log says which: kubectl -n gafaelfawr logs " +
			"deployment/gafaelfawr.",
		symptoms: []symptom{status("TestAuthenticated", 500)},
		passed:   []string{"TestNoToken", "TestUserInfo"},
		refuted:  []string{"TestRequestsUnchanged"},
		also:     []string{"TestUnusualNames"},
	},
	{
		says: "Gafaelfawr's API works, but nginx's subrequests fail: the auth-url of the Ingresses names a path " +
			"or Service that does not exist. Restart Gafaelfawr's operator after an upgrade.",
		symptoms: []symptom{status("TestAuthenticated", 500), status("TestNoToken", 500)},
		passed:   []string{"TestGafaelfawrVersion", "TestAnonymous"},
		refuted:  []string{"TestRequestsUnchanged", "TestAuthURL"},
		also:     []string{"TestIndex", "TestUnusualNames"},
	},
	{
		says: "Gafaelfawr refuses what the Ingresses ask, although they ask as they should, and its API works: everybody " +
			"gets 500. nginx asks by an older configuration, or Gafaelfawr is of another version than its operator or has a " +
			"defect. Its log says what it refuses: kubectl -n gafaelfawr logs deployment/gafaelfawr.",
		symptoms: []symptom{status("TestAuthenticated", 500), status("TestNoToken", 500)},
		passed:   []string{"TestGafaelfawrVersion", "TestAnonymous", "TestAuthURL"},
		refuted:  []string{"TestRequestsUnchanged"},
		also:     []string{"TestIndex", "TestUnusualNames"},
	},
	{
		says: "nginx rejected its newest configuration because of a ConfigMap setting and keeps the old one, so " +
			"newer Ingresses are not served.",
		symptoms: []symptom{fails("TestControllerReload"), fails("TestControllerSettings")},
	},
	{
		says: "Applications get HTTP/1.0 requests, which have no upgrades and no chunks: proxy-http-version on " +
			"their Ingresses.",
		symptoms: []symptom{valueIs("TestUpgrade", "protocol at the application", "HTTP/1.0")},
	},
	{
		says:     "LDAP or Firestore is slow: the first request of every user takes long.",
		symptoms: []symptom{found("TestNewUserSoon", verdict.CodeSlow, "what", "answer")},
	},
	{
		says:     "Gafaelfawr's database is slow or locked: making a token takes long.",
		symptoms: []symptom{found("TestNewUserSoon", verdict.CodeSlow, "what", "token")},
	},
	{
		says:     "cert-manager does not renew the certificate.",
		symptoms: []symptom{fails("TestCertificateRenewal"), fails("TestCertificatesReady")},
	},
	{
		says: "Users with many cookies get 500 on protected pages: proxy-buffer-size of ingress-nginx is below " +
			"64k, and Gafaelfawr's answer, which repeats the cookies, does not fit.",
		symptoms: []symptom{status("TestBigCookies", 500)},
		also:     []string{"TestCookieLimits"},
		passed:   []string{"TestAuthenticated"},
		refuted:  []string{"TestControllerSettings"},
		follows:  []symptom{setting("", "proxy-buffer-size")},
	},
	{
		says: "Users with many cookies get 400 everywhere: large-client-header-buffers of ingress-nginx is below " +
			"4 64k, or a load balancer in front has a limit of its own.",
		objects:  []symptom{setting("TestControllerSettings", "large-client-header-buffers")},
		symptoms: []symptom{status("TestBigCookies", 400)},
		also:     []string{"TestCookieLimits"},
		refuted:  []string{"TestControllerSettings"},
		follows:  []symptom{setting("", "large-client-header-buffers")},
	},
	{
		says:     "ingress-nginx refuses uploads of more than a megabyte because proxy-body-size is not set.",
		objects:  []symptom{setting("TestControllerSettings", "proxy-body-size")},
		symptoms: []symptom{status("TestUpload", 413)},
		also:     []string{"TestBodies"},
		refuted:  []string{"TestControllerSettings"},
		follows:  []symptom{setting("", "proxy-body-size")},
	},
	{
		says: "The home page has no endpoints.",
		symptoms: []symptom{
			status("TestHomePage", 503),
			found("TestIngressesServed", verdict.CodeNotServed, "status", "503"),
		},
		also: []string{"TestUnknownPath"},
	},
	{
		says: "The edge does not know auth-signin: people get 401 where they should be sent to the login. Either it is " +
			"another controller than ingress-nginx, or that annotation was taken off the Ingresses.",
		symptoms: []symptom{status("TestLoginRedirect", 401)},
		passed:   []string{"TestNoToken", "TestLoginRedirectWithToken"},
	},
	{
		says:     "The login does not return people to the page that they wanted: rd is lost from the redirect.",
		symptoms: []symptom{value("TestLoginRedirect", "way back (rd)")},
		also:     []string{"TestLongQueries"},
		follows:  []symptom{found("", verdict.CodeHeaderValue, "name", "Location")},
	},
	{
		says: "Routes for Basic authentication send a Bearer challenge because the auth-url of their Ingresses " +
			"lacks auth_type.",
		symptoms: []symptom{found("TestBasicChallenge", verdict.CodeChallengeAttribute, "name", "scheme", "got", "Bearer")},
		passed:   []string{"TestNoToken", "TestUnscopedToken"},
		refuted:  []string{"TestProbesRefuse"},
	},
	{
		says: "People are sent to the login of another deployment: baseUrl in Gafaelfawr's configuration is " +
			"wrong, or an auth-signin was edited.",
		symptoms: []symptom{value("TestLoginRedirect", "login at"), status("TestSweep", 302)},
		follows:  []symptom{found("", verdict.CodeHeaderValue, "name", "Location")},
	},
	{
		says: "read:image, which applications request, is not in Gafaelfawr's knownScopes.",
		symptoms: []symptom{
			found("TestTokenInfo", verdict.CodeAPIStatus, "error", "invalid_scopes"),
			found("TestDelegatedScopes", verdict.CodeAPIStatus, "error", "invalid_scopes"),
		},
		also: []string{"TestGafaelfawrIngressConfig"},
	},
	{
		says: "Tokens cannot be revoked because Gafaelfawr fails on the request. Those of this run stay valid " +
			"until they expire.",
		symptoms: []symptom{api("TestRevocation", "5*"), api("TestRevokedToken", "5*")},
		refuted:  []string{"TestRevocationOfChildren"},
		also:     []string{"TestCSRF", "TestHistoryAddress"},
	},
	{
		says:     "Delegated tokens outlive the tokens of their callers.",
		symptoms: []symptom{valueIs("TestDelegated", "expires", "2*")},
		passed:   []string{"TestDelegatedUsers"},
	},
}
