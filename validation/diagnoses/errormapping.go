package diagnoses

import "github.com/lsst-sqre/muster/validation/verdict"

// bareRefusals are findings that follow where refusals pass no error mapping.
var bareRefusals = []symptom{status("", 403), noChallenge("", 403), noHeader("", "Cache-Control")}

// errorMapping are causes between Gafaelfawr and nginx, which turn its refusals into
// others.
var errorMapping = []rule{
	{
		says: "Every refusal becomes 500, those of applications, too: the ingress puts pages of its own in their place, " +
			"and has none. Remove custom-http-errors from ingress-nginx's ConfigMap, or give it a default backend with such " +
			"pages.",
		symptoms: []symptom{
			status("TestNoToken", 500),
			found("TestApplicationAnswers", verdict.CodeStatus, "got", "500", "want", "4*"),
		},
		passed:  []string{"TestAuthenticated"},
		also:    append([]string{"TestIndex"}, refusals...),
		masks:   refusals,
		follows: []symptom{status("", 500), api("", "500"), found("", verdict.CodePermission, "got", "500")},
		first:   "ingress",
	},
	{
		says: "ingress-nginx has none of Phalanx's settings: its ConfigMap is empty, or the controller reads " +
			"another one.",
		objects: []symptom{
			setting("TestSnippetsAllowed", "allow-snippet-annotations"), fails("TestErrorMapping"),
			setting("TestControllerSettings", "proxy-body-size"),
		},
		symptoms: []symptom{
			status("TestMalformedAuthorization", 403),
			noHeader("TestQuota", "X-RateLimit-Limit"),
			fails("TestBigCookies"),
			fails("TestUpload"),
		},
		refuted: []string{"TestControllerSettings", "TestErrorMapping"},
		also: []string{"TestSnippetsAllowed", "TestControllerSettings", "TestErrorMapping", "TestBodies",
			"TestCookieLimits"},
		follows: bareRefusals,
	},
	{
		says: "The error mapping is missing from ingress-nginx: 403, 400 and 429 become 500. Add the " +
			"server-snippet with @autherror to its ConfigMap.",
		objects:  []symptom{mapping("location @autherror {")},
		symptoms: []symptom{status("TestUnscopedToken", 500), status("TestMalformedAuthorization", 500)},
		passed:   []string{"TestNoToken"},
		also:     []string{"TestErrorMapping"},
		refuted:  []string{"TestErrorMapping"},
	},
	{
		says: "Gafaelfawr answers 400 and 429 to ingress-nginx itself, and ingress-nginx turns everything but 401 " +
			"and 403 into 500. Update Gafaelfawr.",
		symptoms: []symptom{status("TestMalformedAuthorization", 500), status("TestUnknownScheme", 500)},
		passed:   []string{"TestUnscopedToken"},
	},
	{
		says: "Gafaelfawr fails on an Authorization header with Bearer and no token, although it refuses other " +
			"malformed headers. Update Gafaelfawr.",
		symptoms: []symptom{status("TestMalformedAuthorization", 500)},
		passed:   []string{"TestUnscopedToken", "TestUnknownScheme"},
	},
	{
		says: "ingress-nginx rejects snippet annotations because annotations-risk-level is below Critical. 400 " +
			"and 429 then become 403 without a challenge, and X-RateLimit headers are missing.",
		objects: []symptom{setting("TestSnippetsAllowed", "annotations-risk-level")},
		symptoms: []symptom{
			setting("TestSnippetsAllowed", "annotations-risk-level"),
			status("TestMalformedAuthorization", 403),
			noHeader("TestQuota", "X-RateLimit-Limit"),
		},
		follows: bareRefusals,
	},
	{
		says: "ingress-nginx rejects snippet annotations because allow-snippet-annotations is not true. 400 and " +
			"429 then become 403 without a challenge, and X-RateLimit headers are missing.",
		objects: []symptom{setting("TestSnippetsAllowed", "allow-snippet-annotations")},
		symptoms: []symptom{
			setting("TestSnippetsAllowed", "allow-snippet-annotations"),
			status("TestMalformedAuthorization", 403),
			noHeader("TestQuota", "X-RateLimit-Limit"),
		},
		follows: bareRefusals,
	},
	{
		says: "ingress-nginx rejects snippet annotations. 400 and 429 then become 403 without a challenge, and " +
			"X-RateLimit headers are missing.",
		tellApart: "Either allow-snippet-annotations is not true, or annotations-risk-level is below Critical. To " +
			"tell: kubectl -n ingress-nginx get configmap ingress-nginx-controller -o yaml.",
		symptoms: []symptom{status("TestMalformedAuthorization", 403), noHeader("TestQuota", "X-RateLimit-Limit")},
		refuted:  []string{"TestSnippetsAllowed"},
		follows:  bareRefusals,
	},
	{
		says:     lostSnippet,
		symptoms: []symptom{status("TestMalformedAuthorization", 403)},
		passed:   []string{"TestLoginRedirectErrors"},
		place:    true,
		refuted:  []string{"TestOperatorIngresses"},
		follows:  []symptom{found("", verdict.CodeDifference, "field", "configuration-snippet")},
	},
	{
		says: "The error mapping is older than rate limits: it has no branch for 429. Update the server-snippet " +
			"of ingress-nginx.",
		objects:  []symptom{mapping("*429*")},
		symptoms: []symptom{status("TestQuota", 403)},
		passed:   []string{"TestMalformedAuthorization"},
		refuted:  []string{"TestErrorMapping"},
		also:     []string{"TestErrorMapping"},
	},
	{
		says: "A spent quota gives 500: Gafaelfawr's 429 reaches nginx directly instead of as the 403 that the " +
			"error mapping expects.",
		symptoms: []symptom{status("TestQuota", 500)},
		passed:   []string{"TestMalformedAuthorization", "TestAuthenticated"},
		also:     []string{"TestErrorMapping"},
	},
	{
		says: "Refusals that pass the error mapping lose their challenge because its server-snippet does not set " +
			"WWW-Authenticate.",
		objects:  []symptom{mapping("*WWW-Authenticate*")},
		symptoms: []symptom{noChallenge("TestUnscopedToken", 403), noChallenge("TestMalformedAuthorization", 400)},
		refuted:  []string{"TestErrorMapping"},
		also:     []string{"TestErrorMapping"},
	},
	{
		says: "Refusals may be cached because the error mapping does not set Cache-Control.",
		symptoms: []symptom{
			noHeader("TestUnscopedToken", "Cache-Control"),
			noHeader("TestMalformedAuthorization", "Cache-Control"),
		},
		passed: []string{"TestAuthenticated"},
		also:   []string{"TestErrorMapping"},
	},
}
