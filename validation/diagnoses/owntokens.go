package diagnoses

import "github.com/lsst-sqre/muster/validation/verdict"

// ownTokenHoles are holes in what users do with tokens of their own.
var ownTokenHoles = []rule{
	{
		says: "Revoked tokens go on working in some forms ({operation}): something in front of Gafaelfawr keeps its " +
			"decisions for those. Find the cache of the proxy or of nginx, and restart it.",
		symptoms: []symptom{found("TestRevocation", verdict.CodePermission, "caller", "a revoked token", "got", "2*")},
		passed:   []string{"TestRevokedToken"},
	},
	{
		says: "Tokens that should end never expire, so that a stolen one is good for ever: whoever answers below /auth/api " +
			"drops the end that was asked for, or does not tell it. Revoke such tokens, and update Gafaelfawr.",
		symptoms: []symptom{valueIs("TestOwnTokensMade", "expires", "never")},
		follows:  []symptom{probe("", "token-lifetime"), value("", "* expires"), value("", "its end")},
		also:     []string{"TestDelegated", "TestMinimumLifetime", "TestTokenHistory", "TestWhoMayDoWhat"},
		masks:    []string{"TestEditedExpiry", "TestEditedScopes", "TestTokenInfo", "TestTokensOfOthers"},
	},
	{
		says: "Edits of tokens have no effect: what an administrator takes away stays. Something in front of " +
			"Gafaelfawr's API answers PATCH itself, or Redis is not updated.",
		symptoms: []symptom{fails("TestEditedScopes"), value("TestEditedExpiry", "the edited end")},
		also: []string{"TestDelegatedRenewed", "TestInputsRefused", "TestTokensWithoutEnd", "TestCSRF",
			"TestWhoMayDoWhat", "TestAnswersInvariant"},
		first: "edits",
	},
	{
		says: "A scope that was taken from a token stays in force: Gafaelfawr's database and list have the new scopes, and " +
			"its Redis, by which it decides, has the old ones. Revoke such tokens, and look at Gafaelfawr's log for errors of " +
			"Redis.",
		symptoms: []symptom{value("TestEditedScopes", "scopes in each answer"), status("TestEditedScopes", 200)},
		absent:   []symptom{value("TestEditedScopes", "scopes among the user's tokens")},
		passed:   []string{"TestTokenInfo"},
	},
	{
		says: "Applications go on accepting a scope that was taken from a token, though Gafaelfawr's API tells the new " +
			"ones: an edit of the scopes alone does not reach its Redis, by which it decides. Update Gafaelfawr. Revoke " +
			"tokens whose scopes were edited, and make new ones.",
		symptoms: []symptom{status("TestEditedScopes", 200)},
		absent: []symptom{value("TestEditedScopes", "scopes among the user's tokens"),
			value("TestEditedScopes", "scopes in *"), value("TestEditedScopes", "the end after an edit of the scopes")},
		// No cache of decisions: what is revoked, or lacks the scope from the first, is refused.
		passed: []string{"TestEditedExpiry", "TestRevokedToken", "TestRevocation", "TestUnscopedToken", "TestTokenInfo"},
	},
	{
		says: "Users give tokens of their own scopes that they do not have themselves: whoever answers below " +
			"/auth/api/v1/users does not compare them with the caller's.",
		symptoms: []symptom{found("TestOwnTokensMade", verdict.CodePermission, "want", "422")},
		also:     []string{"TestInputsRefused"},
		masks:    []string{"TestWhoMayDoWhat", "TestUnknownScopeRefused", "TestInputsRefused"},
	},
	{
		says: "Tokens of services are made for users who are no bots: a person's rights may be used without an end. " +
			"Whoever answers POST tokens is not Gafaelfawr.",
		symptoms: []symptom{found("TestInvalidUsernameRefused", verdict.CodeSucceeded, "want", "403")},
	},
	{
		says: "Two tokens of a user may have one name: Gafaelfawr's database lost the index of token names. Update its " +
			"schema.",
		symptoms: []symptom{found("TestOwnTokensMade", verdict.CodeSucceeded, "want", "409")},
	},
	{
		says: "Gafaelfawr's API says that it found or deleted tokens that are not there: callers take for revoked what " +
			"may still work. Something else than Gafaelfawr answers.",
		symptoms: []symptom{found("TestOwnTokensListed", verdict.CodeSucceeded, "want", "404")},
	},
}

