package diagnoses

import "github.com/lsst-sqre/muster/validation/verdict"

// mixedUp are holes because one request gets what belongs to another.
var mixedUp = []rule{
	{
		says: "Some requests get in that must not, and the same request is refused when it is asked again: {method} {path} " +
			"got {first} first and {then} then. A proxy mixes up the requests of its connections, a replica lets in " +
			"everyone or those whose token was revoked, or something lets requests pass when Gafaelfawr does not answer.",
		symptoms: []symptom{found("", verdict.CodeFlapping, "first", "2*", "then", "*")},
		follows: []symptom{found("", verdict.CodeFlapping), status("", 200), found("", verdict.CodeMixed),
			found("", verdict.CodePermission, "caller", "a revoked token"), found("", verdict.CodeSucceeded, "want", "401")},
		masks: []string{"TestRevocation"},
	},
	{
		says: "Clients get answers that belong to other requests: a cache in front leaves path or query out of its key, or " +
			"a proxy mixes up the answers of its connections. Other callers' answers may be among them.",
		symptoms: []symptom{found("TestAnswersInvariant", verdict.CodeInvariant, "rule", verdict.InvariantKept)},
		also: []string{"TestEditedScopes", "TestRevocation", "TestRequestsUnchanged", "TestLongQueries", "TestContents",
			"TestApplicationAnswers", "TestUpgrade", "TestFresh", "TestDelegatedUsers", "TestUsersApart",
			"TestAnswersUnchanged"},
		masks: []string{"TestRequestsUnchanged", "TestEveryClient"},
	},
	{
		says: "People come back from the login to the page of somebody else: a cache in front keeps redirects, and their " +
			"key lacks the query, so that the next visitor of a path gets the way back (rd) of the one before. Have it keep " +
			"no redirects, and nothing that Gafaelfawr decides.",
		symptoms: []symptom{value("TestLoginRedirect", "way back (rd) of another request")},
		also:     []string{"TestLongQueries", "TestLoginRedirectErrors", "TestNoAnswersOfBefore"},
		masks:    []string{"TestLoginRedirect", "TestLongQueries", "TestLoginRedirectErrors"},
		follows:  []symptom{found("", verdict.CodeStatus, "got", "302"), value("", "way back (rd)")},
	},
	{
		says: "Users see tokens of other users, or what was done with them: what Gafaelfawr's API lists of one user has " +
			"entries of others. Whoever answers there does not look at the user; a gateway in front drops it.",
		symptoms: []symptom{found("TestAnswersInvariant", verdict.CodeInvariant, "rule", verdict.InvariantOthers)},
		also: []string{"TestHistoryPages", "TestOwnTokensListed", "TestTokenHistory", "TestTokensOfOthers",
			"TestWhoMayDoWhat", "TestCSRF", "TestHistoryFilters"},
		masks: []string{"TestHistoryPages", "TestOwnTokensListed", "TestTokenHistory", "TestWhoMayDoWhat"},
	},
	{
		says: "Answers are compressed for clients that did not ask for it: a proxy in front ignores Accept-Encoding. " +
			"Programs cannot read them.",
		symptoms: []symptom{found("TestAnswersUnchanged", "", "name", "Content-Encoding", "at", "")},
		follows:  []symptom{found("", verdict.CodeNoReport), found("", verdict.CodeHeaderValue, "at", "")},
		masks: []string{"TestAnswersInvariant", "TestApplicationAnswers", "TestContents", "TestLongQueries",
			"TestMethodsPassed", "TestOpenAPI", "TestPreflight", "TestUpgrade"},
	},
	{
		says: "Applications get the name or the token of another user, when two ask in turn: a cache keeps Gafaelfawr's " +
			"answers or tokens under a key without the user.",
		symptoms: []symptom{found("TestUsersApart", verdict.CodeWrongUser)},
		passed:   []string{"TestDelegatedUsers"},
		also:     []string{"TestDelegatedRenewed", "TestDelegatedScopes", "TestNotebook", "TestUserInfoDelegated"},
		masks:    []string{"TestUserInfoDelegated"},
	}, {
		says: "A token gets what was delegated from another token of the same user, and so scopes that it lacks: a cache " +
			"keeps delegated tokens under the user, and not under the token that asks.",
		symptoms: []symptom{value("TestTokensApart", "parent at *")},
		passed:   []string{"TestDelegatedUsers"},
		also: []string{"TestNotebook", "TestDelegated", "TestDelegatedScopes", "TestDelegatedInPart",
			"TestRevocationOfChildren"},
		masks: []string{"TestNotebook", "TestDelegatedScopes"},
	},
}
