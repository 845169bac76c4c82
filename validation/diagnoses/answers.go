package diagnoses

import "github.com/lsst-sqre/muster/validation/verdict"

// answers are causes for which Gafaelfawr's answers do not arrive as they should.
var answers = []rule{
	// The error mapping between Gafaelfawr and nginx.
	{
		says: "The error mapping is missing from ingress-nginx: what should be 403, 400 and 429 becomes 500. Its ConfigMap needs the server-snippet with @autherror.",
		saw:  []symptom{status("TestUnscopedToken", 500), status("TestMalformedAuthorization", 500)},
		met:  []string{"TestNoToken"},
	},
	{
		says: "Gafaelfawr answers 400 and 429 to ingress-nginx itself, which makes 500 of what is neither 401 nor 403. Update Gafaelfawr.",
		saw:  []symptom{status("TestMalformedAuthorization", 500), status("TestUnknownScheme", 500)},
		met:  []string{"TestUnscopedToken"},
	},
	{
		says: "Gafaelfawr fails over an Authorization header with Bearer and nothing behind it, though it refuses other malformed ones. Update it.",
		saw:  []symptom{status("TestMalformedAuthorization", 500)},
		met:  []string{"TestUnscopedToken", "TestUnknownScheme"},
	},
	{
		says: "ingress-nginx has none of Phalanx's settings: its ConfigMap is empty or another one is read.",
		saw:  []symptom{status("TestMalformedAuthorization", 403), noHeader("TestQuota", "X-RateLimit-Limit"), fails("TestBigCookies"), fails("TestUpload")},
	},
	{
		says: "ingress-nginx refuses snippet annotations, for annotations-risk-level is below Critical: 400 and 429 become a 403 without a challenge, and quotas tell nothing.",
		saw:  []symptom{setting("TestSnippetsAllowed", "annotations-risk-level"), status("TestMalformedAuthorization", 403), noHeader("TestQuota", "X-RateLimit-Limit")},
	},
	{
		says: "ingress-nginx refuses snippet annotations, for allow-snippet-annotations is not true: 400 and 429 become a 403 without a challenge, and quotas tell nothing.",
		saw:  []symptom{setting("TestSnippetsAllowed", "allow-snippet-annotations"), status("TestMalformedAuthorization", 403), noHeader("TestQuota", "X-RateLimit-Limit")},
	},
	{
		says: "ingress-nginx refuses snippet annotations: 400 and 429 become a 403 without a challenge, and quotas tell nothing.",
		apart: "From here it cannot be told whether allow-snippet-annotations is not true or annotations-risk-level is below Critical: " +
			"kubectl -n ingress-nginx get configmap ingress-nginx-controller -o yaml tells.",
		saw: []symptom{status("TestMalformedAuthorization", 403), noHeader("TestQuota", "X-RateLimit-Limit")},
	},
	{
		says: "One Ingress lost its configuration-snippet: other routes map errors as they should.",
		saw:  []symptom{status("TestMalformedAuthorization", 403)},
		met:  []string{"TestLoginRedirectErrors"},
	},
	{
		says: "The error mapping is older than rate limits: it has no branch for 429. Update the server-snippet of ingress-nginx.",
		saw:  []symptom{status("TestQuota", 403)},
		met:  []string{"TestMalformedAuthorization"},
	},
	{
		says: "A spent quota gives 500: Gafaelfawr's 429 reaches nginx as it is, which takes it for an error, and not as the 403 that the error mapping knows.",
		saw:  []symptom{status("TestQuota", 500)},
		met:  []string{"TestMalformedAuthorization", "TestAuthenticated"},
	},
	{
		says: "Refusals that pass the error mapping lose their challenge: its server-snippet does not set WWW-Authenticate.",
		saw:  []symptom{noChallenge("TestUnscopedToken", 403), noChallenge("TestMalformedAuthorization", 400)},
	},
	{
		says: "Refusals may be cached: the error mapping does not set Cache-Control.",
		saw:  []symptom{noHeader("TestUnscopedToken", "Cache-Control"), noHeader("TestMalformedAuthorization", "Cache-Control")},
		met:  []string{"TestAuthenticated"},
	},

	// Gafaelfawr's answers on every route.
	{
		says: "A challenge is sent twice: something adds WWW-Authenticate to what Gafaelfawr and nginx already set.",
		saw:  []symptom{found("TestNoToken", verdict.CodeChallengeRepeated)},
	},
	{
		says: "Error pages of ingress-nginx's own take the place of 401 and 403, and their challenges: custom-http-errors in its ConfigMap or on an Ingress, or a proxy in front.",
		saw:  []symptom{noChallenge("TestNoToken", 401), noChallenge("TestUnscopedToken", 403)},
	},
	{
		says: "A 401 has no challenge: a proxy or custom error pages take WWW-Authenticate off.",
		saw:  []symptom{noChallenge("TestNoToken", 401)},
	},
	{
		says: "Challenges name another realm: baseUrl in Gafaelfawr's configuration is not this deployment's.",
		saw:  []symptom{challenge("TestNoToken", "realm"), challenge("TestUnscopedToken", "realm")},
	},
	{
		says: "A protected path is not served: its application is not installed, its Ingress is missing, or the environment file names a path that it does not have.",
		saw:  []symptom{status("TestNoToken", 404), status("TestAlike", 404)}, // not by one of several controllers alone
	},
	{
		says: "Programs are sent to the login instead of being refused: auth-signin is set on routes without loginRedirect.",
		saw:  []symptom{status("TestNoToken", 302)},
	},
	{
		says: "A 401 of Gafaelfawr reaches clients as 500, while valid tokens pass: custom error pages, or auth-keepalive with an old controller.",
		saw:  []symptom{status("TestNoToken", 500)},
		met:  []string{"TestAuthenticated"},
	},
	{
		says: "Gafaelfawr answers 500 to tokens that it does not know: it cannot read what its Redis has for them, or a defect of its version.",
		saw:  []symptom{status("TestUnknownToken", 500), status("TestRevokedToken", 500)},
		met:  []string{"TestUnscopedToken"},
	},
	{
		says: "Tokens in Basic authentication are not found: a proxy rewrites Authorization, or Gafaelfawr is older than 9.0.",
		saw:  []symptom{status("TestBasicLogin", 401), status("TestBasicStripped", 401)},
		met:  []string{"TestAuthenticated"},
	},
	{
		says: "Delegation fails under load: Gafaelfawr's connections to its database are used up.",
		saw:  []symptom{mixed("TestDelegatedUsers", 500)},
	},
	{
		says:  "Muster cannot reach Gafaelfawr's API, though this machine can: what it was to tell of delegated tokens is missing.",
		apart: "By its public name from inside, which a load balancer that does not send back what comes from inside prevents; or for a NetworkPolicy: a request to that name from any other pod tells.",
		saw:   []symptom{probe("TestUserInfoDelegated", "user-info-answers")},
		met:   []string{"TestUserInfo"},
	},
	{
		says:  "Gafaelfawr cannot make delegated tokens, though it accepts those of callers: its database (PostgreSQL) is down or takes no writes, or it does not have the callers' tokens, which are in Redis.",
		apart: "Gafaelfawr's log tells which; where the database is down, no token could be made for this run either, so that here the second is likely.",
		saw:   []symptom{status("TestDelegated", 500), status("TestNotebook", 500)},
		met:   []string{"TestAuthenticated"},
	},
	{
		says: "An Ingress wants tokens to live longer than Gafaelfawr lets them: its minimumLifetime is above tokenLifetime less five minutes, which gives 500 for every caller.",
		saw:  []symptom{status("TestNotebook", 500)},
		met:  []string{"TestDelegated", "TestDelegatedUsers"},
	},
	{
		says: "Gafaelfawr answers 500 to valid tokens: it cannot get user information from LDAP or Firestore.",
		saw:  []symptom{api("TestUserInfo", "500"), status("TestAuthenticated", 500)},
		met:  []string{"TestNoToken"},
	},
	{
		says: "Gafaelfawr does not understand what nginx asks for callers with a token, though its API works: X-Original-URL or X-Original-Method is lost on the way, or the auth-url has parameters that it refuses.",
		saw:  []symptom{status("TestAuthenticated", 500)},
		met:  []string{"TestNoToken", "TestUserInfo"},
	},
	{
		says: "Gafaelfawr's API works, but not what nginx asks it: the auth-url of the Ingresses leads to a path or service that is not there. Restart Gafaelfawr's operator after an upgrade.",
		saw:  []symptom{status("TestAuthenticated", 500), status("TestNoToken", 500)},
		met:  []string{"TestGafaelfawrVersion", "TestAnonymous"},
	},

	{
		says: "nginx refuses its newest configuration, for a setting, and goes on with its former configuration: nothing new is served.",
		saw:  []symptom{fails("TestControllerReload"), fails("TestControllerSettings")},
	},
	{
		says: "Applications are asked with HTTP/1.0, for which there are no upgrades and no chunks: proxy-http-version on their Ingresses.",
		saw:  []symptom{valueIs("TestUpgrade", "protocol at the application", "HTTP/1.0")},
	},
	{
		says: "LDAP or Firestore is slow: the first request of every user takes long.",
		saw:  []symptom{found("TestNewUserSoon", verdict.CodeSlow, "what", "answer")},
	},
	{
		says: "Gafaelfawr's database is slow or locked: making a token takes long.",
		saw:  []symptom{found("TestNewUserSoon", verdict.CodeSlow, "what", "token")},
	},
	{
		says: "cert-manager does not renew the certificate.",
		saw:  []symptom{fails("TestCertificateRenewal"), fails("TestCertificatesReady")},
	},
	{
		says: "Users with many cookies get 500 on protected pages: proxy-buffer-size of ingress-nginx is smaller than 64k, and Gafaelfawr's answer, which repeats the cookies, does not fit.",
		saw:  []symptom{status("TestBigCookies", 500)},
		met:  []string{"TestAuthenticated"},
	},
	{
		says: "Users with many cookies get 400 everywhere: large-client-header-buffers of ingress-nginx is smaller than 4 64k, or a load balancer in front has a limit of its own.",
		saw:  []symptom{status("TestBigCookies", 400)},
	},
	{
		says: "ingress-nginx refuses uploads of more than a megabyte: proxy-body-size is not set.",
		saw:  []symptom{status("TestUpload", 413)},
	},
	{
		says: "The home page has no endpoints.",
		saw:  []symptom{status("TestHomePage", 503), found("TestIngressesServed", verdict.CodeNotServed, "status", "503")},
	},
	{
		says: "The login does not bring people back to the page they wanted: rd is lost from the redirect.",
		saw:  []symptom{value("TestLoginRedirect", "way back (rd)")},
	},
	{
		says: "Routes for Basic authentication send a Bearer challenge: the auth-url of their Ingresses lacks auth_type.",
		saw:  []symptom{found("TestBasicChallenge", verdict.CodeChallengeAttribute, "name", "scheme", "got", "Bearer")},
		met:  []string{"TestNoToken", "TestUnscopedToken"},
	},
	{
		says: "People are sent to the login of another deployment: baseUrl in Gafaelfawr's configuration, or an auth-signin that was edited.",
		saw:  []symptom{value("TestLoginRedirect", "login at"), status("TestSweep", 302)},
	},
	{
		says: "read:image, for which applications ask, is not in Gafaelfawr's knownScopes.",
		saw:  []symptom{found("TestTokenInfo", verdict.CodeAPIStatus, "error", "invalid_scopes"), found("TestDelegatedScopes", verdict.CodeAPIStatus, "error", "invalid_scopes")},
	},
	{
		says: "Tokens cannot be revoked: Gafaelfawr fails over it. Those of this run stay until they expire.",
		saw:  []symptom{api("TestRevocation", "5*"), api("TestRevokedToken", "5*")},
	},
	{
		says: "Delegated tokens outlive the tokens of their callers.",
		saw:  []symptom{valueIs("TestDelegated", "expires", "2*")},
		met:  []string{"TestDelegatedUsers"},
	},
}
