package diagnoses

import "github.com/lsst-sqre/muster/validation/verdict"

// backends are Ingresses that lead nowhere.
var backends = []rule{
	{
		says:     "An Ingress leads to a Service that does not exist: it was renamed, removed, or is in another namespace.",
		symptoms: []symptom{missing("TestBackendsExist", "Service")},
		also: []string{"TestIngressesServed", "TestHomePage", "TestHomePageAssets", "TestHomePageLoggedIn",
			"TestOperatorIngresses", "TestSweep",
			"TestSweepForged"},
		masks:   []string{"TestNoToken", "TestDiscovery"},
		follows: []symptom{status("", 503)},
		paths:   true,
	},
	{
		says: "An Ingress leads to a port that its Service does not have: the name or number of the port was changed on " +
			"one side.",
		symptoms: []symptom{missing("TestBackendsExist", "port")},
		also: []string{"TestIngressesServed", "TestHomePage", "TestHomePageAssets", "TestHomePageLoggedIn",
			"TestOperatorIngresses", "TestSweep",
			"TestSweepForged"},
		masks:   []string{"TestNoToken", "TestDiscovery"},
		follows: []symptom{status("", 503)},
		paths:   true,
	},
	{
		says: "The ingress answers 503 for an application: its Service has no endpoint that takes connections. Its " +
			"pods are not ready, its selector selects none, or its targetPort is none of their ports.",
		symptoms: []symptom{found("", verdict.CodeStatus, "got", "503", "type", "text/html*")},
		follows:  []symptom{status("", 503), mixed("", 503), found("", verdict.CodeNotServed, "status", "503")},
		also:     []string{"TestUnusualNames"},
		passed:   []string{"TestGafaelfawrVersion"},
	},
}

// divided are holes because a part of the requests, with the tokens in them, goes elsewhere.
var divided = marked([]rule{
	{
		says: "A Service leads to the pods of two workloads, so that each answers a part of the requests: its selector is " +
			"too wide, or a second workload has the same labels. The finding names both.",
		symptoms: []symptom{setting("TestBackendsExist", "workloads")},
	},
	{
		says: "A Service leads to an address without a pod besides its pods, because somebody wrote an EndpointSlice for " +
			"it: a part of the requests fails or hangs. Delete that EndpointSlice.",
		symptoms: []symptom{setting("TestBackendsExist", "endpoints")},
	},
	{
		says: "A canary takes a part of the requests to Gafaelfawr or to Muster, at random, and sends them to another " +
			"Service. Delete that Ingress, or set its canary-weight to 0.",
		symptoms: []symptom{setting("TestIngressConflicts", "canary-weight")},
	},
}, func(r *rule) {
	r.hole, r.first = true, "answers"
	r.also = []string{"TestMusterDeployed", "TestBootstrapToken", "TestAlike"}
	r.masks = []string{"TestRevocation", "TestAlike", "TestDelegatedUsers", "TestOwnTokensListed"}
	r.follows = []symptom{
		found("", verdict.CodeFlapping), found("", verdict.CodeMixed), found("", verdict.CodeStatus),
		found("", verdict.CodeAPIStatus), found("", verdict.CodeNotServed),
	}
	r.paths = true
})

