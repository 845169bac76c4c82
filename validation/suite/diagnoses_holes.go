package suite

import "github.com/lsst-sqre/muster/muster/gafaelfawr"

// holes are causes for which somebody is let in, or something let out, who or
// what must not be.
var holes = []diagnosis{
	{
		says: "Protected routes are open though their Ingresses ask Gafaelfawr: no-auth-locations in ingress-nginx's ConfigMap takes them in.",
		saw:  []finding{{"TestNoToken", got200}, {"TestControllerSettings", "everyone gets in below these paths"}},
	},
	{
		says: "A protected route is open, and the application believes whatever identity a client sends: its Ingress does not ask Gafaelfawr (auth-url was edited away). Restart Gafaelfawr's operator, which writes the Ingress anew.",
		saw:  []finding{{"TestNoToken", got200}, {"TestBearerStripped", ""}},
	},
	{
		says: "All protected routes are open: what Gafaelfawr refuses becomes 200 (custom error pages answer the auth subrequest, or error_page maps it).",
		saw:  []finding{{"TestNoToken", got200}},
		met:  []string{"TestAuthenticated"},
	},
	{
		says: "Protected routes are open: ingress-nginx ignores their Ingresses for an escape (a percent sign) in auth-url, and the anonymous one answers. Update Gafaelfawr, whose operator wrote it.",
		saw:  []finding{{"TestNoToken", got200}, {"TestOperatorIngresses", "percent sign"}},
	},
	{
		says: "A protected route is open: its own Ingress is missing or not served, and a broader anonymous one answers. See the status of its GafaelfawrIngress and the log of Gafaelfawr's operator.",
		saw:  []finding{{"TestNoToken", got200}},
	},
	{
		says: "Some protected routes are open: nginx cannot load one Ingress, and so serves none made since; the anonymous one answers. Repair or delete the Ingress that is named.",
		saw:  []finding{{"TestControllerReload", ""}, {"TestOnlyServices", got200}},
	},
	{
		says: "Some protected routes are open: their Ingresses are not served, and the anonymous one answers.",
		apart: "From here it cannot be told whether nginx could not load one Ingress, and so serves none made since (a RELOAD event of the controller's pod), " +
			"or whether Gafaelfawr's operator did not make them (kubectl get gafaelfawringress -A).",
		saw: []finding{{"TestOnlyServices", got200}, {"TestBasicLogin", "Reached without authentication"}},
		met: []string{"TestNoToken"},
	},
	{
		says: "Applications get another user's token: something keeps Gafaelfawr's answers under a key that leaves out the caller.",
		saw:  []finding{{"TestDelegatedUsers", "one of another user"}},
		met:  []string{"TestForgedIdentity"},
	},
	{
		says: "Users see the tokens of others.",
		saw:  []finding{{"TestTokensOfOthers", "it succeeded"}},
	},
	{
		says: "A token in the URL opens protected routes, and URLs are logged and passed on: a proxy makes an Authorization header of access_token.",
		saw:  []finding{{"TestTokenInURL", got200}},
		met:  []string{"TestNoToken"},
	},
	{
		says: "Muster's pages are open to everyone: their GafaelfawrIngresses are anonymous, or were not made into Ingresses, so that the anonymous one of the prefix answers.",
		saw:  []finding{{"TestPages", got200}},
		met:  []string{"TestNoToken", "TestUnscopedToken"},
	},
	{
		says: "Tokens are accepted with any secret: whoever sees the key of a token, which logs and pages show, is let in.",
		saw:  []finding{{"TestWrongSecret", got200}},
		met:  []string{"TestNoToken", "TestUnknownToken"},
	},
	{
		says: "The bootstrap token opens applications: it is a secret that never expires, and is meant to make tokens only.",
		saw:  []finding{{"TestBootstrapTokenIsNoUser", got200}},
		met:  []string{"TestNoToken", "TestUnknownToken"},
	},
	{
		says: "Revoked tokens go on working for a while: ingress-nginx keeps Gafaelfawr's answers, by an auth-cache-duration on its Ingresses.",
		saw:  []finding{{"TestRevocation", got200}},
		met:  []string{"TestRevokedToken", "TestNoToken"},
	},
	{
		says: "Scopes are not enforced: any valid token opens protected routes. The auth-url of the Ingresses lacks scope.",
		saw:  []finding{{"TestUnscopedToken", got200}},
		met:  []string{"TestNoToken"},
	},
	{
		says: "Revoked tokens go on working.",
		saw:  []finding{{"TestRevokedToken", got200}, {"TestRevocation", got200}},
		met:  []string{"TestNoToken"},
	},
	{
		says: "Restrictions to a user or a service are not enforced: others with the scope are let in. The auth-url of the Ingresses lacks username and only_service.",
		saw:  []finding{{"TestUsername", got200}, {"TestOnlyServices", got200}},
		met:  []string{"TestNoToken", "TestUnscopedToken"},
	},
	{
		says: "Callers' tokens reach applications: Authorization is missing from auth-response-headers of Ingresses.",
		saw:  []finding{{"TestBearerStripped", "gt-<"}, {"TestBasicStripped", ""}},
		met:  []string{"TestNoToken"},
	},
	{
		says: "Callers' tokens reach applications where they come in Basic authentication: Gafaelfawr does not take them off.",
		saw:  []finding{{"TestBasicStripped", "Basic <"}},
		met:  []string{"TestBearerStripped"},
	},
	{
		says: "A proxy joins the identity that a client claims with the true one, and an application may believe the first.",
		saw:  []finding{{"TestForgedIdentity", gafaelfawr.HeaderUser + ": root, "}},
	},
	{
		says: "Session cookies reach applications: Cookie is missing from auth-response-headers of Ingresses.",
		saw:  []finding{{"TestSessionCookieStripped", "gafaelfawr=<"}},
		met:  []string{"TestNoToken"},
	},
	{
		says: "A client's X-Auth-Request-Token reaches applications in the place of the token that is delegated to them: the header is missing from auth-response-headers of Ingresses.",
		saw:  []finding{{"TestForgedIdentity", "X-Auth-Request-Token is there"}, {"TestDelegated", "No X-Auth-Request-Token arrived"}},
		met:  []string{"TestNoToken"},
	},
	{
		says: "X-Auth-Request-User names another user than the delegated token belongs to: something behind Gafaelfawr sets it, or mixes up callers.",
		saw:  []finding{{"TestForgedIdentity", "X-Auth-Request-User: "}, {"TestDelegated", "token-username"}, {"TestNotebook", "token-username"}},
	},
	{
		says: "Identity headers that a client forges reach applications: they are missing from auth-response-headers of Ingresses.",
		saw:  []finding{{"TestForgedIdentity", "is there"}},
		met:  []string{"TestNoToken"},
	},
	{
		says: "The deployment is served under any host name: an Ingress has none (kubectl get ingress -A shows * under HOSTS).",
		saw:  []finding{{"TestForeignHost", "status "}},
		met:  []string{"TestNoToken"},
	},
	{
		says: "Port 80 serves the deployment in clear: no Ingress lists its host under tls.",
		saw:  []finding{{"TestIngressTLS", ""}, {"TestHTTPSRedirect", ""}},
	},
	{
		says: "Port 80 serves the deployment in clear: ssl-redirect is off.",
		saw:  []finding{{"TestControllerSettings", "in clear"}, {"TestHTTPSRedirect", ""}},
	},
	{
		says: "Clients can make up their address: ingress-nginx lacks a setting of Phalanx's.",
		saw:  []finding{{"TestControllerSettings", ""}, {"TestClientAddress", ""}},
	},
	{
		says: "Headers with underscores reach applications, some of which take X_Auth_Request_User for X-Auth-Request-User: enable-underscores-in-headers is set in ingress-nginx's ConfigMap.",
		saw:  []finding{{"TestUnderscoreHeaders", "X_Auth_Request_User"}},
		met:  []string{"TestNoToken"},
	},
	{
		says: "Methods other than GET pass without credentials: a snippet or a proxy asks Gafaelfawr about GET only.",
		saw:  []finding{{"TestMethodsProtected", got200}},
		met:  []string{"TestNoToken"},
	},
	{
		says: "Tokens that will soon expire are let in where a longer lifetime is wanted: the auth-url of the Ingress lacks minimum_lifetime.",
		saw:  []finding{{"TestMinimumLifetime", got200}},
		met:  []string{"TestNoToken", "TestOnlyServices", "TestDelegated"},
	},
	{
		says: "Gafaelfawr's routes for the ingress can be asked from outside, and tell which tokens are valid: an Ingress maps /ingress of the host to Gafaelfawr.",
		saw:  []finding{{"TestIngressAuthNotPublic", ""}},
	},
	{
		says: "The cluster's network does not enforce NetworkPolicies, though they exist: any pod reaches Gafaelfawr and the applications past the ingress.",
		saw:  []finding{{"TestNetworkPoliciesEnforced", ""}},
		met:  []string{"TestNetworkPolicies"},
	},
	{
		says: "TRACE is answered with the request, its credentials included.",
		saw:  []finding{{"TestTrace", got200}},
	},
	{
		says: "A request with two Authorization lines is let in: a proxy in front keeps one of them, and which one is anybody's guess.",
		saw:  []finding{{"TestTwoAuthorizations", got200}},
	},
	{
		says: "Login and logout lead to other sites: rd is not checked.",
		saw:  []finding{{"TestLoginOpenRedirect", ""}, {"TestLogoutOpenRedirect", ""}},
		met:  []string{"TestLogin"},
	},
	{
		says: "CORS preflights of other sites' pages reach applications.",
		saw:  []finding{{"TestPreflightForeign", got200}},
		met:  []string{"TestNoToken"},
	},
	{
		says: "An Ingress lets in callers of some addresses without a token: it has satisfy: any.",
		saw:  []finding{{"TestOperatorIngresses", "satisfy is any"}},
	},
	{
		says: "A pod that is no ingress has the label with which NetworkPolicies let the ingress in: it may say to any application that it is any user.",
		saw:  []finding{{"TestIngressLabel", ""}},
	},
	{
		says: "Workloads that trust whoever connects have no NetworkPolicy: any pod reaches them past the ingress.",
		saw:  []finding{{"TestNetworkPolicies", ""}},
	},
	{
		says: "An Ingress asks nobody whom to let in: it is of an application with an Ingress of its own, or its auth-url was edited away.",
		saw:  []finding{{"TestUndeclaredOpen", ""}},
		met:  []string{"TestNoToken"},
	},
	{
		says: "The ingress controller is one that any pod can take over, with every Secret of the cluster (CVE-2025-1974): update ingress-nginx.",
		saw:  []finding{{"TestControllerVersion", ""}},
	},
	{
		says: "A VaultSecret reads secrets of another environment: what is signed or opened with them there works here, too.",
		saw:  []finding{{"TestVaultPaths", ""}},
	},
}
