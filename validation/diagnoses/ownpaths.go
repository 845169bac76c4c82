package diagnoses

import (
	"slices"

	"github.com/lsst-sqre/muster/validation/verdict"
)

// ownPaths is the check of Ingresses that charts have and that no operator makes.
const ownPaths = "TestOwnPaths"

// misled matches what keeps requests from a part of the deployment, and args more of it.
func misled(part string, args ...string) symptom {
	return found(ownPaths, verdict.CodeSetting, append([]string{"want", part}, args...)...)
}

// What else shows it if requests do not reach a part.
var (
	lacksGafaelfawr = []string{
		"TestDiscovery",
		"TestGafaelfawrVersion",
		"TestBootstrapToken",
		"TestLogin",
		"TestLoginState",
		"TestOpenAPI",
		"TestOpenIDServer",
		"TestLoginOpenRedirect",
		"TestLogout",
		"TestLogoutOpenRedirect",
		"TestServiceTokenSecrets",
		"TestSubdomains",
		"TestIngressesServed",
		"TestIngressClass",
		"TestFront",
	}
	lacksHomePage = []string{"TestHomePage", "TestHomePageAssets", "TestHomePageLoggedIn", "TestUnknownPath",
		"TestIngressesServed", "TestIngressClass", "TestFront"}
	// lacksWords are checks of what Gafaelfawr's API refuses.
	lacksWords = []string{"TestNoAnswersOfBefore", "TestRevocation", "TestTokensWithoutEnd", "TestWhoMayDoWhat",
		"TestRevokeNeedsAdmin", "TestTokensOfOthers", "TestInvalidUsernameRefused", "TestCSRF", "TestInputsRefused",
		"TestSessionRevoked"}
	// Argo CD's Ingress has the certificate of the host.
	lacksArgoCD = []string{
		"TestArgoCDPage",
		"TestHTTPSRedirect",
		"TestIngressTLS",
		"TestIngressesServed",
		"TestIngressClass",
	}
)

// misledHoles are causes of that kind with which a hole comes.
var misledHoles = []rule{
	{
		says: "An Ingress of a chart lost its host: its paths are served under any name but that of the deployment, which " +
			"has rules of its own. Write the host back, or sync its Application.",
		symptoms: []symptom{misled("*", "key", "host", "got", ""), fails("TestForeignHost")},
		also:     slices.Concat(lacksGafaelfawr, lacksHomePage, lacksArgoCD),
		masks:    slices.Concat(lacksGafaelfawr, lacksHomePage, lacksArgoCD),
	},
	{
		says: "Port 80 serves the deployment in clear, and Argo CD is out of reach: its Ingress, which in Phalanx " +
			"also has the certificate of the host, was edited or removed ({key}). Sync the Application argocd.",
		symptoms: []symptom{misled("Argo CD"), fails("TestHTTPSRedirect")},
		also:     lacksArgoCD,
		masks:    lacksArgoCD,
	},
	{
		says:     homePageMisled,
		symptoms: []symptom{misled("home page"), fails("TestNearPaths")}, // paths that no other application has
		also:     lacksHomePage,
		masks:    lacksHomePage,
	},
}

// homePageMisled names what leads past the home page, whether or not callers get answers there.
const homePageMisled = "The home page is not reached, or not all of it: its Ingress was edited or removed ({key}). " +
	"Sync its Application, squareone."

// misledPaths are causes in Ingresses that charts have.
var misledPaths = []rule{
	{
		says: "One of several ingress-nginx lacks an Ingress that the others have: the same address is answered by its " +
			"application and by the page for unknown addresses in turn. Read the logs of each pod of the controller for " +
			"errors of its watch or its configuration, and restart the one that is behind.",
		symptoms: []symptom{found("TestIngressesServed", verdict.CodeMixed)},
		absent:   []symptom{mixed("TestAlike", 404)},
		first:    "answers",
		follows:  []symptom{found("", verdict.CodeFlapping, "first", "404"), found("", verdict.CodeMixed, "got", "404")},
		masks:    []string{"TestIngressesServed"},
	},
	{
		says: "Pages of the ingress take the place of what Gafaelfawr's own API says (custom-http-errors of its Ingress): " +
			"programs and pages do not learn why they were refused. Sync the Application gafaelfawr.",
		symptoms: []symptom{misled("Gafaelfawr", "key", "custom-http-errors")},
		also:     slices.Concat(lacksWords, lacksGafaelfawr),
		masks:    lacksGafaelfawr,
		follows: []symptom{status("", 404), api("", "404"), found("", verdict.CodeStatus, "type", "text/html*"),
			found("", verdict.CodeBody, "type", "text/html*")},
		first: "ingress",
	},
	{
		says: "What is meant for Gafaelfawr does not reach it: its own Ingress was edited or removed ({key}), so that " +
			"people cannot log in, or programs get no tokens. Sync the Application gafaelfawr.",
		symptoms: []symptom{misled("Gafaelfawr")},
		also:     lacksGafaelfawr,
		masks:    lacksGafaelfawr,
		first:    "ingress",
	},
	{
		says:     homePageMisled,
		symptoms: []symptom{misled("home page")},
		also:     lacksHomePage,
		masks:    lacksHomePage,
	},
	{
		says: "Argo CD's pages are not reached: its Ingress was edited or removed ({key}). Sync the Application " +
			"argocd.",
		symptoms: []symptom{misled("Argo CD")},
		also:     lacksArgoCD,
		masks:    lacksArgoCD,
	},
}
