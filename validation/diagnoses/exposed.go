package diagnoses

import (
	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// exposed are holes beside the routes that Gafaelfawr guards: hosts, ports, methods,
// networks and Ingresses of applications.
var exposed = []rule{
	{
		says: "Argo CD tells everybody what it has, such as the values of Applications: users.anonymous.enabled is on in " +
			"the ConfigMap argocd-cm, and policy.default of argocd-rbac-cm gives a role. Switch it off.",
		symptoms: []symptom{found("TestArgoCDPage", verdict.CodePermission, "operation", "Argo CD's API")},
	},
	{
		says: "The deployment is served under any host name: an Ingress has no host (kubectl get ingress -A shows " +
			"* under HOSTS).",
		symptoms: []symptom{found("TestForeignHost", verdict.CodeStatus)},
		passed:   []string{"TestNoToken"},
	},
	{
		says:     "Port 80 serves the deployment in clear: no Ingress lists its host under tls.",
		symptoms: []symptom{fails("TestIngressTLS"), fails("TestHTTPSRedirect")},
	},
	{
		says:     "Port 80 serves the deployment in clear: ssl-redirect is off.",
		objects:  []symptom{setting("TestControllerSettings", "ssl-redirect")},
		symptoms: []symptom{setting("TestControllerSettings", "ssl-redirect"), fails("TestHTTPSRedirect")},
	},
	{
		says:     "Clients can forge their address: ingress-nginx lacks one of Phalanx's settings.",
		objects:  []symptom{setting("TestControllerSettings", "*forwarded*")},
		symptoms: []symptom{setting("TestControllerSettings", "*forwarded*"), fails("TestClientAddress")},
		also:     []string{"TestHistoryForgedAddress"},
	},
	{
		says: "Headers with underscores reach applications, and some applications take X_Auth_Request_User for " +
			"X-Auth-Request-User: enable-underscores-in-headers is set in ingress-nginx's ConfigMap.",
		symptoms: []symptom{found("TestUnderscoreHeaders", verdict.CodeHeaderUnexpected, "name", "X_Auth_Request_User")},
		also:     []string{"TestControllerSettings"},
		passed:   []string{"TestNoToken"},
	},
	{
		says: "Methods other than GET pass without credentials: a snippet or a proxy asks Gafaelfawr about GET " +
			"only.",
		symptoms: []symptom{status("TestMethodsProtected", 200)},
		passed:   []string{"TestNoToken"},
	},
	{
		says:      "Tokens that will soon expire are let in where the application requires a longer lifetime",
		inIngress: "the auth-url of the Ingress lacks minimum_lifetime, or has a smaller one.",
		symptoms:  []symptom{status("TestMinimumLifetime", 200)},
		passed:    []string{"TestNoToken", "TestOnlyServices", "TestDelegated", "TestProbesRefuse", "TestClock"},
	},
	{
		says: "A probe of Muster is open to everyone: its own Ingress is missing or has another path, and the anonymous " +
			"Ingress of the prefix answers. Compare its GafaelfawrIngress with Muster's chart.",
		symptoms: []symptom{status("TestProbesRefuse", 200)},
		passed:   []string{"TestNoToken", "TestOnlyServices"},
		also: []string{
			"TestProbesScoped", "TestMinimumLifetime", "TestFormsOverHTTP2", "TestUsersApart", "TestBasicLogin",
			"TestCredentialPairs", "TestSession", "TestSessionPairs",
		},
		masks: []string{"TestRequestsUnchanged"},
	},
	{
		says: "Gafaelfawr's routes for the ingress can be called from outside and reveal which tokens are valid: " +
			"an Ingress maps /ingress of the host to Gafaelfawr.",
		symptoms: []symptom{fails("TestIngressAuthNotPublic")},
	},
	{
		says: "The cluster's network does not enforce NetworkPolicies although they exist: any pod reaches " +
			"Gafaelfawr and the applications past the ingress.",
		symptoms: []symptom{fails("TestNetworkPoliciesEnforced")},
		passed:   []string{"TestNetworkPolicies"},
	},
	{
		says:     "TRACE is answered with the request, including its credentials.",
		symptoms: []symptom{status("TestTrace", 200)},
		also:     []string{"TestAnswersInvariant"},
	},
	{
		says: "Applications that ask for a delegated token get none, and others get one: Gafaelfawr, or what " +
			"stands between it and the ingress, takes one kind of route for the other. Update Gafaelfawr; its " +
			"Ingresses are right.",
		symptoms: []symptom{probe("TestAuthenticated", "no-delegated-token"), probe("TestDelegated", "delegated-token")},
		passed:   []string{"TestNoToken", "TestOperatorIngresses"},
		follows: []symptom{
			probe("", "delegated-token-in-authorization"), value("", "delegated tokens with *"), probe("", "token-info-answers"),
		},
		also:  []string{"TestUserInfoDelegated", "TestRevocationOfChildren", "TestDelegatedRenewed"},
		masks: []string{"TestUserInfoDelegated"},
	},
	{
		says: "Applications get a token although their GafaelfawrIngress asks for none: something adds delegation to " +
			"the auth subrequest, or X-Auth-Request-Token to its answer.",
		symptoms: []symptom{probe("TestAuthenticated", "no-delegated-token")},
		passed:   []string{"TestNoToken"},
	},
	{
		says: "Users without an email get the word {got} for one (X-Auth-Request-Email), to which applications send mail: " +
			"Gafaelfawr, or a gateway that rewrites its answers, writes the null of its language where it should leave the " +
			"header out. Update it. The emails of others are right.",
		symptoms: []symptom{found("TestAuthenticated", verdict.CodeHeaderUnexpected, "name", gafaelfawr.HeaderEmail,
			"at", verdict.Application)},
		passed:  []string{"TestNoToken", "TestEmailHeader"},
		absent:  []symptom{found("TestAuthenticated", "", "name", gafaelfawr.HeaderEmail, "got", "*@*")},
		header:  true,
		also:    []string{"TestMobuRoutes"},
		follows: []symptom{probe("", "user-info-email")},
	},
	{
		says:     anotherEmail,
		symptoms: []symptom{found("TestAuthenticated", "", "name", "X-Auth-Request-Email")},
		follows:  []symptom{probe("", "user-info-email"), found("TestMobuRoutes", "")},
		passed:   []string{"TestNoToken"},
	},
	{
		says:     anotherEmail, // which shows there alone where nobody gets in
		symptoms: []symptom{found("TestForgedIdentityOptions", verdict.CodeHeaderUnexpected, "name", "X-Auth-Request-Email")},
		refuted:  []string{"TestAuthenticated"},
	},
	{
		says:     "A request with two Authorization lines is let in: a proxy in front keeps an arbitrary one of them.",
		symptoms: []symptom{status("TestTwoAuthorizations", 200)},
		also:     []string{"TestAnswersInvariant"},
	},
	{
		says: "Gafaelfawr takes other hosts for its own, whose names end alike: login and logout lead there, and " +
			"preflights of their pages reach applications. " + ofRelease,
		symptoms: []symptom{found("TestLoginOpenRedirect", verdict.CodeStatus, "got", "3*"),
			status("TestPreflightForeign", 200)},
		passed: []string{"TestLogin", "TestNoToken"},
		also:   []string{"TestLogoutOpenRedirect", "TestSubdomains"},
		masks:  []string{"TestLogoutOpenRedirect", "TestPreflightForeign", "TestLoginOpenRedirect"},
	},
	{
		says:     "Login and logout redirect to other sites: rd is not checked.",
		symptoms: []symptom{found("TestLoginOpenRedirect", verdict.CodeStatus, "got", "3*"), fails("TestLogoutOpenRedirect")},
		passed:   []string{"TestLogin"},
		also:     []string{"TestSubdomains"},
	},
	{
		says:     "CORS preflights of other sites' pages reach applications.",
		symptoms: []symptom{status("TestPreflightForeign", 200)},
		passed:   []string{"TestNoToken", "TestRevocation"}, // not an answer that nginx kept
	},
	{
		says: "A pod that is no ingress controller has the label by which NetworkPolicies let the controller in: " +
			"it can claim any user's identity to any application.",
		symptoms: []symptom{fails("TestIngressLabel")},
	},
	{
		says: "A NetworkPolicy lets every pod connect to a workload that trusts every connection: policies add up, and " +
			"this one opens what the others close.",
		symptoms: []symptom{setting("TestNetworkPolicies", "ingress")},
	},
	{
		says: "Workloads that trust every connection have no NetworkPolicy: any pod reaches them past the " +
			"ingress.",
		symptoms: []symptom{missing("TestNetworkPolicies", "NetworkPolicy")},
	},
	{
		says: "A NetworkPolicy keeps the ingress controller from what is behind an Ingress, so that it answers 504 after a " +
			"while: a podSelector without a namespaceSelector beside it means pods of the policy's own namespace, or the " +
			"labels are not the controller's. Write both in one item of `from`, as the charts of Phalanx do.",
		symptoms: []symptom{setting("TestNetworkPolicies", "from")},
		also:     []string{"TestMusterDeployed", "TestDiscovery", "TestHomePage", "TestIngressesServed"},
		follows:  []symptom{status("", 504), found("", verdict.CodeNotServed, "status", "504")},
		masks:    []string{"TestMusterDeployed", "TestDiscovery", "TestHomePage"},
	},
	{
		says: "A NetworkPolicy lets pods that need others connect to nothing: they do not reach their database or " +
			"Redis, at the latest after a restart.",
		symptoms: []symptom{setting("TestEgressPolicies", "egress")},
	},
	{
		says: "A NetworkPolicy keeps pods from asking for names (DNS, UDP at port 53): whatever they call by a name fails, " +
			"at the latest after a restart. Add that port, with kube-system in its peers.",
		symptoms: []symptom{setting("TestEgressPolicies", "egress ports")},
	},
	{
		says: "Guarded paths are open: an Ingress with use-regex or a rewrite-target makes every path of the host " +
			"a pattern, " +
			"so that an open one takes in whatever begins with it, in any case.",
		symptoms: []symptom{found("TestSweep", verdict.CodeShadowed)},
		passed:   []string{"TestNoToken"},
		refuted:  []string{"TestSweepForged"},
	},
	{
		says: "Every Ingress asks another Service than Gafaelfawr's who may enter, because baseInternalUrl in Gafaelfawr's " +
			"configuration leads there. Correct it; the operator then writes all Ingresses anew.",
		symptoms: []symptom{
			setting("TestGafaelfawrSettings", "baseInternalUrl"), setting("TestAuthURL", "auth-url"),
		},
		also:  []string{"TestSweep", "TestSweepForged", "TestOperatorIngresses", "TestMusterDeployed"},
		masks: []string{"TestAuthURL", "TestOperatorIngresses"},
	},
	{
		says: "The auth-url of an Ingress that was written by hand has the parameter {got}, which Gafaelfawr does not know " +
			"and ignores: what it was to require is not required. Write {want}, or replace the Ingress by a GafaelfawrIngress.",
		symptoms: []symptom{setting("TestAuthURL", "parameter")},
	},
	{
		says: "The auth-url of an Ingress that was written by hand asks Gafaelfawr for no scope, so that every account " +
			"gets in. Add scope=NAME to its query, or replace the Ingress by a GafaelfawrIngress.",
		symptoms: []symptom{setting("TestAuthURL", "scope")},
	},
	{
		says: "An Ingress asks somebody outside of the deployment for authentication: whoever answers there " +
			"decides who is let in.",
		symptoms: []symptom{setting("TestAuthURL", "auth-url")},
		also:     []string{"TestSweep", "TestSweepForged"},
	},
	{
		says:     "A Service, a pod or a route leads past the ingress, which alone asks Gafaelfawr.",
		symptoms: []symptom{fails("TestWaysAround")},
	},
	{
		says: "A path is open though its Ingress asks for authentication: what is asked lets in anyone, or is not " +
			"asked under that name.",
		symptoms: []symptom{status("TestSweep", 200), status("TestSweepForged", 200)},
		passed:   []string{"TestNoToken", "TestOnlyServices", "TestOperatorIngresses"},
	},
	{
		says: "An Ingress was edited since Gafaelfawr's operator made it: it has an unprotected path. " +
			"Restart the operator, which rewrites everything.",
		symptoms: []symptom{
			found("TestOperatorIngresses", verdict.CodeDifference, "field", "rules"),
			fails("TestUndeclaredOpen"),
		},
		passed: []string{"TestNoToken", "TestGafaelfawrIngressStatus"},
	},
	{
		says: "An Ingress has no authentication: it is an application's own Ingress, or its auth-url was edited " +
			"away.",
		symptoms: []symptom{fails("TestUndeclaredOpen")},
		passed:   []string{"TestNoToken"},
	},
	{
		says: "Any pod can take over the ingress controller, with every Secret of the cluster (CVE-2025-1974): " +
			"update ingress-nginx.",
		symptoms: []symptom{fails("TestControllerVersion")},
	},
	{
		says: "A VaultSecret reads secrets of another environment: whatever they sign or decrypt there is valid " +
			"here, too.",
		symptoms: []symptom{fails("TestVaultPaths")},
	},
	{
		says: "A probe of Muster lets in a token without the scopes of its chart: config.scopes of its GafaelfawrIngress " +
			"was changed. Synchronise Muster's Application.",
		symptoms: []symptom{status("TestProbesScoped", 200)},
		passed: []string{
			"TestNoToken", "TestUnscopedToken", "TestProbesRefuse", "TestPages", "TestUsername", "TestAnyScope",
			"TestOnlyServices",
		},
	},
}

// anotherEmail is said of addresses that something behind Gafaelfawr adds.
const anotherEmail = "Applications get an email address that is not the user's: something adds or changes " +
	"X-Auth-Request-Email behind Gafaelfawr."
