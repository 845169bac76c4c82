package diagnoses

import "github.com/lsst-sqre/muster/validation/verdict"

// ofSessions are the checks that ask with sessions.
var ofSessions = []string{"TestCSRF", "TestSession", "TestSessionEnds", "TestSessionInfo", "TestSessionPairs",
	"TestSessionRefused", "TestSessionRevoked", "TestSessionsApart"}

// sessionsDiffer leads, because each other finding about sessions then is by chance.
var sessionsDiffer = []rule{
	{
		says: "Some of Gafaelfawr's pods accept no session of the others: their session secrets differ, so that people are " +
			"logged out and in from one request to the next. Restart the Deployment gafaelfawr.",
		symptoms: []symptom{mixed("TestSessionSecret", 401)},
		passed:   []string{"TestAlike"},
		also:     append([]string{"TestLogin", "TestLogout", "TestCredentialPairs"}, ofSessions...),
		masks:    ofSessions,
		first:    "sessions",
	},
}

// sessionHoles are callers whose session counts for somebody else's, or for more or less
// than it should.
var sessionHoles = []rule{
	{
		says: "Another site can change tokens for an administrator who visits it: Gafaelfawr's API asks a session for no " +
			"CSRF token at some methods, and looks at its scopes alone. " + ofRelease,
		symptoms: []symptom{value("TestCSRF", "what refuses a session*")},
		passed:   []string{"TestSessionInfo"},
		absent:   []symptom{found("TestCSRF", verdict.CodePermission, "want", "403")},
	},
	{
		says: "A part of a session's CSRF token, or more than it, is as good as the whole ({caller}): Gafaelfawr's API " +
			"does not compare all of it. " + ofRelease,
		symptoms: []symptom{found("TestCSRF", verdict.CodePermission, "caller", "* its own", "want", "403")},
		passed:   []string{"TestWhoMayDoWhat"},
		absent: []symptom{found("TestCSRF", verdict.CodePermission, "caller", "a session with another session's"),
			found("TestCSRF", verdict.CodePermission, "caller", "a session without X-CSRF-Token")},
	},
	{
		says: "Another site can make and delete tokens for whoever visits it: Gafaelfawr's API asks a session for no CSRF " +
			"token. Something in front adds X-CSRF-Token or takes the cookie off, or this is not Gafaelfawr.",
		symptoms: []symptom{found("TestCSRF", verdict.CodePermission, "want", "403")},
		passed:   []string{"TestWhoMayDoWhat"},
	},
	{
		says: "People who have logged in get the identity of another user: the key under which ingress-nginx keeps " +
			"Gafaelfawr's answers lacks the cookie (auth-cache-key), or a cache in front keeps the application's.",
		symptoms: []symptom{
			found("TestSessionsApart", verdict.CodeHeaderValue, "name", "X-Auth-Request-User"),
		},
		passed: []string{"TestUsersApart"},
		also:   []string{"TestSession", "TestSessionPairs", "TestCredentialPairs"},
	},
	{
		says: "A session goes on after its token was revoked: Gafaelfawr's answers to its cookie are kept " +
			"(authCacheDuration, or a cache in front).",
		symptoms: []symptom{status("TestSessionRevoked", 200)},
		passed:   []string{"TestRevokedToken", "TestRevocation", "TestPages"},
		also:     []string{"TestCredentialPairs"},
		masks:    []string{"TestSessionPairs"},
	},
	{
		says: "Whoever has logged in is let in without the scope, and programs with a token are not: a snippet, or " +
			"something in front of Gafaelfawr, goes by the cookie.",
		symptoms: []symptom{found("TestSessionRefused", verdict.CodeStatus, "got", "200", "want", "403")},
		passed:   []string{"TestUnscopedToken", "TestPages"},
		also:     []string{"TestSessionPairs"},
	},
	{
		says: "Nobody who has logged in gets in with a browser, while programs with a token do: the ingress asks " +
			"Gafaelfawr without the cookie. A snippet or a proxy drops or changes Cookie.",
		symptoms: []symptom{found("TestSession", "", "got", "401")},
		passed:   []string{"TestSessionSecret", "TestBasicLogin"},
		masks:    []string{"TestSessionPairs"},
		also:     []string{"TestSessionRefused", "TestSessionRevoked", "TestSessionsApart"},
	},
	{
		says: "A request with a session and a token counts as the token's user, or as nobody's: Cookie or Authorization is " +
			"dropped where a request has both, or this Gafaelfawr reads them in another order.",
		symptoms: []symptom{found("TestSessionPairs", verdict.CodeHeaderValue, "name", "X-Auth-Request-User")},
		passed:   []string{"TestSession", "TestSessionsApart", "TestSessionRefused"},
	},
	{
		says: "The logout does not end the session in the browser: whoever uses it next is still logged in. Gafaelfawr, or " +
			"what answers /logout, does not replace the cookie.",
		symptoms: []symptom{value("TestLogout", "session after the logout")},
		passed:   []string{"TestLogin", "TestLoginState"}, // cookies reach Gafaelfawr
		also:     []string{"TestSessionEnds"},
	},
	{
		says: "The logout sets its cookie for another domain or path than the login, so that browsers keep the session: " +
			"whoever uses the browser next is still logged in. Something in front rewrites Set-Cookie of one of them, or " +
			"Gafaelfawr's version has a defect.",
		symptoms: []symptom{value("TestLogout", "the domain and path of the cookie of before")},
		passed:   []string{"TestLogin", "TestSubdomains"},
	},
}

