package suite

// answers are causes for which Gafaelfawr's answers do not arrive as they should.
var answers = []diagnosis{
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
		saw:  []finding{{"TestMalformedAuthorization", got403}, {"TestQuota", noRateLimit}, {"TestBigCookies", ""}, {"TestUpload", ""}},
	},
	{
		says: "ingress-nginx refuses snippet annotations, for annotations-risk-level is below Critical: 400 and 429 become a 403 without a challenge, and quotas tell nothing.",
		saw:  []finding{{"TestSnippetsAllowed", "annotations-risk-level"}, {"TestMalformedAuthorization", got403}, {"TestQuota", noRateLimit}},
	},
	{
		says: "ingress-nginx refuses snippet annotations, for allow-snippet-annotations is not true: 400 and 429 become a 403 without a challenge, and quotas tell nothing.",
		saw:  []finding{{"TestSnippetsAllowed", "allow-snippet-annotations"}, {"TestMalformedAuthorization", got403}, {"TestQuota", noRateLimit}},
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
		says: "A spent quota gives 500: Gafaelfawr's 429 reaches nginx as it is, which takes it for an error, and not as the 403 that the error mapping knows.",
		saw:  []finding{{"TestQuota", got500}},
		met:  []string{"TestMalformedAuthorization", "TestAuthenticated"},
	},
	{
		says: "Refusals that pass the error mapping lose their challenge: its server-snippet does not set WWW-Authenticate.",
		saw:  []finding{{"TestUnscopedToken", "status 403 " + noChallenge}, {"TestMalformedAuthorization", "status 400 " + noChallenge}},
	},
	{
		says: "Refusals may be cached: the error mapping does not set Cache-Control.",
		saw:  []finding{{"TestUnscopedToken", "no header Cache-Control"}, {"TestMalformedAuthorization", "no header Cache-Control"}},
		met:  []string{"TestAuthenticated"},
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
		saw:  []finding{{"TestNoToken", "realm is not"}, {"TestUnscopedToken", "realm is not"}},
	},
	{
		says: "A protected path is not served: its application is not installed, its Ingress is missing, or the environment file names a path that it does not have.",
		saw:  []finding{{"TestNoToken", got404}, {"TestAlike", "24 of 24 " + got404}}, // not by one of several controllers alone
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
		says: "Delegation fails under load: Gafaelfawr's connections to its database are used up.",
		saw:  []finding{{"TestDelegatedUsers", mixed}, {"TestDelegatedUsers", got500}},
	},
	{
		says:  "Muster cannot reach Gafaelfawr's API, though this machine can: what it was to tell of delegated tokens is missing.",
		apart: "By its public name from inside, which a load balancer that does not send back what comes from inside prevents; or for a NetworkPolicy: a request to that name from any other pod tells.",
		saw:   []finding{{"TestUserInfoDelegated", "did not say who the user is"}},
		met:   []string{"TestUserInfo"},
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
		met:  []string{"TestDelegated", "TestDelegatedUsers"},
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
		says: "nginx refuses its newest configuration, for a setting, and goes on with its former configuration: nothing new is served.",
		saw:  []finding{{"TestControllerReload", ""}, {"TestControllerSettings", ""}},
	},
	{
		says: "Applications are asked with HTTP/1.0, for which there are no upgrades and no chunks: proxy-http-version on their Ingresses.",
		saw:  []finding{{"TestUpgrade", "protocol at the application HTTP/1.0"}},
	},
	{
		says: "LDAP or Firestore is slow: the first request of every user takes long.",
		saw:  []finding{{"TestNewUserSoon", "it came after"}},
	},
	{
		says: "Gafaelfawr's database is slow or locked: making a token takes long.",
		saw:  []finding{{"TestNewUserSoon", "it was made in"}},
	},
	{
		says: "cert-manager does not renew the certificate.",
		saw:  []finding{{"TestCertificateRenewal", ""}, {"TestCertificatesReady", ""}},
	},
	{
		says: "Users with many cookies get 500 on protected pages: proxy-buffer-size of ingress-nginx is smaller than 64k, and Gafaelfawr's answer, which repeats the cookies, does not fit.",
		saw:  []finding{{"TestBigCookies", got500}},
		met:  []string{"TestAuthenticated"},
	},
	{
		says: "Users with many cookies get 400 everywhere: large-client-header-buffers of ingress-nginx is smaller than 4 64k, or a load balancer in front has a limit of its own.",
		saw:  []finding{{"TestBigCookies", "status 400"}},
	},
	{
		says: "ingress-nginx refuses uploads of more than a megabyte: proxy-body-size is not set.",
		saw:  []finding{{"TestUpload", "status 413"}},
	},
	{
		says: "The home page has no endpoints.",
		saw:  []finding{{"TestHomePage", got503}, {"TestIngressesServed", "503 of ingress-nginx"}},
	},
	{
		says: "The login does not bring people back to the page they wanted: rd is lost from the redirect.",
		saw:  []finding{{"TestLoginRedirect", "way back (rd)"}},
	},
	{
		says: "Routes for Basic authentication send a Bearer challenge: the auth-url of their Ingresses lacks auth_type.",
		saw:  []finding{{"TestBasicChallenge", "WWW-Authenticate: Bearer"}},
		met:  []string{"TestNoToken", "TestUnscopedToken"},
	},
	{
		says: "People are sent to the login of another deployment: baseUrl in Gafaelfawr's configuration, or an auth-signin that was edited.",
		saw:  []finding{{"TestLoginRedirect", "login at"}, {"TestSweep", got302}},
	},
	{
		says: "read:image, for which applications ask, is not in Gafaelfawr's knownScopes.",
		saw:  []finding{{"TestTokenInfo", "Unknown scopes"}, {"TestDelegatedScopes", "Unknown scopes"}},
	},
	{
		says: "Tokens cannot be revoked: Gafaelfawr fails over it. Those of this run stay until they expire.",
		saw:  []finding{{"TestRevocation", "answered 5"}, {"TestRevokedToken", "answered 5"}},
	},
	{
		says: "Delegated tokens outlive the tokens of their callers.",
		saw:  []finding{{"TestDelegated", "expires 2"}},
		met:  []string{"TestDelegatedUsers"},
	},
}
