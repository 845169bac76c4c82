package diagnoses

import (
	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// edges are causes that show at the edges of size and time alone.
var edges = []rule{
	{
		says: "DNS has an address for the host at which it is not served ({got}): clients that take it wait, or fail, and " +
			"others do not. Take it out of DNS, or mend the load balancer that has it.",
		symptoms: []symptom{value("TestAddresses", "address of the host")},
	},
	{
		says: "Bodies reach applications changed or cut: something on the way keeps a part of them, or rewrites them. " +
			"The finding has the size from which on.",
		symptoms: []symptom{value("TestBodies", "digest of the body at the application")},
		passed:   []string{"TestAuthenticated"},
		also:     []string{"TestUpload", "TestManyGroups", "TestAnswersInvariant"},
	},
	{
		says: "Bodies are lost if the client does not tell their length: something in front takes a request without " +
			"Content-Length for one without a body, although over HTTP/2 the end of the stream ends it.",
		symptoms: []symptom{valueIs("TestBodies", "length of a body of untold length at the application", "0")},
		passed:   []string{"TestAuthenticated", "TestUpload"},
	},
	{
		says: "Bodies above a buffer of nginx fail with 500: the ingress controller cannot write its temporary files, " +
			"because its disk is full or read-only.",
		symptoms: []symptom{status("TestBodies", 500)},
		passed:   []string{"TestAuthenticated", "TestMethodsPassed"},
		also:     []string{"TestUpload", "TestManyGroups"},
	},
	{
		says: "Long cookies reach applications cut: something behind the ingress bounds a header and passes on the rest.",
		symptoms: []symptom{found("TestCookieLimits", verdict.CodeHeaderValue, "name", gafaelfawr.HeaderCookie,
			"at", verdict.Application)},
		passed: []string{"TestBigCookies"},
	},
	{
		says: "Users with very many cookies get 500 from ingress-nginx: its proxy-buffer-size is below 64k, and " +
			"Gafaelfawr's answer, which repeats the cookies, does not fit.",
		symptoms: []symptom{found("TestCookieLimits", verdict.CodeStatus, "got", "500", "want", "200")},
		passed:   []string{"TestBigCookies", "TestAuthenticated"},
		follows:  []symptom{setting("", "proxy-buffer-size")},
	},
	{
		says: "Users with too many cookies get 500 instead of 400: large-client-header-buffers is above " +
			"proxy-buffer-size, so that what ingress-nginx accepts does not fit Gafaelfawr's answer.",
		symptoms: []symptom{found("TestCookieLimits", verdict.CodeStatus, "got", "500", "want", "400*")},
		passed:   []string{"TestBigCookies", "TestAuthenticated"},
	},
	{
		says:     "Users with many groups lose some of them: something bounds what user-info answers, or the directory does.",
		symptoms: []symptom{value("TestManyGroups", "groups")},
		passed:   []string{"TestUserInfo", "TestUnusualNames"},
	},
	{
		says: "Long emails do not reach applications: a proxy between the ingress and the applications drops long headers.",
		symptoms: []symptom{found("TestManyGroups", verdict.CodeHeaderMissing, "name", gafaelfawr.HeaderEmail,
			"at", verdict.Application)},
		passed: []string{"TestEmailHeader"},
	},
	{
		says:     "Each token of a user has a quota of its own: requests are counted by something else than the user.",
		symptoms: []symptom{status("TestQuotaOfUser", 200)},
		passed:   []string{"TestQuota"},
	},
	{
		says: "A quota does not begin anew within a minute, by what answers tell (X-RateLimit-Reset): it counts for longer " +
			"than Gafaelfawr's minute, or the time is in milliseconds, or nobody tells it. Clients wait too " +
			"long, or not at all. Gafaelfawr's version computes it otherwise, or something rewrites the header.",
		symptoms: []symptom{value("TestQuota", "end of a quota's minute")},
		passed:   []string{"TestQuotaConfigured", "TestClock"},
		absent:   []symptom{noHeader("TestQuota", "X-RateLimit-Limit")},
		also:     []string{"TestQuotaOfUser", "TestRefusalCostsNoQuota"},
	},
	{
		says: "Answers tell another use of the quota than there was (X-RateLimit-Used), so that clients stop too early " +
			"or too late: Gafaelfawr's version computes it otherwise, or something rewrites the header.",
		symptoms: []symptom{found("TestQuota", verdict.CodeHeaderValue, "name", "X-RateLimit-Used")},
		passed:   []string{"TestQuotaConfigured"},
		absent: []symptom{found("TestQuota", verdict.CodeHeaderValue, "name", "X-RateLimit-Limit"),
			status("TestQuota", 200)},
		also: []string{"TestRefusalCostsNoQuota", "TestQuotaOfUser"},
	},
	{
		says: "A refused request puts off the end of the wait, so that a program that asks again too early is never let " +
			"in: whatever counts has a window that moves, and not Gafaelfawr's minute.",
		symptoms: []symptom{value("TestQuota", "the end of a quota's window")},
		passed:   []string{"TestClock", "TestQuotaOfUser"},
	},
	{
		says: "Answers with large headers are refused (502), such as the redirect of a long link to the login: the buffer " +
			"for headers of answers is too small in a proxy in front. Give it 64 kB, as ingress-nginx has.",
		symptoms: []symptom{found("TestLongQueries", verdict.CodeStatus, "got", "502", "want", "302")},
		passed:   []string{"TestLoginRedirect"},
	},
	{
		says: "People who open a long link come back from the login to a part of it: something cuts Location of the " +
			"redirect, or what stands in rd.",
		symptoms: []symptom{value("TestLongQueries", "rd of a long URL")},
		passed:   []string{"TestLoginRedirect"},
	},
	{
		says: "The home page's scripts and style sheets come as pages, so that it stays white: its application has a page " +
			"for every path that it does not know, as where a rollout is half-way, or another Ingress has their path.",
		symptoms: []symptom{value("TestHomePageAssets", "type of what a page loads")},
		passed:   []string{"TestHomePage"},
	},
	{
		says: "The home page refers to scripts or style sheets that are not there: it is of another build than they are. " +
			"Two builds stand behind its Service, a rollout is half-way, or a cache in front keeps an old page. Finish the " +
			"rollout of squareone, or empty the cache.",
		symptoms: []symptom{status("TestHomePageAssets", 404)},
		passed:   []string{"TestHomePage"},
		absent:   []symptom{fails("TestOwnPaths"), fails("TestIngressConflicts")},
	},
	{
		says: "The home page fails for those who have logged in, and for nobody else: it asks Gafaelfawr who its visitor " +
			"is, and does not get there or does not understand the answer. Its log says why: kubectl -n squareone logs " +
			"deployment/squareone.",
		symptoms: []symptom{found("TestHomePageLoggedIn", verdict.CodeStatus, "got", "5*")},
		passed:   []string{"TestHomePage", "TestSession"},
	},
	{
		says: "Retry-After is not when the quota begins anew: clients that wait for it come back too early, or too late. " +
			"Something rewrites it, or has another time zone.",
		symptoms: []symptom{value("TestQuota", gafaelfawr.HeaderRetryAfter)},
		passed:   []string{"TestClock"},
	},
	{
		says:     "Delegated tokens end before the caller's: applications lose their access in the middle of a session.",
		symptoms: []symptom{value("TestDelegated", "expires early")},
		passed:   []string{"TestTokenInfo"},
	},
}
