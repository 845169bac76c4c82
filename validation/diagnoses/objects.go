package diagnoses

import "github.com/lsst-sqre/muster/validation/verdict"

// objects are causes that Kubernetes shows and that are hardly noticed from
// outside until later.
var objects = []rule{
	// ingress-nginx.
	{
		says: "nginx cannot load its configuration and keeps the old one, so nothing newer is served. The message " +
			"names the Ingress or the setting.",
		symptoms: []symptom{fails("TestControllerReload")},
	},
	{
		says:     "The IngressClass nginx is missing, so the controller will serve no Ingress after its next start.",
		symptoms: []symptom{missing("TestIngressClass", "IngressClass")},
	},
	{
		says:     "An Ingress has a class that no controller serves.",
		symptoms: []symptom{setting("TestIngressClass", "ingressClassName"), fails("TestIngressesServed")},
		also:     []string{"TestHomePage", "TestHomePageAssets"},
	},

	// Gafaelfawr's operator, in the order in which one would look.
	{
		says: "Gafaelfawr's operator does not run: new and changed resources have no effect, although all older " +
			"ones are served.",
		symptoms: []symptom{
			found("TestWorkloads", verdict.CodePods, "ready", "0").about("*/gafaelfawr-operator"),
			missing("TestOperatorIngresses", "Ingress"),
		},
	},
	{
		says: "The liveness probe restarts Gafaelfawr or its operator again and again: the probe's check takes " +
			"too long, or fails on one user's data.",
		symptoms: []symptom{
			fails("TestPodsRestarting").about("Pod gafaelfawr/gafaelfawr*"),
			found("TestPodsRestarting", verdict.CodeRestarting, "events", "*Liveness probe failed*"),
		},
	},
	{
		says: "Gafaelfawr's operator lacks permissions because its ClusterRole or its binding was lost. It runs " +
			"but cannot make anything.",
		symptoms: []symptom{
			found("TestGafaelfawrIngressStatus", verdict.CodeNoStatus, "events", "*cannot create*"),
			fails("TestOperatorIngresses"),
		},
	},
	{
		says: "Gafaelfawr's operator rejects a GafaelfawrIngress because its settings contradict each other. Only " +
			"the event says so; Argo CD shows nothing.",
		symptoms: []symptom{found("TestGafaelfawrIngressStatus", verdict.CodeNoStatus, "events", "*is malformed*")},
	},
	{
		says: "Gafaelfawr's operator refuses a GafaelfawrIngress because its host is not below Gafaelfawr's " +
			"baseUrl, where cookies of this deployment are valid.",
		symptoms: []symptom{
			found("TestGafaelfawrIngressStatus", verdict.CodeCondition, "message", "*must disable cookie authentication*"),
		},
	},
	{
		says: "Gafaelfawr's operator refuses a GafaelfawrIngress. Its former Ingress, if there was one, stays; " +
			"Argo CD shows nothing.",
		symptoms: []symptom{found("TestGafaelfawrIngressStatus", verdict.CodeCondition, "status", "False")},
	},
	{
		says: "Gafaelfawr's operator no longer reacts to changes: its pod runs, but status.observedGeneration is " +
			"stale. Restart the operator, which rewrites everything.",
		symptoms: []symptom{found("TestOperatorIngresses", verdict.CodeDifference, "stale", "true")},
	},
	{
		says: "An Ingress was edited since Gafaelfawr's operator made it, and the operator does not undo that. " +
			"Restart the operator, which rewrites everything.",
		symptoms: []symptom{fails("TestOperatorIngresses")},
		passed:   []string{"TestNoToken", "TestGafaelfawrIngressStatus"},
	},
	{
		says:     "Two Gafaelfawr operators run at once and overwrite each other's Secrets.",
		symptoms: []symptom{found("TestOperatorSingle", verdict.CodePods).about("*/gafaelfawr-operator")},
	},
	{
		says:     "A service token has no Secret: Gafaelfawr's operator did not make it, or it was deleted.",
		symptoms: []symptom{missing("TestServiceTokenSecrets", "Secret")},
	},
	{
		says: "A service token has other scopes than its resource requests: the operator has not renewed it, or " +
			"something else wrote the Secret.",
		symptoms: []symptom{value("TestServiceTokenSecrets", "scopes")},
	},
	{
		says: "A service token is invalid: Gafaelfawr does not know the token in its Secret because its Redis was " +
			"emptied or the token was revoked. Delete the Secret, so that the operator makes a new one. Then " +
			"restart the application.",
		symptoms: []symptom{fails("TestServiceTokenSecrets")},
		passed:   []string{"TestBootstrapToken"},
	},
	{
		says: "The NetworkPolicy of Gafaelfawr's Redis blocks Gafaelfawr or its operator: labels were renamed on " +
			"one side.",
		symptoms: []symptom{fails("TestRedisClients")},
	},
	{
		says: "Gafaelfawr's configuration maps groups to a scope that it does not know: their members log in " +
			"without it.",
		symptoms: []symptom{setting("TestScopesKnown", "knownScopes")},
	},
	{
		says: "Gafaelfawr runs with another configuration than its ConfigMap has: it does not know a scope of it. Restart " +
			"its pods.",
		symptoms: []symptom{found("TestScopesKnown", verdict.CodeOverdue, "what", "restart")},
	},
	{
		says:     "The home page depends on Gafaelfawr because its Ingress asks it: both fail together.",
		symptoms: []symptom{fails("TestHomePageIndependent")},
	},

	// Vault and cert-manager.
	{
		says: "Vault refuses the credentials of vault-secrets-operator: they expired, or their policy was " +
			"changed. No secret can be read; pods keep working until they restart.",
		symptoms: []symptom{state("TestVaultSecrets", "denied"), found("TestVaultSecrets", verdict.CodeAll)},
	},
	{
		says:     "Vault is sealed or unreachable: no secret can be read; pods keep working until they restart.",
		symptoms: []symptom{state("TestVaultSecrets", "sealed")},
	},
	{
		says:     "Vault is sealed or unreachable: no secret can be read; pods keep working until they restart.",
		symptoms: []symptom{state("TestVaultSecrets", "unreachable")},
	},
	{
		says: "Vault refuses one VaultSecret (403): the policy of the operator's credentials does not cover its " +
			"path, such as one of another environment or mount. Nothing was read.",
		symptoms: []symptom{state("TestVaultSecrets", "denied")},
	},
	{
		says: "One secret is not in Vault, although others are: nothing is at its path, or the newest version was " +
			"deleted. Run phalanx secrets sync.",
		symptoms: []symptom{state("TestVaultSecrets", "not-in-vault")},
	},
	{
		says:     "A template of a VaultSecret does not work: correct it in the application's chart.",
		symptoms: []symptom{state("TestVaultSecrets", "template")},
	},
	{
		says: "vault-secrets-operator cannot write a Secret that it has read: the message says which key or rule " +
			"is the reason.",
		symptoms: []symptom{state("TestVaultSecrets", "not-written")},
	},
	{
		says: "vault-secrets-operator has not processed a VaultSecret since it was changed: it does not run, or " +
			"misses changes. The Secret holds the former values.",
		symptoms: []symptom{state("TestVaultSecrets", "stale")},
	},
	{
		says: "A Secret lacks a value that its VaultSecret names: the key is missing or empty in Vault, or a " +
			"template names another one. The operator still reports that the Secret was created.",
		symptoms: []symptom{state("TestVaultSecretsPresent", "incomplete")},
	},
	{
		says: "vault-secrets-operator does not recreate a Secret that was deleted: it does not run, or Vault " +
			"refuses it.",
		symptoms: []symptom{missing("TestVaultSecretsPresent", "Secret")},
	},
	{
		says: "cert-manager's webhook is down: existing certificates stay valid, but no new Certificate is " +
			"accepted.",
		symptoms: []symptom{
			found("TestWorkloads", verdict.CodePods, "ready", "0").about("*cert-manager/cert-manager-webhook"),
		},
	},
	{
		says:     "Two Certificates name one Secret: cert-manager issues both in turn until the authority refuses.",
		symptoms: []symptom{found("TestCertificatesReady", verdict.CodeConflict)},
	},
	{
		says:     "A Certificate names an issuer that does not exist: correct issuerRef, or install the issuer.",
		symptoms: []symptom{found("TestCertificatesReady", verdict.CodeState, "reason", "*Issuer\" not found*")},
	},
	{
		says: "A certificate expired, although cert-manager still shows it as Ready, which it computes only every " +
			"ten hours.",
		symptoms: []symptom{state("TestCertificatesReady", "expired")},
	},
	{
		says: "cert-manager fails to renew a certificate and still shows the former one as Ready: clients are refused " +
			"when that ends. The conditions of the Certificate and its CertificateRequest say why.",
		symptoms: []symptom{state("TestCertificatesReady", "renewal-fails")},
		passed:   []string{"TestChallenges"},
	},
	{
		says: "A certificate is renewed only days before its end, so that one failure takes the deployment down: " +
			"raise renewBefore, or remove it.",
		symptoms: []symptom{state("TestCertificatesReady", "renewal-late")},
	},
	{
		says: "The authority refuses certificates for now (rateLimited) because too many were requested. Wait; do " +
			"not retry in the meantime.",
		symptoms: []symptom{found("TestChallenges", verdict.CodeState, "reason", "*rateLimited*")},
	},
	{
		says:     "cert-manager does not reach the authority: an Order has no state, and no event says why.",
		symptoms: []symptom{state("TestChallenges", "order-unanswered")},
	},
	{
		says: "The authority does not reach the host for the HTTP-01 challenge of a certificate: its name is not " +
			"in DNS, or port 80 or the path of the challenge is closed.",
		symptoms: []symptom{state("TestChallenges", "http-challenge-pending")},
	},
	{
		says: "cert-manager cannot write the DNS record of a challenge: the event has the error of the DNS " +
			"service, such as of its credentials.",
		symptoms: []symptom{found("TestChallenges", verdict.CodeState, "reason", "*failed to change Route 53*")},
	},
	{
		says: "The challenge for a certificate does not complete: the DNS record is not where the authority " +
			"looks, because of its CNAME or missing credentials.",
		symptoms: []symptom{state("TestChallenges", "challenge-pending")},
	},
	{
		says:     "The authority refuses a certificate: the Challenge or the Order has its reason.",
		symptoms: []symptom{fails("TestChallenges")},
	},

	// Argo CD and workloads.
	{
		says: "Argo CD no longer looks at any Application: its controller is down or stuck, or cannot reach its " +
			"Redis, although their pods may be ready. What it shows is old.",
		symptoms: []symptom{state("TestApplications", "stale")},
	},
	{
		says: "An Application was deleted and still exists: its condition DeletionError says why, or Argo CD does " +
			"not run.",
		symptoms: []symptom{state("TestApplications", "deleting")},
	},
	{
		says: "Argo CD cannot generate the manifests of an Application and compares nothing. It may still show " +
			"the Application as Healthy.",
		symptoms: []symptom{state("TestApplicationSync", "Unknown")},
	},
	{
		says:     "The last sync of an Application failed: what was installed before keeps running.",
		symptoms: []symptom{state("TestApplicationOperation", "failed")},
	},
	{
		says:     "The sync of an Application fails again and again, and Argo CD keeps trying.",
		symptoms: []symptom{state("TestApplicationOperation", "retried")},
	},
	{
		says:     "The sync of an Application does not end: it waits for a hook or an object.",
		symptoms: []symptom{state("TestApplicationOperation", "running")},
	},
	{
		says:     "Argo CD does not begin a sync that was requested: its application controller is down or busy.",
		symptoms: []symptom{state("TestApplicationOperation", "not-begun")},
	},
	{
		says:     "An image cannot be pulled: its tag does not exist, or the pull secret has expired.",
		symptoms: []symptom{found("TestPodsStart", verdict.CodeWaiting, "reason", "*ImagePull*")},
	},
	{
		says:     "No node accepts a pod: there is no room, or a taint that the pod does not tolerate.",
		symptoms: []symptom{found("TestPodsStart", verdict.CodeCondition, "reason", "Unschedulable")},
	},
	{
		says:     "A container is killed because it needs more memory than its limit.",
		symptoms: []symptom{found("TestPodsRestarting", verdict.CodeRestarting, "reason", "OOMKilled")},
	},
	{
		says:     "A service was scaled to zero.",
		symptoms: []symptom{found("TestWorkloads", verdict.CodePods, "wanted", "0")},
	},
	{
		says: "Two Ingresses claim one path, and ingress-nginx serves the older. Delete or move the one that is " +
			"not intended.",
		symptoms: []symptom{found("TestIngressConflicts", verdict.CodeConflict)},
	},
	{
		says:     "Another host is served in clear on port 80 because no Ingress lists it under tls.",
		symptoms: []symptom{found("TestIngressTLS", verdict.CodeUnreferenced)},
		passed:   []string{"TestHTTPSRedirect"},
	},
	{
		says:     "Argo CD has not looked at an Application yet: its application controller is down or busy.",
		symptoms: []symptom{state("TestApplicationHealth", "unseen")},
	},
	{
		says:     "An Application is Degraded: one of its objects does not work.",
		symptoms: []symptom{state("TestApplicationHealth", "Degraded")},
	},
	{
		says:     "An Application does not settle: a rollout or a hook waits for something.",
		symptoms: []symptom{state("TestApplicationHealth", "Progressing")},
	},
	{
		says:     "An Application is OutOfSync: the cluster differs from Git.",
		symptoms: []symptom{state("TestApplicationSync", "out-of-sync")},
	},
	{
		says: "Objects of an Application are no longer in Git and were not deleted, which is often harmless. " +
			"argocd app sync --prune deletes them.",
		symptoms: []symptom{state("TestApplicationSync", "pruning")},
	},
	{
		says:     "Kubernetes refuses the pods of a service: a quota, an admission webhook or Pod Security.",
		symptoms: []symptom{state("TestWorkloads", "pods-refused")},
	},
	{
		says:     "A rollout is paused: later changes do not run. Resume it with kubectl rollout resume.",
		symptoms: []symptom{state("TestWorkloads", "paused")},
	},
	{
		says: "Pods stay of an older version because their updateStrategy is OnDelete: delete them, or set " +
			"RollingUpdate.",
		symptoms: []symptom{state("TestWorkloads", "on-delete")},
	},
	{
		says:     "kube-controller-manager has not processed a change of a workload: no change is rolled out.",
		symptoms: []symptom{state("TestWorkloads", "stale")},
	},
	{
		says:     "A Job of a CronJob does not end and keeps the next one from starting.",
		symptoms: []symptom{state("TestCronJobs", "job-hangs")},
	},
	{
		says:     "The newest Job of a CronJob failed.",
		symptoms: []symptom{state("TestCronJobs", "job-failed")},
	},
	{
		says:     "A CronJob no longer starts.",
		symptoms: []symptom{found("TestCronJobs", verdict.CodeOverdue, "what", "start")},
	},
	{
		says:     "A CronJob starts but does not succeed.",
		symptoms: []symptom{found("TestCronJobs", verdict.CodeOverdue, "what", "success")},
	},
	{
		says: "Gafaelfawr's maintenance runs less often than once a day: tokens and history pile up. Correct " +
			"config.maintenance in its values.",
		symptoms: []symptom{setting("TestCronJobs", "schedule")},
	},
	{
		says: "A volume was to be enlarged and is not: restart its pod if it waits for that, else the event of the " +
			"claim says what the storage refuses.",
		symptoms: []symptom{state("TestVolumes", "smaller")},
	},
	{
		says:     "A volume is lost with its data: its pod does not come back from a restart.",
		symptoms: []symptom{state("TestVolumes", "Lost")},
	},
}