// sessions are causes by which people who have logged in get less than they should.
var sessions = []rule{
	{
		says: "Gafaelfawr runs with another session secret than its Secret holds: it reads it when it starts, and its next " +
			"restart logs everybody out. Restart it at a time of your own choice, or put the former secret back into Vault.",
		symptoms: []symptom{status("TestSessionSecret", 401)},
		passed:   []string{"TestBootstrapToken", "TestForeignCookiesKept"},
	},
	{
		says: "The end of a session is told as a wrong token (the challenge has an error): pages take it for a mistake of " +
			"theirs instead of sending people to the login. Gafaelfawr's version has a defect, or a proxy writes challenges.",
		symptoms: []symptom{challenge("TestSessionRevoked", "error")},
		passed:   []string{"TestNoToken", "TestDeadCookie", "TestRevokedToken"},
		also:     []string{"TestSessionPairs"},
	},
	{
		says: "Nobody can make or delete tokens in a browser: something in front drops X-CSRF-Token, which a page sends " +
			"with what it changes.",
		symptoms: []symptom{found("TestCSRF", verdict.CodePermission, "got", "403", "caller", "a session with its*")},
		passed:   []string{"TestSessionInfo"},
	},
	{
		says: "Pages are told of the session of somebody else: a cache in front keeps /auth/api/v1/login, so that " +
			"what people change is refused (invalid_csrf).",
		symptoms: []symptom{found("TestSessionInfo", verdict.CodeWrongUser)},
		passed:   []string{"TestSessionSecret"},
	},
	{
		says: "Pages can change nothing, such as make a token: the CSRF token that Gafaelfawr tells them is not in their " +
			"session. Something drops Set-Cookie from /auth/api/v1/login.",
		symptoms: []symptom{value("TestSessionInfo", "csrf")},
		passed:   []string{"TestSessionSecret", "TestLogin"},
	},
	{
		says: "Nobody can log in: a login does not keep its state in its session, so that whoever comes back from the " +
			"identity provider is sent on without having logged in. " + ofRelease,
		symptoms: []symptom{
			value("TestLoginState", "state of a login that goes on"),
			found("TestLoginState", verdict.CodeStatus, "want", "403"),
		},
		passed: []string{"TestForeignCookiesKept"},
		masks:  []string{"TestLoginState"},
	},
	{
		says: "Somebody can be logged in as another user by a link: Gafaelfawr goes on with a login whose state is another " +
			"than that of its session. A proxy changes the query or the cookie of /login, or this Gafaelfawr has a defect.",
		symptoms: []symptom{found("TestLoginState", verdict.CodeStatus, "want", "403")},
		passed:   []string{"TestLogin", "TestForeignCookiesKept"},
		absent:   []symptom{status("TestNoToken", 500)},
	},
	{
		says: "A login that failed goes on: its state can be used again, so that a link of before logs somebody in. " +
			"Gafaelfawr's version has a defect, or something drops Set-Cookie from its page of the failure.",
		symptoms: []symptom{value("TestLoginState", "login after it failed")},
		absent:   []symptom{value("TestLoginState", "page of a failed login")}, // it is another page
		passed:   []string{"TestLogin", "TestForeignCookiesKept"},
	},
	{
		says: "Gafaelfawr refuses who comes back from the identity provider without a session, instead of sending them on: " +
			"people who logged in with another tab see an error. Update Gafaelfawr.",
		symptoms: []symptom{found("TestLoginState", verdict.CodePermission, "caller", "who comes back without a session",
			"got", "403")},
		passed: []string{"TestLogin", "TestForeignCookiesKept"},
	},
	{
		says: "Nobody gets in who comes back from the identity provider: the session of a login that was begun has no page " +
			"to return to.",
		symptoms: []symptom{value("TestLoginState", "return_url in the session")},
		passed:   []string{"TestLogin"},
	},
	{
		says: "A login in one tab ends that in another: each gets a state of its own, though the browser sent the session " +
			"of the first. Something drops the cookie on the way to /login.",
		symptoms: []symptom{value("TestLoginState", "state of a login that goes on")},
		passed:   []string{"TestLogin", "TestSessionSecret"},
	},
}
