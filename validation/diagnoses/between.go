package diagnoses

import (
	"github.com/lsst-sqre/muster/muster"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// between are causes between the suite and the deployment, and parts that hang
// or answer one request in two ways. Beside them, no cause that answers support
// is certain.
var between = []rule{
	{
		says: "Some connections get another certificate, of {issuer}: one of several nodes or load balancers has not " +
			"loaded the site's. An ingress-nginx that cannot read the Secret shows its own Fake Certificate. Compare the " +
			"certificates of all, and restart the one that differs. Fix this first: other failures may only be consequences.",
		first:    "certificate",
		symptoms: []symptom{found("TestCertificateChain", verdict.CodeCertificate, "problem", verdict.ProblemLeavesDiffer)},
		also:     []string{"TestCertificateName", "TestIngressesServed", "TestSweep", "TestSweepForged"},
		masks:    []string{"TestCertificateTrusted", "TestCertificateName"},
	},
	{
		says: "Some connections get another certificate chain than others: one of several nodes or load balancers lacks " +
			"the intermediate, {issuer}. Programs refuse it, which browsers may not. Compare the certificates of all, and " +
			"load the whole chain into that one. Fix this first: other failures may only be consequences.",
		first:    "certificate",
		symptoms: []symptom{found("TestCertificateChain", verdict.CodeCertificate, "problem", verdict.ProblemChainsDiffer)},
		also:     []string{"TestIngressesServed", "TestSweep", "TestSweepForged"},
		masks:    []string{"TestCertificateTrusted"},
	},
	{
		says: "No TLS handshake takes place because the port of the deployment speaks no TLS. Check `url` and `address`: " +
			"something in front may terminate TLS on another port.",
		first:    "handshake",
		symptoms: []symptom{found("TestHandshake", verdict.CodeHandshake, "problem", "plain")},
		refuted:  []string{"TestCertificateTrusted"},
	},
	{
		says: "No TLS handshake takes place because something on the way drops large ClientHello messages, as those with " +
			"post-quantum key shares are. Update or configure that firewall or load balancer.",
		first:    "handshake",
		symptoms: []symptom{found("TestHandshake", verdict.CodeHandshake, "problem", "large-hello")},
		refuted:  []string{"TestCertificateTrusted"},
	},
	{
		says: "No TLS handshake takes place because the deployment's port closes each connection. Look at what listens " +
			"there: a load balancer without a healthy member, or a firewall.",
		first:    "handshake",
		symptoms: []symptom{found("TestHandshake", verdict.CodeHandshake, "problem", "closed")},
		refuted:  []string{"TestCertificateTrusted"},
	},
	{
		says: "No TLS handshake takes place because the deployment's port accepts connections and says nothing. Look at " +
			"what listens there: a process that hangs, or a firewall that drops packets.",
		first:    "handshake",
		symptoms: []symptom{found("TestHandshake", verdict.CodeHandshake, "problem", "silent")},
		refuted:  []string{"TestCertificateTrusted"},
	},
	{
		says:     "No TLS handshake takes place because the deployment's port refuses it. The alert says why.",
		first:    "handshake",
		symptoms: []symptom{found("TestHandshake", verdict.CodeHandshake)},

		refuted: []string{"TestCertificateTrusted"},
	},
	{
		says: "Something in front of the deployment answers every address alike, with status {status}: a maintenance page, " +
			"an allow-list without this client, the login of a proxy, or an edge that does not know this host. Ask its " +
			"operators, or run the suite where it lets you in.",
		first:    "front",
		symptoms: []symptom{found("TestFront", verdict.CodeFront)},
		refuted:  []string{"TestMusterDeployed"},
	},
	{
		says: "Answers come in a coding for which clients did not ask (Content-Encoding): something in front compresses " +
			"them for everyone, so that programs cannot read them. Have it obey Accept-Encoding.",
		first:    "coding",
		symptoms: []symptom{found("TestWhoMayDoWhat", verdict.CodeHeaderUnexpected, "name", "Content-Encoding")},
		refuted:  []string{"TestMusterDeployed"},
		also: []string{"TestCSRF", "TestDiscovery", "TestHistoryFilters", "TestHistoryPages", "TestInputsRefused",
			"TestLoginOpenRedirect", "TestLoginState", "TestLogoutOpenRedirect", "TestMusterDeployed", "TestOwnAnswers",
			"TestSessionInfo", "TestTokenHistory", "TestTokenInfo", "TestTokensOfOthers"},
	},
	{
		says: "The edge accepts connections and answers no request: its process hangs, or nothing is behind the load " +
			"balancer. Look at the pods of the ingress controller.",
		first:    "hangs",
		symptoms: []symptom{found("TestFront", verdict.CodeHangs, "who", "edge")},
		refuted:  []string{"TestHomePage"},
	},
	{
		says: "Gafaelfawr hangs: it accepts requests and answers none, not even those that need no store. Look at its " +
			"pods and their CPU, and restart it.",
		first:    "hangs",
		symptoms: []symptom{found("TestFront", verdict.CodeHangs, "who", "gafaelfawr")},
		refuted:  []string{"TestLogin", "TestGafaelfawrVersion"},
	},
	{
		says: "The Redis that has Gafaelfawr's tokens hangs: Gafaelfawr answers what needs no token, and nothing else. " +
			"Look at the pod of Redis and at its volume.",
		first:    "hangs",
		symptoms: []symptom{found("TestFront", verdict.CodeHangs, "who", "redis")},
		refuted:  []string{"TestTokenInfo"},
	},
	{
		says: "Gafaelfawr's database (PostgreSQL) hangs: Gafaelfawr looks tokens up and makes none. Look at the database, " +
			"its locks and its volume.",
		first:    "hangs",
		symptoms: []symptom{found("TestBootstrapToken", verdict.CodeHangs, "who", "database")},
		refuted:  []string{"TestTokenInfo"},
	},
	{
		says: "This client is limited: something in front of the deployment goes on refusing it because of the number of " +
			"its requests. Write `rate` into the environment file, or exempt this client.",
		first:    "limited",
		symptoms: []symptom{found("", verdict.CodeLimited)},
	},
	{
		says: "Answers are cached on their way: a cache in front returns what it gave to other callers. Fix this " +
			"first: no other result of this run is certain.",
		first:    "answers",
		symptoms: []symptom{found("TestFresh", "", "name", "X-Muster-Nonce")},
		also:     []string{"TestSession", "TestSessionPairs"},
	},
	{
		says: "Connections to the deployment are lost repeatedly. Fix this first: other failures may only be " +
			"consequences.",
		tellApart: "Either the edge fails (its pods are killed, its connections are limited) or something in front " +
			"does (a load balancer with a dead member, a firewall). To tell: ask the controller from inside the " +
			"cluster.",
		first:    "connections",
		symptoms: []symptom{found("", verdict.CodeConnectionLost)},
	},
	{
		says: "Clocks differ: a node of the deployment, or this machine, does not keep time (NTP). Fix this " +
			"first: tokens expire early or late, and other failures may only be consequences.",
		first:    "clock",
		symptoms: []symptom{found("TestClock", verdict.CodeClock)},
		also:     []string{"TestMinimumLifetime"}, // an hour behind
	},
	{
		says: "Something limits the rate of requests: some of several concurrent requests get 503, without " +
			"Gafaelfawr's X-RateLimit headers.",
		tellApart: "Either ingress-nginx does (limit-rps, limit-connections on the Ingress), or a firewall in front, " +
			"or one of several pods of the application has no endpoint. To tell: in the first case the " +
			"controller's log has `limiting`.",
		first:    "answers",
		symptoms: []symptom{found("TestAlike", verdict.CodeMixed, "got", "503", "type", "text/html*")},
	},
	{
		says: "One of several pods behind the Service of Muster is another application's, or an older Muster: the " +
			"Service's selector takes more than Muster's pods, or a rollout stays half done. Compare its EndpointSlice " +
			"with its pods.",
		first:    "answers",
		symptoms: []symptom{found("TestAlike", verdict.CodeMixed, "got", "404", "type", "application/json*")},
	},
	{
		says: "One of several controllers has another configuration and does not know a path. Fix this first: " +
			"other failures may only be consequences.",
		tellApart: "Either one could not load its newest configuration (a RELOAD event of its pod), or two " +
			"ingress-nginx serve the same IngressClass. To tell: kubectl get pods -A -l " +
			"app.kubernetes.io/name=ingress-nginx.",
		first:    "answers",
		symptoms: []symptom{mixed("TestAlike", 404)},
	},
	{
		says: "Gafaelfawr fails for some of several requests that are alike: one of its pods if there are several, " +
			"else one request in a few. Fix this first: other failures may only be consequences. Read the logs of all " +
			"its pods.",
		first:    "answers",
		symptoms: []symptom{mixed("TestAlike", 500)},
	},
	{
		says: "New tokens are refused at once (401), though Gafaelfawr had made them: its Redis loses what was written. " +
			"Look for a failover to a replica that is behind, and for eviction (maxmemory-policy). Fix this first: other " +
			"failures may only be consequences.",
		first:    "tokens",
		symptoms: []symptom{value("TestTokensMadeAlike", "new tokens that are refused")},
	},
	{
		says: "Gafaelfawr fails (500) at some of several requests at once that want delegated tokens: those of one user " +
			"get in each other's way (a race or a lock), or its database connections are exhausted.",
		tellApart: "To tell: in the latter case Gafaelfawr's log has QueuePool limit, or PostgreSQL's has too many " +
			"clients. kubectl -n gafaelfawr logs deployment/gafaelfawr.",
		first:    "answers",
		symptoms: []symptom{mixed("TestDelegatedUsers", 500)},
		absent:   failsWithoutDelegation(),
	},
	{
		says: "Refusals of Gafaelfawr's become 500 at times, and what it lets in or answers with 401 does not, so that it " +
			"does not fail: one of several ingress-nginx has no @autherror, because it runs with an older server-snippet. " +
			"Look for a pod whose newest configuration could not be loaded (RELOAD in its events), and restart it.",
		first: "answers",
		// Gafaelfawr needs no store to find a header malformed (400).
		symptoms: []symptom{flapped("403"), flapped("400")},
		absent: []symptom{flapped("2*"), flapped("3*"), flapped("401"), fails("TestErrorMapping"), api("", "500"),
			found("", verdict.CodeStatus, "got", "500", "want", "200*"), mixed("TestAlike", 500)},
		follows: []symptom{flapped("4*"), mixed("", 500), status("", 500)},
		also:    append([]string{"TestMobuRoutesProtected", "TestProbesScoped", "TestUserDomain"}, refusals...),
	},
	{
		says: "Gafaelfawr fails (500) at some requests and answers the same ones when they are asked again, such as " +
			"{method} {path}: what it asks for them fails at times (LDAP, Redis, its database). Its log says which: kubectl " +
			"-n gafaelfawr logs deployment/gafaelfawr.",
		tellApart: "If its log has no error, something in front answers 500.",
		first:     "answers",
		symptoms:  []symptom{found("", verdict.CodeFlapping, "first", "500", "path", "*/probes/*")},
		follows:   []symptom{mixed("", 500), status("", 500), api("", "500")},
	},
	{
		says: "The ingress answers {method} {path} with 502 at times, and the same request again as it should. An upstream " +
			"closes idle connections before nginx does: uvicorn's own keep-alive is 5 s, and Phalanx's charts set " +
			"UVICORN_TIMEOUT_KEEP_ALIVE=61.",
		tellApart: "Or one of several pods is going down. To tell: the controller's log has `upstream prematurely closed " +
			"connection` in the first case.",
		first:    "answers",
		symptoms: []symptom{found("", verdict.CodeFlapping, "first", "502")},
	},
	{
		says: "The same request is answered differently from one time to the next: {method} {path} got {first} first and " +
			"{then} when it was asked again. Look for replicas that differ, for locks and for what limits requests.",
		first:    "answers",
		symptoms: []symptom{found("", verdict.CodeFlapping)},
	},
}

// flapped matches a 500 that became another status when the request was repeated.
func flapped(then string) symptom {
	return found("", verdict.CodeFlapping, "first", "500", "then", then)
}

// failsWithoutDelegation are failures at routes that want no delegated tokens.
func failsWithoutDelegation() (all []symptom) {
	all = append(all, api("", "500"))
	for _, p := range muster.Probes("") {
		if p.Config.Delegate == nil {
			at := "*" + p.JSONPath()
			all = append(all, status("", 500).at(at), found("", verdict.CodeFlapping, "first", "500").at(at))
		}
	}
	return all
}
