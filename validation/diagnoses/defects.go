package diagnoses

import (
	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// ofRelease is the remedy for what no setting makes.
const ofRelease = "No setting makes that: compare the image of Gafaelfawr with that of the release."

// withSessions are checks whose requests have a session: its cookie ends with equals signs.
var withSessions = []string{"TestCredentialPairs", "TestSession", "TestSessionPairs", "TestSessionRevoked",
	"TestSessionsApart", "TestSessionEnds", "TestSessionRefused", "TestSessionSecret", "TestCookieSeparators",
	"TestHomePageLoggedIn"}

// defectHoles are causes in Gafaelfawr's own code that let in whom it should refuse, or give
// applications what is not theirs.
var defectHoles = []rule{
	{
		says: "OPTIONS requests that are half a CORS preflight, such as with Origin alone, reach applications without a " +
			"token: Gafaelfawr takes them for those of the deployment's own pages. " + ofRelease,
		symptoms: []symptom{found("TestOptionsRefused", verdict.CodePermission, "caller", "half a preflight", "got", "200")},
		passed:   []string{"TestPreflightForeign", "TestNoToken"},
	},
	{
		says: "Applications are told that a service asks (X-Auth-Request-Service) where a user does: Gafaelfawr writes the " +
			"service of the Ingress and not that of the caller's token. " + ofRelease,
		symptoms: []symptom{found("TestAuthenticated", "", "name", gafaelfawr.HeaderService, "at", verdict.Application)},
		passed:   []string{"TestOperatorIngresses", "TestNoToken"},
		header:   true,
		also:     []string{"TestForgedIdentity", "TestRequestsUnchanged", "TestFormsOverHTTP2"},
	},
	{
		says: "Tokens reach applications if their scheme is written otherwise, such as bearer: Gafaelfawr compares the " +
			"scheme letter by letter before it removes Authorization, and HTTP does not (RFC 9110, section 11.1). " + ofRelease,
		symptoms: []symptom{found("TestSchemeSpelling", verdict.CodeProbeCheck, "name", "no-token-in-authorization")},
		passed:   []string{"TestBearerStripped", "TestBasicStripped"},
	},
	{
		says: "Gafaelfawr's API tells a new token in the header Location, which proxies write into their logs: it has the " +
			"token where its key belongs. " + ofRelease,
		symptoms: []symptom{found("TestAnswersInvariant", verdict.CodeInvariant, "rule", verdict.InvariantCredential,
			"name", "Location", "path", "*/tokens")},
		follows: []symptom{found("TestAnswersInvariant", verdict.CodeInvariant, "rule", verdict.InvariantWhole,
			"name", "token")},
		masks: []string{"TestAnswersInvariant"},
	},
	{
		says: "Applications get tokens that Gafaelfawr made for another application, with which they may pass for it: its " +
			"cache of delegated tokens forgets the service. " + ofRelease,
		symptoms: []symptom{probe("TestDelegatedScopes", "token-service")},
		absent:   []symptom{valueIs("TestDelegatedScopes", "the token of another kind of route", "true")},
		passed:   []string{"TestUseAuthorization"},
		also:     []string{"TestDelegated"},
	},
}

// defects are causes in Gafaelfawr's own code.
var defects = []rule{
	{
		says: "Requests fail (500) whose cookies have an equals sign in their value, as those of sessions and of many " +
			"applications: Gafaelfawr does not read such cookies. " + ofRelease,
		symptoms: []symptom{status("TestForeignCookiesKept", 500)},
		passed:   []string{"TestBigCookies", "TestAuthenticated"},
		also:     withSessions,
		masks:    withSessions,
		first:    "cookies",
	},
	{
		says: "Requests that are refused for lack of a scope count against the user's quota, so that users with a right to " +
			"ask are refused, too (429): Gafaelfawr counts before it looks at the scopes. " + ofRelease,
		symptoms: []symptom{status("TestRefusalCostsNoQuota", 429)},
		passed:   []string{"TestQuota", "TestQuotaConfigured", "TestUnscopedToken"},
		absent:   []symptom{valueIs("TestRefusalCostsNoQuota", "status of a user's first request", "429")},
		also:     []string{"TestProbesScoped", "TestMobuRoutesProtected"},
		follows:  []symptom{status("", 429)},
	},
}
