package suite

// objects are causes that Kubernetes knows, and hardly anyone notices from
// outside until later.
var objects = []diagnosis{
	// ingress-nginx.
	{
		says: "nginx cannot load its configuration and keeps the former one, so that nothing newer is served: the message tells which Ingress or setting.",
		saw:  []finding{{"TestControllerReload", ""}},
	},
	{
		says: "The IngressClass nginx is missing, so that the controller will serve no Ingress when it starts again.",
		saw:  []finding{{"TestIngressClass", "there are:"}},
	},
	{
		says: "An Ingress has a class that nobody serves.",
		saw:  []finding{{"TestIngressClass", "ingressClassName"}, {"TestIngressesServed", ""}},
	},

	// Gafaelfawr's operator, in the order in which one would look.
	{
		says: "Gafaelfawr's operator does not run: nothing is made of resources that are new or changed, though all older ones are served.",
		saw:  []finding{{"TestWorkloads", "gafaelfawr-operator: 0"}, {"TestOperatorIngresses", "there is none"}},
	},
	{
		says: "Gafaelfawr's operator is restarted again and again by its liveness probe, or Gafaelfawr is: what it checks takes too long, or fails over one user's data.",
		saw:  []finding{{"TestPodsRestarting", "Pod gafaelfawr/gafaelfawr"}, {"TestPodsRestarting", "Liveness probe failed"}},
	},
	{
		says: "Gafaelfawr's operator lacks rights: its ClusterRole or its binding was lost. It runs, and can make nothing.",
		saw:  []finding{{"TestGafaelfawrIngressStatus", "cannot create"}, {"TestOperatorIngresses", ""}},
	},
	{
		says: "Gafaelfawr's operator cannot read a GafaelfawrIngress, whose settings contradict each other; only the event tells, and Argo CD shows nothing.",
		saw:  []finding{{"TestGafaelfawrIngressStatus", "is malformed"}},
	},
	{
		says: "Gafaelfawr's operator refuses a GafaelfawrIngress whose host is not below Gafaelfawr's baseUrl: there, cookies of this deployment cannot be used.",
		saw:  []finding{{"TestGafaelfawrIngressStatus", "must disable cookie authentication"}},
	},
	{
		says: "Gafaelfawr's operator refuses a GafaelfawrIngress, and a former Ingress of it, if there was one, goes on; Argo CD shows nothing.",
		saw:  []finding{{"TestGafaelfawrIngressStatus", "status False"}},
	},
	{
		says: "Gafaelfawr's operator is deaf to changes: its pod runs, and it has not looked at a resource since. Restart it: it then writes all anew.",
		saw:  []finding{{"TestOperatorIngresses", "has not looked at the resource since"}},
	},
	{
		says: "An Ingress was edited since Gafaelfawr's operator made it, which it does not undo. Restart the operator: it then writes all anew.",
		saw:  []finding{{"TestOperatorIngresses", ""}},
		met:  []string{"TestNoToken", "TestGafaelfawrIngressStatus"},
	},
	{
		says: "Two of Gafaelfawr's operators run at once, and write the same Secrets in turn.",
		saw:  []finding{{"TestOperatorSingle", "at once"}},
	},
	{
		says: "A service token has no Secret: Gafaelfawr's operator did not make it, or it was deleted.",
		saw:  []finding{{"TestServiceTokenSecrets", "there is none"}},
	},
	{
		says: "A service token has other scopes than its resource wants: the operator has not made it anew, or someone wrote the Secret.",
		saw:  []finding{{"TestServiceTokenSecrets", "the scopes"}},
	},
	{
		says: "A service token is dead: Gafaelfawr does not know what its Secret holds (its Redis was emptied, or the token revoked). Delete the Secret: the operator makes a new one. Then restart the application.",
		saw:  []finding{{"TestServiceTokenSecrets", ""}},
		met:  []string{"TestBootstrapToken"},
	},
	{
		says: "The NetworkPolicy of Gafaelfawr's Redis does not let in Gafaelfawr or its operator: labels were renamed on one side.",
		saw:  []finding{{"TestRedisClients", ""}},
	},
	{
		says: "Gafaelfawr's configuration gives groups a scope that it does not know: their members log in without it.",
		saw:  []finding{{"TestScopesKnown", ""}},
	},
	{
		says: "The home page depends on Gafaelfawr: its Ingress asks it, so that both fall together.",
		saw:  []finding{{"TestHomePageIndependent", ""}},
	},

	// Vault and cert-manager.
	{
		says: "The credentials of vault-secrets-operator are refused: they have expired, or their policy was changed. No secret can be read; pods go on until they restart.",
		saw:  []finding{{"TestVaultSecrets", "permission denied"}, {"TestVaultSecrets", "not one: all "}},
	},
	{
		says: "Vault is sealed or out of reach: no secret can be read; pods go on until they restart.",
		saw:  []finding{{"TestVaultSecrets", "not one: all "}},
	},
	{
		says: "One secret is not in Vault, while others are: its path or a key of it is missing (phalanx secrets sync).",
		saw:  []finding{{"TestVaultSecrets", ""}},
	},
	{
		says: "Gafaelfawr was not restarted since its Secret was changed, and goes on with the old values.",
		saw:  []finding{{"TestSecretsLoaded", ""}},
	},
	{
		says: "cert-manager's webhook is down: existing certificates go on, no new Certificate is accepted.",
		saw:  []finding{{"TestWorkloads", "cert-manager/cert-manager-webhook"}},
	},
	{
		says: "The authority refuses certificates for now (rateLimited): too many were asked for. It ends by itself; do not try again meanwhile.",
		saw:  []finding{{"TestChallenges", "rateLimited"}},
	},
	{
		says: "The challenge for a certificate does not come to its end: the DNS record is not where the authority looks, by its CNAME or for want of credentials.",
		saw:  []finding{{"TestChallenges", ""}},
	},

	// Argo CD and workloads.
	{
		says: "Argo CD cannot make the manifests of an Application, and compares nothing: it may show it as Healthy all the same.",
		saw:  []finding{{"TestApplicationSync", "Unknown"}},
	},
	{
		says: "The last sync of an Application failed, and its former version goes on: see the hook or resource in the message.",
		saw:  []finding{{"TestApplicationOperation", "Failed"}},
	},
	{
		says: "An image cannot be pulled: its tag does not exist, or the pull secret has expired.",
		saw:  []finding{{"TestPodsStart", "ImagePull"}},
	},
	{
		says: "No node takes a pod: no room, or a taint that it does not tolerate.",
		saw:  []finding{{"TestPodsStart", "Unschedulable"}},
	},
	{
		says: "A container is killed for want of memory: its limit is lower than what it needs.",
		saw:  []finding{{"TestPodsRestarting", "OOMKilled"}},
	},
	{
		says: "A service was scaled to zero.",
		saw:  []finding{{"TestWorkloads", "scaled to zero"}},
	},
	{
		says: "Two Ingresses claim one path, of which ingress-nginx serves the older: delete or move the one that is not meant.",
		saw:  []finding{{"TestIngressConflicts", "claims it, too"}},
	},
	{
		says: "Another host is served in clear on port 80: no Ingress lists it under tls.",
		saw:  []finding{{"TestIngressTLS", "no Ingress lists it"}},
		met:  []string{"TestHTTPSRedirect"},
	},
	{
		says: "Argo CD has not looked at an Application yet: its application controller is down or busy.",
		saw:  []finding{{"TestApplicationHealth", "no health"}},
	},
	{
		says: "An Application is Degraded: see the resources that are named.",
		saw:  []finding{{"TestApplicationHealth", "Degraded"}},
	},
	{
		says: "An Application does not come to an end: a rollout or a hook that waits for something.",
		saw:  []finding{{"TestApplicationHealth", "Progressing"}},
	},
	{
		says: "An Application is OutOfSync: what runs is not what Git says.",
		saw:  []finding{{"TestApplicationSync", "OutOfSync"}},
	},
	{
		says: "A CronJob is no longer started.",
		saw:  []finding{{"TestCronJobs", "not started since"}},
	},
	{
		says: "A CronJob does not succeed, though it is started.",
		saw:  []finding{{"TestCronJobs", "has not succeeded since"}},
	},
	{
		says: "A volume is lost, and what was on it: its pod does not come back from a restart.",
		saw:  []finding{{"TestVolumes", "Lost"}},
	},
}