// ownTokens are causes that show in what users do with tokens of their own, and in what
// Gafaelfawr tells of tokens and their users.
var ownTokens = []rule{
	{
		says: "Gafaelfawr makes tokens that live less than five minutes, which end before whoever uses them expects it: " +
			"its API does not look at when they end. " + ofRelease,
		symptoms: []symptom{value("TestOwnTokensMade", "shortest life of a token")},
		passed:   []string{"TestTokenInfo"},
	},
	{
		says: "An end of a token in ISO 8601 is read as another time, such as one of another zone: tokens end too early " +
			"or too late. Something else than Gafaelfawr answers, or rewrites bodies.",
		symptoms: []symptom{value("TestEditedExpiry", "the end in ISO 8601")},
	},
	{
		says: "An edit of a token's scopes changes its end, too: tokens live longer or shorter than was asked for. " +
			"Something else than Gafaelfawr answers PATCH, or rewrites its body.",
		symptoms: []symptom{value("TestEditedScopes", "the end after an edit of the scopes")},
	},
	{
		says: "Tokens that users make for themselves lack groups of theirs: applications that go by groups refuse them, " +
			"such as those of files.",
		symptoms: []symptom{value("TestOwnTokensMade", "groups of a token that a user made")},
	},
	{
		says: "Tokens that users make for themselves have another name, email or number than the users ({got}): files that " +
			"they write belong to somebody else, or to nobody. " + ofRelease,
		symptoms: []symptom{value("TestOwnTokensMade", "name, email and numbers of a token that a user made")},
		passed:   []string{"TestUserInfo"},
	},
	{
		says: "Gafaelfawr takes new names of tokens for ones that are used already (duplicate_token_name), so that no user " +
			"can make a token: something on the way sends each POST twice, as proxies do that try again, or its database " +
			"answers wrong.",
		symptoms: []symptom{
			found("TestOwnTokensMade", verdict.CodeAPIStatus, "error", "duplicate_token_name"),
			found("TestEditedScopes", verdict.CodeAPIStatus, "error", "duplicate_token_name"),
		},
		masks:   []string{"TestOwnTokensListed"},
		follows: []symptom{found("", verdict.CodeAPIStatus, "error", "duplicate_token_name")},
	},
	{
		says: "Gafaelfawr fails ({got}) where a token is to have a name that another of the user has, and should say so " +
			"({want}): it does not handle that its database refuses a second one. Update Gafaelfawr. Its log has the error: " +
			"kubectl -n gafaelfawr logs deployment/gafaelfawr.",
		symptoms: []symptom{found("TestOwnTokensMade", verdict.CodeAPIStatus, "got", "5*", "want", "409")},
		passed:   []string{"TestOwnTokensListed"},
		also:     []string{"TestInputsRefused"},
	},
	{
		says: "Gafaelfawr's API does what {method} {route} asks, and says so with status {got} instead of {success}: " +
			"programs take it for a failure. A gateway in front rewrites statuses, or Gafaelfawr's version has a defect.",
		symptoms: []symptom{found("", verdict.CodeAPIStatus, "got", "2*")},
		follows:  []symptom{found("", verdict.CodeStatus, "got", "2*", "want", "20*")},
		passed:   []string{"TestTokenInfo"},
	},
	{
		says: "Gafaelfawr refuses (422) an end of a token in ISO 8601, and takes seconds: programs that write times as its " +
			"documentation allows fail. Something on the way checks bodies by other rules, or Gafaelfawr's version has a " +
			"defect.",
		symptoms: []symptom{status("TestEditedExpiry", 422)},
		passed:   []string{"TestTokenInfo", "TestEditedScopes"},
	},
	{
		says: "Gafaelfawr refuses the data of a user, which its API allows: {field} may not be {input}. Such users cannot " +
			"log in. Gafaelfawr's version has another rule for it, or a gateway in front checks bodies.",
		symptoms: []symptom{found("TestUnusualNames", verdict.CodeAPIStatus, "got", "422", "field", "*")},
		passed:   []string{"TestUserInfo"},
	},
	{
		says: "The name of a deleted token cannot be used again, so that programs which renew their token fail: " +
			"Gafaelfawr's database keeps deleted tokens.",
		symptoms: []symptom{api("TestOwnTokensListed", "409")},
	},
	{
		says: "HEAD requests are not counted against quotas: a rule for methods in front of Gafaelfawr drops service from " +
			"its subrequest.",
		symptoms: []symptom{found("TestQuota", verdict.CodePermission, "operation", "HEAD")},
		passed:   []string{"TestQuotaConfigured"},
	},
	{
		says: "Edited scopes of a token are told by some answers only: one of several Gafaelfawrs reads another Redis, or " +
			"keeps tokens in memory.",
		symptoms: []symptom{value("TestEditedScopes", "scopes in some answers")},
		passed:   []string{"TestTokenInfo"},
	},
	{
		says: "One of several Gafaelfawrs does not know a scope that the others know: it runs with an older " +
			"configuration, and refuses some of the tokens. Restart its pods.",
		symptoms: []symptom{found("TestTokensMadeAlike", verdict.CodeAPIStatus, "error", "invalid_scopes")},
	},
	{
		says: "New tokens are missing from the list of a user's tokens: Gafaelfawr reads a copy of its database that is " +
			"behind, or something in front keeps lists.",
		symptoms: []symptom{value("TestOwnTokensListed", "the list of a user's tokens with a new one")},
		also:     []string{"TestTokensOfOthers", "TestWhoMayDoWhat"},
	},
	{
		says: "Deleted tokens stay in the list of a user's tokens: something in front keeps lists, or Gafaelfawr's " +
			"database does not delete them.",
		symptoms: []symptom{value("TestOwnTokensListed", "the list of a user's tokens after one was deleted")},
	},
	{
		says: "Lists of a user's tokens do not begin with the newest: who looks for what was just made does not find it at " +
			"the top. Whoever answers below /auth/api does not sort them as Gafaelfawr does.",
		symptoms: []symptom{value("TestOwnTokensListed", "place of the newest in the list of a user's tokens")},
		passed:   []string{"TestTokensOfOthers"},
	},
	{
		says: "A token cannot delete itself, though it has user:token: a logout of programs does not work. Whoever " +
			"answers below /auth/api has other rules than Gafaelfawr.",
		symptoms: []symptom{api("TestOwnTokensListed", "403")},
		also:     []string{"TestHistoryPages", "TestHistoryAddress"},
	},
	{
		says: "Gafaelfawr takes an address of the cluster for that of all clients: proxies in its configuration lacks the " +
			"network. Add it to config.proxies, as nobody can tell from history and logs who did what.",
		symptoms: []symptom{value("TestHistoryAddress", "address in the history")},
		passed:   []string{"TestClientAddress"},
	},
	{
		says: "Tokens can be made and not edited: Gafaelfawr fails on PATCH because its database (PostgreSQL) refuses " +
			"changes of rows. Look at the rights of its user there, and at Gafaelfawr's log.",
		symptoms: []symptom{api("TestEditedScopes", "500"), api("TestEditedExpiry", "500")},
		passed:   []string{"TestTokenInfo", "TestOwnTokensMade"},
		follows:  []symptom{api("", "500"), status("", 500)},
		also:     []string{"TestCSRF", "TestHistoryForgedAddress", "TestLongLives", "TestTokensWithoutEnd"},
	},
	{
		says: "Tokens that were delegated keep the old end after that of their parent was edited: the change does not " +
			"reach them in Gafaelfawr's database or Redis.",
		symptoms: []symptom{value("TestEditedExpiry", "delegated end")},
	},
	{
		says: "The history of tokens is empty, whatever was done with them: Gafaelfawr does not find the entries in its " +
			"database, or a gateway in front answers. Who made or revoked which token cannot be told.",
		symptoms: []symptom{missing("TestTokenHistory", "history"), valueIs("TestHistoryPages", "X-Total-Count", "0")},
		passed:   []string{"TestTokenInfo"},
		also:     []string{"TestHistoryAddress"},
		masks:    []string{"TestEditedExpiry", "TestHistoryFilters", "TestWhoMayDoWhat"},
	},
	{
		says: "The history of tokens lacks how some of them were made or revoked: Gafaelfawr does not write it down, or " +
			"something in front filters the entries. Who did it cannot be told.",
		symptoms: []symptom{missing("TestTokenHistory", "history")},
		passed:   []string{"TestTokenInfo"},
		also:     []string{"TestHistoryAddress"},
		masks:    []string{"TestEditedExpiry", "TestHistoryFilters", "TestHistoryPages", "TestWhoMayDoWhat"},
	},
	{
		says: "The history of tokens lacks the address of some changes ({name}): Gafaelfawr does not write down from where " +
			"they came. It tells who did it, and not from where; update Gafaelfawr.",
		symptoms: []symptom{found("TestTokenHistory", verdict.CodeValue, "name", "address of *", "got", "")},
		passed:   []string{"TestTokenInfo", "TestHistoryAddress"},
		also:     []string{"TestWhoMayDoWhat"},
		masks:    []string{"TestWhoMayDoWhat"},
	},
	{
		says: "The history of tokens lacks changes: entries of Gafaelfawr's database are missing, or something in " +
			"front filters them.",
		symptoms: []symptom{missing("TestEditedExpiry", "history")},
	},
	{
		says: "The history of tokens cannot be read page by page: something in front drops the query, or the headers " +
			"Link and X-Total-Count.",
		symptoms: []symptom{value("TestHistoryPages", "X-Total-Count")},
		also:     []string{"TestHistoryFilters"},
	},
	{
		says: "The history of tokens ends after its first page: the link to the next one is not there, though " +
			"X-Total-Count tells of more. Something in front drops the header Link, or Gafaelfawr's version has a " +
			"defect.",
		symptoms: []symptom{value("TestHistoryPages", "the history page by page")},
		passed:   []string{"TestTokenHistory", "TestHistoryFilters"},
	},
	{
		says: "Pages of the history of tokens lead on, and entries are lost or repeated between them: the finding has " +
			"them. Who reads it page by page misses what was done. Gafaelfawr's version has a defect, or something in front " +
			"rewrites the link (Link).",
		symptoms: []symptom{value("TestHistoryPages", "the entries of pages that follow each other")},
		passed:   []string{"TestTokenHistory", "TestHistoryFilters"},
	},
	{
		says: "The history of tokens cannot be searched as it should: Gafaelfawr refuses (422) a kind of token or another " +
			"filter that its API has. Its version has a defect, or a gateway in front checks queries by another version's " +
			"rules. The finding has the query.",
		symptoms: []symptom{status("TestHistoryFilters", 422)},
		passed:   []string{"TestHistoryPages"},
	},
	{
		says: "Gafaelfawr reads times with a zone as UTC where its history is searched, so that who asks in local time " +
			"gets other hours. Its version has a defect, or a gateway in front writes the query anew. Ask in UTC.",
		symptoms: []symptom{
			valueIs("TestHistoryFilters", "*%2B09%3A00", "[]"),
			found("TestHistoryFilters", verdict.CodeValue, "name", "*-09%3A00", "want", "[]"),
		},
		passed: []string{"TestHistoryPages"},
	},
	{
		says: "The history of tokens has other entries than those that are asked for: a gateway in front drops a part of " +
			"the query, or Gafaelfawr's version does not look at it. The finding has the query.",
		symptoms: []symptom{value("TestHistoryFilters", "the history with *")},
		passed:   []string{"TestHistoryPages"},
		also:     []string{"TestInputsRefused"},
	},
	{
		says: "Gafaelfawr's API does not take tokens in Basic authentication: something in front removes it or " +
			"answers itself.",
		symptoms: []symptom{status("TestTokenInfo", 401)},
	},
	{
		says: "Gafaelfawr tells another end of tokens than was asked for: it or a gateway in front computes times in " +
			"another zone or unit.",
		symptoms: []symptom{value("TestTokenInfo", "expires")},
		also:     []string{"TestWhoMayDoWhat"},
	},
	{
		says: "Gafaelfawr tells times in another unit than seconds: programs take its tokens for new or for expired. A " +
			"gateway in front rewrites JSON.",
		symptoms: []symptom{value("TestClock", "created")},
		also:     []string{"TestOwnTokensListed"},
	},
	timesOfList(value("TestTokensOfOthers", "its end in another unit")),
	timesOfList(value("TestTokensOfOthers", "form of a time")),
	timesOfList(value("TestOwnTokensListed", "created in the list of tokens in another unit")),
	{
		says: "User information fails for users without groups: their applications get 500. Look at the group search " +
			"of Gafaelfawr's LDAP configuration, and at its log.",
		symptoms: []symptom{api("TestUserInfo", "500")},
		passed:   []string{"TestUserInfoDelegated"},
	},
	{
		says: "Users get groups of other users, and with them their files: user information is kept under a key without " +
			"the user, or where it is empty that of the user before stays. Restart Gafaelfawr, and update it; look for a " +
			"cache in front of its API.",
		symptoms: []symptom{value("TestUserInfo", "groups of another user")},
	},
	{
		says: "Users get groups that they were not given: a default group in LDAP or in Gafaelfawr's configuration, or a " +
			"gateway that rewrites user information.",
		symptoms: []symptom{value("TestUserInfo", "groups of nobody")},
	},
	{
		says: "Two releases of Gafaelfawr answer in turn: a rollout does not end, or two Gafaelfawrs stand behind one " +
			"host name.",
		symptoms: []symptom{fails("TestOneVersion")},
	},
}

// timesOfList is the cause of times that are told in two forms.
func timesOfList(s symptom) rule {
	return rule{
		says: "The list of a user's tokens tells times in another unit or form than seconds since 1970, in which " +
			"everything else tells them: programs and pages that read it show other years, or fail. Gafaelfawr's version " +
			"writes the list otherwise, or a gateway in front rewrites it.",
		symptoms: []symptom{s},
		passed:   []string{"TestTokenInfo", "TestClock"},
		also:     []string{"TestOwnTokensListed", "TestTokensOfOthers", "TestWhoMayDoWhat"},
		follows:  []symptom{value("", "form of a time")},
		masks:    []string{"TestOwnTokensListed"},
	}
}
