package diagnoses

import "github.com/lsst-sqre/muster/validation/verdict"

// delegation are causes that show in the tokens that applications get for their users.
var delegation = []rule{
	{
		says: "Applications get a delegated token that was made for another kind of route: something keeps the first one " +
			"of a caller, whatever service and scopes a route asks for.",
		symptoms: []symptom{valueIs("TestDelegatedScopes", "the token of another kind of route", "true")},
		passed:   []string{"TestDelegated"},
	},
	{
		says: "Two routes that delegate to one service with other scopes get the same token, so that applications have too " +
			"few scopes or too many: the cache of delegated tokens forgets the scopes. No setting of a route makes that: " +
			"update Gafaelfawr, or give each route a service of its own.",
		symptoms: []symptom{valueIs("TestDelegatedScopes", "the token of a route with other scopes", "true")},
		absent: []symptom{valueIs("TestDelegatedScopes", "the token of another kind of route", "true"),
			probe("TestDelegatedScopes", "token-service")},
		passed: []string{"TestUsersApart"}, // it does not forget the user, too
		also:   []string{"TestDelegated", "TestDelegatedInPart", "TestUserInfoDelegated", "TestTokensApart"},
		masks:  []string{"TestDelegated"},
	},
	{
		says: "Applications go on getting delegated tokens that were revoked: Gafaelfawr hands on what its cache " +
			"has without a look whether it works, or a cache in front keeps its answers (auth-cache-duration). " +
			"Restart Gafaelfawr, and update it.",
		symptoms: []symptom{value("TestDelegatedRenewed", "the token after a revocation at *")},
		passed:   []string{"TestDelegated", "TestNotebook", "TestRevokedToken"},
	},
	{
		says: "Applications get delegated tokens that end sooner than they ask for (minimumLifetime): Gafaelfawr hands on " +
			"old ones of its database, so that long jobs fail in the middle. Update Gafaelfawr.",
		symptoms: []symptom{value("TestDelegatedRenewed", "the end of a token for an hour")},
		passed:   []string{"TestDelegated"},
	},
	{
		says: "Tokens that live for days are refused in the last minutes of each day of their life, and people are sent to " +
			"the login: the remaining life is computed without its days. Update Gafaelfawr.",
		symptoms: []symptom{found("TestLongLives", verdict.CodePermission, "caller", "a token of a day and a minute", "got",
			"401")},
		passed: []string{"TestMinimumLifetime", "TestDelegated"},
	},
	{
		says: "Tokens that never expire, as programs have them, are refused by routes that delegate: whoever decides has " +
			"no rule for a token without an end. Update Gafaelfawr.",
		symptoms: []symptom{found("TestLongLives", verdict.CodePermission, "caller", "a token that never expires")},
		passed:   []string{"TestDelegated", "TestTokensWithoutEnd", "TestUnscopedToken"},
	},
	{
		says: "Users who lack one of the scopes that an application wants delegated get 500 instead of a token with the " +
			"others: whoever delegates does not leave out what the caller lacks. Update Gafaelfawr.",
		symptoms: []symptom{found("TestDelegatedInPart", verdict.CodePermission, "caller", "who lacks one of the scopes",
			"got", "5*")},
		passed: []string{"TestDelegated", "TestNotebook"},
		also: []string{"TestAnswersUnchanged", "TestDelegatedScopes", "TestProbesRefuse", "TestProbesScoped",
			"TestTokensApart"},
	},
	{
		says:      "Applications get only the first of several scopes that they want delegated",
		inIngress: "the auth-url of the Ingress lacks the others.",
		symptoms: []symptom{
			valueIs("TestDelegatedInPart", "scopes delegated for who lacks nothing", "[read:image]"),
			valueIs("TestDelegatedInPart", "scopes delegated for who lacks the first of the scopes", "[]"),
		},
		passed: []string{"TestDelegated", "TestDelegatedScopes"},
	},
	{
		says: "Delegated tokens reach applications with some methods only: a snippet, or a proxy behind the ingress, " +
			"passes on X-Auth-Request-Token for GET alone.",
		symptoms: []symptom{value("TestMethodsPassed", "delegated tokens with *")},
		passed:   []string{"TestDelegated"},
	},
	{
		says: "Each request gets a new delegated token: Gafaelfawr does not find again those that it made, and its " +
			"stores fill up.",
		symptoms: []symptom{value("TestNotebook", "the same token for another request")},
	},
}
