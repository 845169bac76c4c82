package diagnoses

import "github.com/lsst-sqre/muster/validation/verdict"

// openRoutes are holes that let in a caller without a token, or with a token that is
// not enough.
var openRoutes = []rule{
	{
		says: "Protected routes are open although their Ingresses ask Gafaelfawr: no-auth-locations in " +
			"ingress-nginx's ConfigMap exempts them. Remove that setting.",
		objects:  []symptom{setting("TestControllerSettings", "no-auth-locations")},
		symptoms: []symptom{status("TestNoToken", 200), setting("TestControllerSettings", "no-auth-locations")},
		refuted:  []string{"TestUnscopedToken"},
		open:     true,
		also:     []string{"TestForms", "TestQuota", "TestMethodsPassed"},
	},
	{
		says: "A protected route is open, and the application believes whatever identity a client sends: its " +
			"Ingress does not ask Gafaelfawr because its auth-url was edited away. Restart Gafaelfawr's operator, " +
			"which rewrites the Ingress.",
		objects:  []symptom{fails("TestUndeclaredOpen"), differs("auth-url", "")},
		symptoms: []symptom{status("TestNoToken", 200), fails("TestBearerStripped")},
		refuted:  []string{"TestUnscopedToken", "TestForgedIdentity"},
		place:    true,
		open:     true,
	},
	{
		says: "All protected routes are open: Gafaelfawr's refusals become 200 because custom error pages answer " +
			"the auth subrequest, or because error_page maps it.",
		symptoms: []symptom{status("TestNoToken", 200)},
		passed:   []string{"TestAuthenticated"},
		refuted:  []string{"TestUnknownToken"},
		open:     true,
		also:     []string{"TestIndex"},
	},
	{
		says: "Protected routes are open: ingress-nginx ignores their Ingresses because auth-url contains an " +
			"escape (a percent sign), and the anonymous Ingress answers instead. Update Gafaelfawr, whose " +
			"operator wrote the auth-url.",
		symptoms: []symptom{
			status("TestNoToken", 200),
			differs("auth-url", "*%*"),
		},
		refuted: []string{"TestUnscopedToken"},
		open:    true,
		also:    []string{"TestForms", "TestIndex", "TestQuota", "TestMethodsPassed"},
	},
	{
		says: "An annotation of an Ingress weakens what Gafaelfawr decides about its callers. The finding " +
			"names it; remove it from the Ingress, or from the template of the GafaelfawrIngress if it is there.",
		symptoms: []symptom{fails("TestAnnotations")},
		open:     true,
		also:     []string{"TestIngressesServed", "TestSweepForged"},
		masks:    []string{"TestNoToken", "TestUnscopedToken", "TestSweep", "TestForgedIdentity", "TestUnknownToken"},
	},
	{
		says: "A protected route is open: its own Ingress is missing or not served, and a broader anonymous " +
			"Ingress answers instead. Look at the status of its GafaelfawrIngress and at the log of Gafaelfawr's " +
			"operator.",
		symptoms: []symptom{status("TestNoToken", 200)},
		refuted:  []string{"TestUnscopedToken"},
		place:    true,
		open:     true,
	},
	{
		says: "Some protected routes are open: nginx cannot load one Ingress, so it serves no newer one, and the " +
			"anonymous Ingress answers instead. Repair or delete the Ingress that the message names.",
		symptoms: []symptom{fails("TestControllerReload"), status("TestOnlyServices", 200)},
		refuted:  []string{"TestSweep", "TestProbesRefuse"},
		open:     true,
	},
	{
		says: "Some protected routes are open: their Ingresses are not served, and the anonymous Ingress answers " +
			"instead.",
		tellApart: "Either nginx cannot load one Ingress and serves no newer one, or Gafaelfawr's operator did not " +
			"make them. To tell: look for a RELOAD event of the controller's pod, and at kubectl get " +
			"gafaelfawringress -A.",
		symptoms: []symptom{status("TestOnlyServices", 200), probe("TestMinimumLifetime", "one-user")},
		passed:   []string{"TestNoToken"},
		refuted:  []string{"TestSweep", "TestProbesRefuse"},
		open:     true,
	},
	{
		says: "Applications get another user's token: a cache keeps Gafaelfawr's answers under a key without the " +
			"caller, or its version finds another's in its database.",
		symptoms: []symptom{found("TestDelegatedUsers", verdict.CodeWrongUser)},
		passed:   []string{"TestForgedIdentity"},
		masks:    []string{"TestNotebook"}, // it asks twice for the same token
		also: []string{
			"TestDelegated", "TestDelegatedScopes", "TestEditedExpiry", "TestEmailHeader", "TestManyGroups",
			"TestRevocationOfChildren",
		},
	},
	{
		says:     "Users see the tokens of other users.",
		symptoms: []symptom{found("TestTokensOfOthers", verdict.CodeSucceeded)},
		follows: []symptom{found("", verdict.CodePermission, "got", "2*", "want", "40*", "operation", "GET *"),
			found("", verdict.CodeStatus, "got", "200")},
		refuted: []string{"TestWhoMayDoWhat"},
	},
	{
		says: "A token in the URL opens protected routes: a proxy turns access_token into an Authorization " +
			"header. URLs are logged and passed on, so tokens leak.",
		symptoms: []symptom{status("TestTokenInURL", 200)},
		passed:   []string{"TestNoToken"},
	},
	{
		says: "Muster's pages are open to everyone: their GafaelfawrIngresses are anonymous, or they have no " +
			"Ingress and the anonymous one of the prefix answers.",
		symptoms: []symptom{status("TestPages", 200)},
		passed:   []string{"TestNoToken", "TestUnscopedToken"},
	},
	{
		says: "Tokens are accepted with any secret: anyone who sees the key of a token in a log or on a page can " +
			"use it.",
		symptoms: []symptom{status("TestWrongSecret", 200)},
		passed:   []string{"TestNoToken", "TestUnknownToken"},
		refuted:  []string{"TestNearTokens"},
	},
	{
		says: "The bootstrap token opens applications, although it is meant to make tokens only and never " +
			"expires.",
		symptoms: []symptom{status("TestBootstrapTokenIsNoUser", 200)},
		passed:   []string{"TestNoToken", "TestUnknownToken"},
		refuted:  []string{"TestWhoMayDoWhat"},
	},
	{
		says: "Gafaelfawr does not know which token a delegated one was made from: its database has lost these rows " +
			"(table subtoken), so that each request gets a new token, and none ends with its parent.",
		symptoms: []symptom{probe("TestDelegated", "token-parent"), probe("TestNotebook", "token-parent")},
		passed:   []string{"TestTokensApart", "TestDelegatedUsers"},
		follows:  []symptom{probe("", "token-parent")},
		also:     []string{"TestRevocationOfChildren", "TestEditedExpiry", "TestPages"},
		masks:    []string{"TestRevocationOfChildren", "TestEditedExpiry", "TestNotebook"},
	},
	{
		says: "Delegated tokens are not revoked with the token that they came from: Gafaelfawr's database does not know " +
			"their parent (table subtoken), or its deletion of a token leaves them.",
		symptoms: []symptom{found("TestRevocationOfChildren", verdict.CodeSucceeded)},
		passed:   []string{"TestRevokedToken", "TestNoToken", "TestRevocation", "TestDelegated"},
	},
	{
		says: "Delegated tokens go on working when the token that they came from is revoked, although Gafaelfawr no longer " +
			"lists them: they stay in its Redis. " + ofRelease,
		symptoms: []symptom{value("TestRevocationOfChildren", "delegated token after its parent was revoked")},
		absent:   []symptom{found("TestRevocationOfChildren", verdict.CodeSucceeded)},
		passed:   []string{"TestRevokedToken", "TestNoToken", "TestRevocation", "TestDelegated"},
	},
	{
		says: "Revoked tokens go on working for a while: ingress-nginx caches Gafaelfawr's answers because of an " +
			"auth-cache-duration on its Ingresses.",
		objects:  []symptom{differs("auth-cache-duration", "*")},
		symptoms: []symptom{status("TestRevocation", 200)},
		passed:   []string{"TestRevokedToken", "TestNoToken"},
		also:     []string{"TestPreflightForeign"},
		refuted:  []string{"TestOperatorIngresses"},
	},
	{
		says:      "Scopes are not enforced, so that any valid token opens protected routes",
		inIngress: "the auth-url of the Ingresses lacks scope.",
		symptoms:  []symptom{status("TestUnscopedToken", 200)},
		passed:    []string{"TestNoToken"},
		refuted:   []string{"TestNearScopes"},
	},
	{
		says:     "Revoked tokens go on working.",
		symptoms: []symptom{status("TestRevokedToken", 200), status("TestRevocation", 200)},
		passed:   []string{"TestNoToken"},
		refuted:  []string{"TestWhoMayDoWhat"},
		also: []string{"TestRevocationOfChildren", "TestRevokeNeedsAdmin", "TestWhoMayDoWhat", "TestTokenHistory",
			"TestCSRF", "TestDelegatedRenewed", "TestInputsRefused"},
	},
	{
		says: "Restrictions to a user or a service are not enforced: others with the scope are let in because the " +
			"auth-url of the Ingresses lacks username and only_service.",
		symptoms: []symptom{status("TestUsername", 200), status("TestOnlyServices", 200)},
		passed:   []string{"TestNoToken", "TestUnscopedToken"},
		refuted:  []string{"TestWhoMayDoWhat"},
		also:     []string{"TestSessionPairs", "TestSessionRefused"},
	},
}
