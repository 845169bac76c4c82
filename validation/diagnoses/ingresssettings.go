package diagnoses

import "github.com/lsst-sqre/muster/validation/verdict"

// ingressSettings are causes in annotations of single Ingresses that show as something
// else.
var ingressSettings = []rule{
	{
		says: "The annotation custom-http-errors of an Ingress puts pages of the ingress in place of Gafaelfawr's " +
			"refusals: programs get no challenge. Remove 401 and 403 from it.",
		symptoms: []symptom{setting("TestIngressSettings", "custom-http-errors")},
		also: []string{"TestOperatorIngresses", "TestNoToken", "TestUnscopedToken", "TestApplicationAnswers", "TestCSRF",
			"TestQuota", "TestQuotaOfUser"},
		masks:   []string{"TestNoToken", "TestUnscopedToken", "TestApplicationAnswers"},
		follows: []symptom{noChallenge("", 401), noChallenge("", 403), noChallenge("", 302), noHeader("", "Cache-Control")},
		paths:   true,
	},
	{
		says: "app-root at an Ingress of the home page sends everyone to another page: remove the annotation. If that is " +
			"meant, leave out the feature homepage.",
		symptoms: []symptom{setting("TestIngressSettings", "app-root")},
		also:     []string{"TestHomePage", "TestHomePageAssets", "TestHomePageLoggedIn", "TestUnknownPath"},
		masks:    []string{"TestHomePage"},
	},
	{
		says: "The rewrite-target of an Ingress takes a group of the path that the path does not have: every request " +
			"reaches the application at the same path. Write the path with the group, such as /app(/|$)(.*).",
		symptoms: []symptom{setting("TestIngressSettings", "rewrite-target")},
		also:     []string{"TestOperatorIngresses"},
	},
	{
		says: "An Ingress lets each client ask less at once than a page needs ({key}): browsers get 503 for a part of it, " +
			"and so does everybody behind the same address. Raise the number, or remove the annotation.",
		symptoms: []symptom{setting("TestIngressSettings", "limit-*")},
		follows:  []symptom{status("", 503), found("", verdict.CodeLimited)},
		also:     []string{"TestOperatorIngresses", "TestAlike", "TestHomePageAssets"},
	},
	{
		says: "proxy-buffer-size of an Ingress is too small: what Gafaelfawr answers with long cookies becomes 500 or 502. " +
			"Remove the annotation, because the controller has 64k for all.",
		symptoms: []symptom{setting("TestIngressSettings", "proxy-buffer-size")},
		follows:  []symptom{found("", verdict.CodeStatus, "got", "502"), found("", verdict.CodeStatus, "got", "500")},
		also:     []string{"TestOperatorIngresses", "TestBigCookies", "TestCookieLimits", "TestLogin", "TestLoginState"},
	},
}
