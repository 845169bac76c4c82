package diagnoses

import "github.com/lsst-sqre/muster/validation/verdict"

// objects are causes that Kubernetes knows, and hardly anyone notices from
// outside until later.
var objects = []rule{
	// ingress-nginx.
	{
		says: "nginx cannot load its configuration and keeps the old one, so nothing newer is served. The message " +
			"names the Ingress or the setting.",
		saw: []symptom{fails("TestControllerReload")},
	},
	{
		says: "The IngressClass nginx is missing, so the controller will serve no Ingress after its next start.",
		saw:  []symptom{missing("TestIngressClass", "IngressClass")},
	},
	{
		says: "An Ingress has a class that no controller serves.",
		saw:  []symptom{setting("TestIngressClass", "ingressClassName"), fails("TestIngressesServed")},
	},

	// Gafaelfawr's operator, in the order in which one would look.
	{
		says: "Gafaelfawr's operator does not run: new and changed resources have no effect, although all older " +
			"ones are served.",
		saw: []symptom{found("TestWorkloads", verdict.CodePods, "ready", "0").about("*/gafaelfawr-operator"), missing("TestOperatorIngresses", "Ingress")},
	},
	{
		says: "The liveness probe restarts Gafaelfawr or its operator again and again: the probe's check takes " +
			"too long, or fails on one user's data.",
		saw: []symptom{fails("TestPodsRestarting").about("Pod gafaelfawr/gafaelfawr*"), found("TestPodsRestarting", verdict.CodeRestarting, "events", "*Liveness probe failed*")},
	},
	{
		says: "Gafaelfawr's operator lacks permissions because its ClusterRole or its binding was lost. It runs " +
			"but cannot make anything.",
		saw: []symptom{found("TestGafaelfawrIngressStatus", verdict.CodeNoStatus, "events", "*cannot create*"), fails("TestOperatorIngresses")},
	},
	{
		says: "Gafaelfawr's operator rejects a GafaelfawrIngress because its settings contradict each other. Only " +
			"the event says so; Argo CD shows nothing.",
		saw: []symptom{found("TestGafaelfawrIngressStatus", verdict.CodeNoStatus, "events", "*is malformed*")},
	},
	{
		says: "Gafaelfawr's operator refuses a GafaelfawrIngress because its host is not below Gafaelfawr's " +
			"baseUrl, where cookies of this deployment are valid.",
		saw: []symptom{found("TestGafaelfawrIngressStatus", verdict.CodeCondition, "message", "*must disable cookie authentication*")},
	},
	{
		says: "Gafaelfawr's operator refuses a GafaelfawrIngress. Its former Ingress, if there was one, stays; " +
			"Argo CD shows nothing.",
		saw: []symptom{found("TestGafaelfawrIngressStatus", verdict.CodeCondition, "status", "False")},
	},
	{
		says: "Gafaelfawr's operator no longer reacts to changes: its pod runs, but status.observedGeneration is " +
			"stale. Restart the operator, which rewrites everything.",
		saw: []symptom{found("TestOperatorIngresses", verdict.CodeDifference, "stale", "true")},
	},
	{
		says: "An Ingress was edited since Gafaelfawr's operator made it, and the operator does not undo that. " +
			"Restart the operator, which rewrites everything.",
		saw: []symptom{fails("TestOperatorIngresses")},
		met: []string{"TestNoToken", "TestGafaelfawrIngressStatus"},
	},
	{
		says: "Two Gafaelfawr operators run at once and overwrite each other's Secrets.",
		saw:  []symptom{found("TestOperatorSingle", verdict.CodePods)},
	},
	{
		says: "A service token has no Secret: Gafaelfawr's operator did not make it, or it was deleted.",
		saw:  []symptom{missing("TestServiceTokenSecrets", "Secret")},
	},
	{
		says: "A service token has other scopes than its resource requests: the operator has not renewed it, or " +
			"something else wrote the Secret.",
		saw: []symptom{value("TestServiceTokenSecrets", "scopes")},
	},
	{
		says: "A service token is invalid: Gafaelfawr does not know the token in its Secret because its Redis was " +
			"emptied or the token was revoked. Delete the Secret, so that the operator makes a new one. Then " +
			"restart the application.",
		saw: []symptom{fails("TestServiceTokenSecrets")},
		met: []string{"TestBootstrapToken"},
	},
	{
		says: "The NetworkPolicy of Gafaelfawr's Redis blocks Gafaelfawr or its operator: labels were renamed on " +
			"one side.",
		saw: []symptom{fails("TestRedisClients")},
	},
	{
		says: "Gafaelfawr's configuration maps groups to a scope that it does not know: their members log in " +
			"without it.",
		saw: []symptom{fails("TestScopesKnown")},
	},
	{
		says: "The home page depends on Gafaelfawr because its Ingress asks it: both fail together.",
		saw:  []symptom{fails("TestHomePageIndependent")},
	},

	// Vault and cert-manager.
	{
		says: "Vault refuses the credentials of vault-secrets-operator: they expired, or their policy was " +
			"changed. No secret can be read; pods keep working until they restart.",
		saw: []symptom{found("TestVaultSecrets", verdict.CodeCondition, "message", "*permission denied*"), found("TestVaultSecrets", verdict.CodeAll)},
	},
	{
		says: "Vault is sealed or unreachable: no secret can be read; pods keep working until they restart.",
		saw:  []symptom{found("TestVaultSecrets", verdict.CodeAll)},
	},
	{
		says: "One secret is not in Vault, although others are: its path or a key of it is missing. Run phalanx " +
			"secrets sync.",
		saw: []symptom{fails("TestVaultSecrets")},
	},
	{
		says: "Gafaelfawr uses old secrets because it was not restarted since its Secret was changed.",
		saw:  []symptom{fails("TestSecretsLoaded")},
	},
	{
		says: "cert-manager's webhook is down: existing certificates stay valid, but no new Certificate is " +
			"accepted.",
		saw: []symptom{fails("TestWorkloads").about("*cert-manager/cert-manager-webhook*")},
	},
	{
		says: "The authority refuses certificates for now (rateLimited) because too many were requested. Wait; do " +
			"not retry in the meantime.",
		saw: []symptom{found("TestChallenges", verdict.CodeState, "reason", "*rateLimited*")},
	},
	{
		says: "The challenge for a certificate does not complete: the DNS record is not where the authority " +
			"looks, because of its CNAME or missing credentials.",
		saw: []symptom{fails("TestChallenges")},
	},

	// Argo CD and workloads.
	{
		says: "Argo CD cannot generate the manifests of an Application and compares nothing. It may still show " +
			"the Application as Healthy.",
		saw: []symptom{state("TestApplicationSync", "Unknown")},
	},
	{
		says: "The last sync of an Application failed, and its former version keeps running. The message names " +
			"the hook or resource.",
		saw: []symptom{state("TestApplicationOperation", "Failed")},
	},
	{
		says: "An image cannot be pulled: its tag does not exist, or the pull secret has expired.",
		saw:  []symptom{found("TestPodsStart", verdict.CodeWaiting, "reason", "*ImagePull*")},
	},
	{
		says: "No node accepts a pod: there is no room, or a taint that the pod does not tolerate.",
		saw:  []symptom{found("TestPodsStart", verdict.CodeCondition, "reason", "Unschedulable")},
	},
	{
		says: "A container is killed because it needs more memory than its limit.",
		saw:  []symptom{found("TestPodsRestarting", verdict.CodeRestarting, "reason", "OOMKilled")},
	},
	{
		says: "A service was scaled to zero.",
		saw:  []symptom{found("TestWorkloads", verdict.CodePods, "wanted", "0")},
	},
	{
		says: "Two Ingresses claim one path, and ingress-nginx serves the older. Delete or move the one that is " +
			"not intended.",
		saw: []symptom{found("TestIngressConflicts", verdict.CodeConflict)},
	},
	{
		says: "Another host is served in clear on port 80 because no Ingress lists it under tls.",
		saw:  []symptom{found("TestIngressTLS", verdict.CodeUnreferenced)},
		met:  []string{"TestHTTPSRedirect"},
	},
	{
		says: "Argo CD has not looked at an Application yet: its application controller is down or busy.",
		saw:  []symptom{state("TestApplicationHealth", "")},
	},
	{
		says: "An Application is Degraded. Look at the resources that the message names.",
		saw:  []symptom{state("TestApplicationHealth", "Degraded")},
	},
	{
		says: "An Application does not settle: a rollout or a hook waits for something.",
		saw:  []symptom{state("TestApplicationHealth", "Progressing")},
	},
	{
		says: "An Application is OutOfSync: the cluster differs from Git.",
		saw:  []symptom{state("TestApplicationSync", "OutOfSync")},
	},
	{
		says: "A CronJob no longer starts.",
		saw:  []symptom{found("TestCronJobs", verdict.CodeOverdue, "what", "start")},
	},
	{
		says: "A CronJob starts but does not succeed.",
		saw:  []symptom{found("TestCronJobs", verdict.CodeOverdue, "what", "success")},
	},
	{
		says: "A volume is lost with its data: its pod does not come back from a restart.",
		saw:  []symptom{state("TestVolumes", "Lost")},
	},
}
