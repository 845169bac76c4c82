package diagnoses

import (
	"slices"

	"github.com/lsst-sqre/muster/validation/verdict"
)

// leakShown are checks that see in an application's answer that it got what it
// must not have.
var leakShown = []string{"TestMobuRoutes", "TestAnswersUnchanged", "TestPages"}

// leaks are holes by which credentials, and identities that clients claim, reach
// applications.
var leaks = []rule{
	{
		says: "Callers' tokens reach applications: Authorization is missing from auth-response-headers of " +
			"Ingresses.",
		symptoms: []symptom{
			found("TestBearerStripped", verdict.CodeHeaderUnexpected, "got", "*gt-<*"),
			fails("TestBasicStripped"),
		},
		passed:  []string{"TestNoToken"},
		refuted: []string{"TestOperatorIngresses"},
		header:  true,
		also:    leakShown,
	},
	{
		says: "Callers' tokens reach applications, although the Ingresses let Gafaelfawr take them off Authorization: it " +
			"gives them back, because its version has a defect, or nginx asks by an older configuration. Update Gafaelfawr.",
		symptoms: []symptom{
			found("TestBearerStripped", verdict.CodeHeaderUnexpected, "name", "Authorization", "got", "*gt-<*"),
		},
		passed: []string{"TestNoToken", "TestOperatorIngresses"},
		header: true,
		also:   append(leakShown, "TestIndex"),
	},
	{
		says: "Something in front cuts the = at the end off Authorization: most credentials of Basic authentication are " +
			"refused, and on open routes their tokens reach applications, because Gafaelfawr cannot read them.",
		symptoms: []symptom{
			found("TestBasicLogin", verdict.CodeStatus, "got", "400"),
			fails("TestBasicStripped"),
		},
		passed: []string{"TestBearerStripped"},
		also: slices.Concat(leakShown,
			[]string{"TestConflictingTokens", "TestForms", "TestTokenInfo", "TestSessionPairs"}),
	},
	{
		says: "Callers' tokens reach applications when they come in Basic authentication: Gafaelfawr does not " +
			"remove them.",
		symptoms: []symptom{
			found("TestBasicStripped", verdict.CodeHeaderUnexpected, "name", "Authorization", "got", "Basic <*"),
		},
		passed:  []string{"TestBearerStripped"},
		refuted: []string{"TestCredentialPairs"},
		header:  true,
		also:    leakShown,
	},
	{
		says: "A proxy joins the identity that a client claims with the true one, and an application may believe " +
			"the first.",
		symptoms: []symptom{
			found("TestForgedIdentity", verdict.CodeHeaderValue, "name", "X-Auth-Request-User", "got", "root, *"),
		},
	},
	{
		says: "Session cookies reach applications: Cookie is missing from auth-response-headers of Ingresses.",
		symptoms: []symptom{
			found("TestSessionCookieStripped", verdict.CodeHeaderValue, "name", "Cookie", "got", "*gafaelfawr=<*"),
		},
		passed:  []string{"TestNoToken"},
		refuted: []string{"TestOperatorIngresses", "TestCredentialPairs"},
		header:  true,
		also:    leakShown,
	},
	{
		says: "Gafaelfawr gives session cookies back to applications, although the Ingresses let it take them off Cookie: " +
			"its version has a defect, or nginx asks by an older configuration. Update Gafaelfawr.",
		symptoms: []symptom{
			found("TestSessionCookieStripped", verdict.CodeHeaderValue, "name", "Cookie", "got", "*gafaelfawr=<*"),
		},
		passed:  []string{"TestNoToken", "TestOperatorIngresses"},
		refuted: []string{"TestCredentialPairs"},
		header:  true,
		also:    leakShown,
	},
	{
		says: "A client's X-Auth-Request-Token reaches applications instead of their delegated token: the header " +
			"is missing from auth-response-headers of Ingresses.",
		symptoms: []symptom{
			found("TestForgedIdentity", verdict.CodeHeaderForged, "name", "X-Auth-Request-Token"),
			probe("TestDelegated", "delegated-token"),
		},
		follows: []symptom{probe("", "delegated-token-in-authorization")},
		passed:  []string{"TestNoToken"},
		refuted: []string{"TestOperatorIngresses"},
		header:  true,
		also:    slices.Concat(leakShown, []string{"TestMethodsPassed"}),
	},
	{
		says: "X-Auth-Request-User names another user than the delegated token: something behind Gafaelfawr sets " +
			"the header, or mixes up callers.",
		symptoms: []symptom{
			found("TestForgedIdentity", verdict.CodeHeaderValue, "name", "X-Auth-Request-User", "at", verdict.Application),
			probe("TestDelegated", "token-username"),
			probe("TestNotebook", "token-username"),
		},
		refuted: []string{"TestRequestsUnchanged"},
	},
	{
		says: "Identity headers that a client forges reach applications: the headers are missing from " +
			"auth-response-headers of Ingresses.",
		symptoms: []symptom{found("TestForgedIdentity", verdict.CodeHeaderForged)},
		passed:   []string{"TestNoToken"},
		refuted:  []string{"TestOperatorIngresses"},
		header:   true,
		also:     slices.Concat(leakShown, []string{"TestEmailHeader", "TestManyGroups"}),
	},
}
