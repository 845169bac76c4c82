package diagnoses

import "github.com/lsst-sqre/muster/validation/verdict"

// objects are causes that Kubernetes knows, and hardly anyone notices from
// outside until later.
var objects = []rule{
	// ingress-nginx.
	{
		says: "nginx cannot load its configuration and keeps the former one, so that nothing newer is served: the message tells which Ingress or setting.",
		saw:  []symptom{fails("TestControllerReload")},
	},
	{
		says: "The IngressClass nginx is missing, so that the controller will serve no Ingress when it starts again.",
		saw:  []symptom{missing("TestIngressClass", "IngressClass")},
	},
	{
		says: "An Ingress has a class that nobody serves.",
		saw:  []symptom{setting("TestIngressClass", "ingressClassName"), fails("TestIngressesServed")},
	},

	// Gafaelfawr's operator, in the order in which one would look.
	{
		says: "Gafaelfawr's operator does not run: nothing is made of resources that are new or changed, though all older ones are served.",
		saw:  []symptom{found("TestWorkloads", verdict.CodePods, "ready", "0").about("*/gafaelfawr-operator"), missing("TestOperatorIngresses", "Ingress")},
	},
	{
		says: "Gafaelfawr's operator is restarted again and again by its liveness probe, or Gafaelfawr is: what it checks takes too long, or fails over one user's data.",
		saw:  []symptom{fails("TestPodsRestarting").about("Pod gafaelfawr/gafaelfawr*"), found("TestPodsRestarting", verdict.CodeRestarting, "events", "*Liveness probe failed*")},
	},
	{
		says: "Gafaelfawr's operator lacks rights: its ClusterRole or its binding was lost. It runs, and can make nothing.",
		saw:  []symptom{found("TestGafaelfawrIngressStatus", verdict.CodeNoStatus, "events", "*cannot create*"), fails("TestOperatorIngresses")},
	},
	{
		says: "Gafaelfawr's operator cannot read a GafaelfawrIngress, whose settings contradict each other; only the event tells, and Argo CD shows nothing.",
		saw:  []symptom{found("TestGafaelfawrIngressStatus", verdict.CodeNoStatus, "events", "*is malformed*")},
	},
	{
		says: "Gafaelfawr's operator refuses a GafaelfawrIngress whose host is not below Gafaelfawr's baseUrl: there, cookies of this deployment cannot be used.",
		saw:  []symptom{found("TestGafaelfawrIngressStatus", verdict.CodeCondition, "message", "*must disable cookie authentication*")},
	},
	{
		says: "Gafaelfawr's operator refuses a GafaelfawrIngress, and a former Ingress of it, if there was one, goes on; Argo CD shows nothing.",
		saw:  []symptom{found("TestGafaelfawrIngressStatus", verdict.CodeCondition, "status", "False")},
	},
	{
		says: "Gafaelfawr's operator is deaf to changes: its pod runs, and it has not looked at a resource since. Restart it: it then writes all anew.",
		saw:  []symptom{found("TestOperatorIngresses", verdict.CodeDifference, "stale", "true")},
	},
	{
		says: "An Ingress was edited since Gafaelfawr's operator made it, which it does not undo. Restart the operator: it then writes all anew.",
		saw:  []symptom{fails("TestOperatorIngresses")},
		met:  []string{"TestNoToken", "TestGafaelfawrIngressStatus"},
	},
	{
		says: "Two of Gafaelfawr's operators run at once, and write the same Secrets in turn.",
		saw:  []symptom{found("TestOperatorSingle", verdict.CodePods)},
	},
	{
		says: "A service token has no Secret: Gafaelfawr's operator did not make it, or it was deleted.",
		saw:  []symptom{missing("TestServiceTokenSecrets", "Secret")},
	},
	{
		says: "A service token has other scopes than its resource wants: the operator has not made it anew, or someone wrote the Secret.",
		saw:  []symptom{value("TestServiceTokenSecrets", "scopes")},
	},
	{
		says: "A service token is dead: Gafaelfawr does not know what its Secret holds (its Redis was emptied, or the token revoked). Delete the Secret: the operator makes a new one. Then restart the application.",
		saw:  []symptom{fails("TestServiceTokenSecrets")},
		met:  []string{"TestBootstrapToken"},
	},
	{
		says: "The NetworkPolicy of Gafaelfawr's Redis does not let in Gafaelfawr or its operator: labels were renamed on one side.",
		saw:  []symptom{fails("TestRedisClients")},
	},
	{
		says: "Gafaelfawr's configuration gives groups a scope that it does not know: their members log in without it.",
		saw:  []symptom{fails("TestScopesKnown")},
	},
	{
		says: "The home page depends on Gafaelfawr: its Ingress asks it, so that both fall together.",
		saw:  []symptom{fails("TestHomePageIndependent")},
	},

	// Vault and cert-manager.
	{
		says: "The credentials of vault-secrets-operator are refused: they have expired, or their policy was changed. No secret can be read; pods go on until they restart.",
		saw:  []symptom{found("TestVaultSecrets", verdict.CodeCondition, "message", "*permission denied*"), found("TestVaultSecrets", verdict.CodeAll)},
	},
	{
		says: "Vault is sealed or out of reach: no secret can be read; pods go on until they restart.",
		saw:  []symptom{found("TestVaultSecrets", verdict.CodeAll)},
	},
	{
		says: "One secret is not in Vault, while others are: its path or a key of it is missing (phalanx secrets sync).",
		saw:  []symptom{fails("TestVaultSecrets")},
	},
	{
		says: "Gafaelfawr was not restarted since its Secret was changed, and goes on with the old values.",
		saw:  []symptom{fails("TestSecretsLoaded")},
	},
	{
		says: "cert-manager's webhook is down: existing certificates go on, no new Certificate is accepted.",
		saw:  []symptom{fails("TestWorkloads").about("*cert-manager/cert-manager-webhook*")},
	},
	{
		says: "The authority refuses certificates for now (rateLimited): too many were asked for. It ends by itself; do not try again meanwhile.",
		saw:  []symptom{found("TestChallenges", verdict.CodeState, "reason", "*rateLimited*")},
	},
	{
		says: "The challenge for a certificate does not come to its end: the DNS record is not where the authority looks, by its CNAME or for want of credentials.",
		saw:  []symptom{fails("TestChallenges")},
	},

	// Argo CD and workloads.
	{
		says: "Argo CD cannot make the manifests of an Application, and compares nothing: it may show it as Healthy all the same.",
		saw:  []symptom{state("TestApplicationSync", "Unknown")},
	},
	{
		says: "The last sync of an Application failed, and its former version goes on: see the hook or resource in the message.",
		saw:  []symptom{state("TestApplicationOperation", "Failed")},
	},
	{
		says: "An image cannot be pulled: its tag does not exist, or the pull secret has expired.",
		saw:  []symptom{found("TestPodsStart", verdict.CodeWaiting, "reason", "*ImagePull*")},
	},
	{
		says: "No node takes a pod: no room, or a taint that it does not tolerate.",
		saw:  []symptom{found("TestPodsStart", verdict.CodeCondition, "reason", "Unschedulable")},
	},
	{
		says: "A container is killed for want of memory: its limit is lower than what it needs.",
		saw:  []symptom{found("TestPodsRestarting", verdict.CodeRestarting, "reason", "OOMKilled")},
	},
	{
		says: "A service was scaled to zero.",
		saw:  []symptom{found("TestWorkloads", verdict.CodePods, "wanted", "0")},
	},
	{
		says: "Two Ingresses claim one path, of which ingress-nginx serves the older: delete or move the one that is not meant.",
		saw:  []symptom{found("TestIngressConflicts", verdict.CodeConflict)},
	},
	{
		says: "Another host is served in clear on port 80: no Ingress lists it under tls.",
		saw:  []symptom{found("TestIngressTLS", verdict.CodeUnreferenced)},
		met:  []string{"TestHTTPSRedirect"},
	},
	{
		says: "Argo CD has not looked at an Application yet: its application controller is down or busy.",
		saw:  []symptom{state("TestApplicationHealth", "")},
	},
	{
		says: "An Application is Degraded: see the resources that are named.",
		saw:  []symptom{state("TestApplicationHealth", "Degraded")},
	},
	{
		says: "An Application does not come to an end: a rollout or a hook that waits for something.",
		saw:  []symptom{state("TestApplicationHealth", "Progressing")},
	},
	{
		says: "An Application is OutOfSync: what runs is not what Git says.",
		saw:  []symptom{state("TestApplicationSync", "OutOfSync")},
	},
	{
		says: "A CronJob is no longer started.",
		saw:  []symptom{found("TestCronJobs", verdict.CodeOverdue, "what", "start")},
	},
	{
		says: "A CronJob does not succeed, though it is started.",
		saw:  []symptom{found("TestCronJobs", verdict.CodeOverdue, "what", "success")},
	},
	{
		says: "A volume is lost, and what was on it: its pod does not come back from a restart.",
		saw:  []symptom{state("TestVolumes", "Lost")},
	},
}