// references are causes that show in what objects say of each other.
var references = []rule{
	{
		says: "Gafaelfawr's server, operator and CronJobs are of different images: somebody set one by hand, or a sync " +
			"ended half-way. Sync the Application gafaelfawr.",
		symptoms: []symptom{fails("TestOneImage")},
	},
	{
		says: "Gafaelfawr's server, operator and CronJobs have different settings: a variable was edited in one. The " +
			"finding names it; sync the Application gafaelfawr.",
		symptoms: []symptom{setting("TestOneConfiguration", "variable")},
	},
	{
		says: "An object was deleted and stays: a finalizer holds it, and its controller does not take that away. " +
			"The finding names both.",
		symptoms: []symptom{state("TestNothingStuck", "deleting")},
	},
	{
		says: "A Service does not select the pods of the workload of its name: its selector or the labels were changed. " +
			"What it leads to now is something else, or will be nothing.",
		symptoms: []symptom{setting("TestBackendsExist", "selector")},
	},
	{
		says: "A Service leads to a port that its pods do not have, by name, number or protocol: new connections are " +
			"refused, while those from before go on.",
		symptoms: []symptom{setting("TestBackendsExist", "ports")},
	},
	{
		says: "A certificate cannot be renewed, because no solver of its issuer is for {want}: the selectors name other " +
			"zones, names or labels. Add the name to spec.acme.solvers, or remove the selector. What was issued goes on " +
			"until it expires.",
		symptoms: []symptom{setting("TestIssuers", "solvers")},
	},
	{
		says: "All clients have addresses of nodes for applications, in logs and in the history of tokens, because the " +
			"Service of the ingress controller has externalTrafficPolicy {got}. Phalanx has {want}: sync the Application " +
			"ingress-nginx.",
		symptoms: []symptom{setting("TestClientAddress", "externalTrafficPolicy")},
		also:     []string{"TestHistoryAddress"},
	},
	{
		says: "Muster's server was told another scope ({got}) than its Ingresses ask for ({want}), so that its pages tell " +
			"people wrongly what they need. Give both the same (config.scope of its chart, MUSTER_SCOPE), and restart its " +
			"pods.",
		symptoms: []symptom{value("TestPages", "scope on Muster's page")},
		passed:   []string{"TestUnscopedToken", "TestScope"},
	},
	{
		says: "The certificate of the host will come from an authority for tests, which no client trusts: its issuer " +
			"names the staging directory.",
		symptoms: []symptom{setting("TestIssuers", "server")},
	},
	{
		says: "Gafaelfawr's Redis has several pods, of which each knows other tokens: logins and revocations reach one of " +
			"them. Scale it to one.",
		symptoms: []symptom{found("TestOperatorSingle", verdict.CodePods).about("*/gafaelfawr-redis*")},
	},
	{
		says: "A Service still leads to a pod that is gone: kube-controller-manager does not update EndpointSlices, and " +
			"requests go nowhere.",
		symptoms: []symptom{missing("TestBackendsExist", "Pod")},
	},
	{
		says:     "A Job failed that a chart runs once, such as the update of a database's schema: its log says why.",
		symptoms: []symptom{state("TestOtherWorkloads", "job-failed")},
	},
	{
		says: "A workload beside the minimal services lacks pods: a node does not run the pod of its DaemonSet, or its " +
			"pods do not become ready.",
		symptoms: []symptom{found("TestOtherWorkloads", verdict.CodePods)},
	},
	{
		says: "A CronJob of Gafaelfawr's is suspended: expired tokens and history pile up, and nobody compares its " +
			"stores. kubectl patch cronjob sets suspend to false.",
		symptoms: []symptom{state("TestCronJobs", "suspended")},
	},
	{
		says: "An Ingress lists a host under tls, or names one as an alias, that is served with the certificate of " +
			"another: the Secret that it names is missing or for another host, or the host is none of its own. The " +
			"finding names it.",
		symptoms: []symptom{fails("TestHostCertificates")},
	},
	{
		says: "A Certificate does not name a host for which an Ingress uses it: the next one that is issued will not be " +
			"for that host.",
		symptoms: []symptom{found("TestCertificateNames", verdict.CodeUnreferenced)},
	},
	{
		says: "An Application is installed with the values of another environment: its hosts, secrets and sizes are not " +
			"those of this one.",
		symptoms: []symptom{state("TestApplicationValues", "values")},
	},
	{
		says: "Somebody overrode a value of an Application in Argo CD, so that Git does not say what runs: " +
			"argocd app unset, and change the value in Git.",
		symptoms: []symptom{state("TestApplicationValues", "overridden")},
	},
	{
		says: "A token stands in clear in an object that many may read: revoke it, and take it from a Secret " +
			"(secretKeyRef).",
		symptoms: []symptom{state("TestTokensHidden", "in-clear")},
	},
	{
		says:     "Two Applications have one object: each sync of one undoes the other's. Remove it from one of the charts.",
		symptoms: []symptom{state("TestApplicationSync", "shared")},
	},
	{
		says: "The ingress controller writes credentials of clients into its log: remove the variable from " +
			"log-format-upstream, and have the tokens revoked.",
		symptoms: []symptom{setting("TestControllerSettings", "log-format-upstream")},
	},
	{
		says:     "ingress-nginx cuts off what is slow: a time-out in its ConfigMap is shorter than users need.",
		symptoms: []symptom{setting("TestControllerSettings", "*-timeout")},
	},
	{
		says: "A setting in ingress-nginx's ConfigMap is not what Phalanx needs: {key} is {got}. The finding says what " +
			"that breaks. Correct controller.config in applications/ingress-nginx, or in the values of the environment.",
		symptoms: []symptom{setting("TestControllerSettings", "*")},
	},
	{
		says: "Service discovery names another environment's address of Muster or Gafaelfawr, {got}: programs that ask it " +
			"send their tokens there. Repertoire's values were copied. Correct its base URL, and restart it.",
		symptoms: []symptom{value("TestDiscovery", "host of *")},
	},
	{
		says: "The Secret of a service token holds the token of another user: it was copied, or its resource now names " +
			"another one. Delete the Secret, so that the operator makes a new one.",
		symptoms: []symptom{found("TestServiceTokenSecrets", verdict.CodeWrongUser)},
	},
	{
		says: "The Secret of a service token holds something else than a token, such as a line feed with it: something " +
			"besides the operator writes it. Delete it, so that the operator makes a new one.",
		symptoms: []symptom{found("TestServiceTokenSecrets", verdict.CodeUnusable, "problem", verdict.ProblemNoToken)},
	},
}
