package diagnoses

import "github.com/lsst-sqre/muster/validation/verdict"

// refusedInputs are causes that show in how Gafaelfawr's API refuses what it cannot take.
var refusedInputs = []rule{
	{
		says: "Gafaelfawr refuses with another type or place of the error than its version does: programs and pages " +
			"cannot tell people what is wrong. A gateway in front rewrites errors, or this version has a defect. The " +
			"finding names the member; GET /auth/openapi.json has the version.",
		symptoms: []symptom{found("TestInputsRefused", verdict.CodeBody, "type", "application/json*")},
		passed:   []string{"TestTokenInfo"},
		also:     []string{"TestCSRF", "TestLoginOpenRedirect", "TestLogoutOpenRedirect"},
		masks:    []string{"TestWhoMayDoWhat"},
	},
	{
		says: "Who sends no CSRF token is refused with another type or place of the error than Gafaelfawr's " +
			"(invalid_csrf): pages take it for a missing scope and do not start the session anew. A gateway in front " +
			"rewrites errors, or this version has a defect.",
		symptoms: []symptom{found("TestCSRF", verdict.CodeBody, "type", "application/json*")},
		passed:   []string{"TestInputsRefused"},
	},
	{
		says: "Who asks the login to lead to another site is refused with another type or place of the error than " +
			"Gafaelfawr's (invalid_return_url). A gateway in front rewrites errors, or this version has a defect.",
		symptoms: []symptom{found("TestLoginOpenRedirect", verdict.CodeBody, "type", "application/json*")},
		passed:   []string{"TestInputsRefused", "TestLogin"},
		also:     []string{"TestLogoutOpenRedirect"},
	},
	{
		says: "Gafaelfawr's API has nothing (404) for {operation}, although its version has: a gateway or an Ingress in " +
			"front lacks the path.",
		symptoms: []symptom{found("TestWhoMayDoWhat", verdict.CodePermission, "got", "404",
			"operation", "GET /auth/api/v1/users/USER")},
	},
	{
		says: "Refusals of Gafaelfawr's API say of themselves that caches may keep them (Cache-Control: {got}): who has " +
			"just logged in may be refused on. Something on the way rewrites the header, or Gafaelfawr's version has a " +
			"defect.",
		symptoms: []symptom{found("TestWhoMayDoWhat", verdict.CodeHeaderValue, "name", "Cache-Control")},
		passed:   []string{"TestTokenInfo"},
	},
	{
		says: "Who may use quotas may not read their overrides: Gafaelfawr's API refuses (403) GET quota-overrides to " +
			"those who lack admin:token, which should be told to everyone. Gafaelfawr before 12.5 does so, or a gateway in " +
			"front.",
		symptoms: []symptom{api("TestQuotaOverrides", "403")},
		passed:   []string{"TestTokenInfo"},
		also:     []string{"TestWhoMayDoWhat"},
	},
	{
		says: "Refusals over a spent quota name another service than the one that was asked (X-RateLimit-Resource): " +
			"clients of several services wait for the wrong one. Something in front sets the header, or Gafaelfawr's " +
			"version has a defect.",
		symptoms: []symptom{found("TestQuota", verdict.CodeHeaderValue, "name", "X-RateLimit-Resource")},
		passed:   []string{"TestQuotaConfigured"},
		also:     []string{"TestQuotaOfUser", "TestRefusalCostsNoQuota"},
	},
}
