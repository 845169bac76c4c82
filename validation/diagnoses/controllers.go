package diagnoses

import "github.com/lsst-sqre/muster/validation/verdict"

// rights is the check of what Gafaelfawr's operator may do.
const rights = "TestOperatorRights"

// operates are the checks of what the operator does.
var operates = []string{compares, "TestGafaelfawrIngressStatus", "TestServiceTokens", "TestServiceTokenSecrets",
	"TestCanary"}

// controllers are causes that Kubernetes shows of ingress-nginx and of Gafaelfawr's
// operator, in the order in which one would look. From outside they are hardly noticed
// until later, like those of secrets and workloads.
var controllers = []rule{
	{
		says:     webhookSilent,
		symptoms: []symptom{found("TestCanary", verdict.CodeMissing, "events", "*failed calling webhook*")},
	},
	{
		says: "Gafaelfawr's operator makes no Ingress of a new GafaelfawrIngress, so that nothing new can be " +
			"installed: it does not run, or its version has a defect. Its log says why: kubectl -n gafaelfawr logs " +
			"deployment/gafaelfawr-operator.",
		symptoms: []symptom{missing("TestCanary", "Ingress")},
		passed:   []string{"TestWorkloads"},
	},
	{
		says: "Gafaelfawr's operator makes Ingresses and does not change them, so that edits of GafaelfawrIngresses have " +
			"no effect: its ClusterRole or the binding was changed. Sync the Application gafaelfawr. The operator's log " +
			"says why.",
		symptoms: []symptom{found("TestCanary", verdict.CodeOverdue, "what", "an edit")},
		refuted:  []string{rights},
		absent:   []symptom{fails(rights)},
	},
	{
		says: "Gafaelfawr's operator makes Ingresses and does not change them, although it may: it no longer hears of " +
			"edits of GafaelfawrIngresses. Restart it; its log says why.",
		symptoms: []symptom{found("TestCanary", verdict.CodeOverdue, "what", "an edit")},
		passed:   []string{rights},
	},
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
		also:     []string{"TestHomePage", "TestHomePageAssets", "TestHomePageLoggedIn"},
	},

	// Gafaelfawr's operator and its resources.
	{
		says: "The status of Gafaelfawr's resources is no part of its own, because their CustomResourceDefinition lacks " +
			"subresources.status: what the operator notes counts as a change of the resource. Apply Gafaelfawr's crds anew.",
		symptoms: []symptom{setting("TestDefinitions", "subresources.status")},
	},
	{
		says: "Kubernetes drops {key} from Gafaelfawr's resources, because their CustomResourceDefinition lacks it: what " +
			"an application asks for with it does not happen. Apply the crds of Gafaelfawr's release, because Helm does not, " +
			"and sync the applications that use the field.",
		symptoms: []symptom{found("TestDefinitions", verdict.CodeSetting, "got", "dropped")},
	},
	{
		says: "Gafaelfawr's operator may not {want} {key}, because no ClusterRole of its ServiceAccount says so: a " +
			"GafaelfawrIngress that is made or changed has no effect. Sync the Application gafaelfawr.",
		symptoms: []symptom{setting(rights, "ingresses.networking.k8s.io")},
		also:     []string{"TestCanary"},
		masks:    []string{compares, "TestGafaelfawrIngressStatus"},
	},
	{
		says: "Gafaelfawr's operator may not {want} {key}, because no ClusterRole of its ServiceAccount says so: service " +
			"tokens are not made, not renewed, or not changed. Sync the Application gafaelfawr.",
		symptoms: []symptom{setting(rights, "secrets")},
		masks:    []string{"TestServiceTokens", "TestServiceTokenSecrets"},
	},
	{
		says: "Gafaelfawr's operator may not {want} {key}, because no ClusterRole of its ServiceAccount says so: it does " +
			"not hear of changes, or cannot write what it has done. Sync the Application gafaelfawr.",
		symptoms: []symptom{found(rights, verdict.CodeSetting)},
		masks:    operates,
	},
	{
		says: "Gafaelfawr's operator may do nothing, because no ClusterRoleBinding names the ServiceAccount of its pods: " +
			"what is there goes on, and nothing new is made. Sync the Application gafaelfawr.",
		symptoms: []symptom{missing(rights, "ClusterRoleBinding")},
		masks:    operates,
	},
	{
		says: "Gafaelfawr's operator may do nothing, because the ClusterRole that a ClusterRoleBinding gives its " +
			"ServiceAccount does not exist: what is there goes on, and nothing new is made. Sync the Application gafaelfawr.",
		symptoms: []symptom{missing(rights, "ClusterRole")},
		masks:    operates,
	},
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
		says: "The Secret of a GafaelfawrServiceToken is immutable, so that Gafaelfawr's operator cannot write another " +
			"token into it: its service keeps one with other scopes, or one that ends. Delete the Secret; the operator makes " +
			"it anew. Then restart what uses it.",
		symptoms: []symptom{found("TestServiceTokens", verdict.CodeCondition, "message", "*immutable*")},
		also:     []string{"TestServiceTokenSecrets"},
		masks:    []string{"TestServiceTokenSecrets"},
	},
	{
		says: "Gafaelfawr's operator refuses a GafaelfawrServiceToken ({message}): its service gets no token, or keeps one " +
			"that ends. Correct the resource, or add the scope to config.knownScopes.",
		symptoms: []symptom{found("TestServiceTokens", verdict.CodeCondition, "status", "False")},
		also:     []string{"TestServiceTokenSecrets"},
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
		says:     wasEdited,
		symptoms: []symptom{found("TestOperatorIngresses", verdict.CodeDifference)},
		passed:   []string{"TestNoToken", "TestGafaelfawrIngressStatus"},
	},
	{
		says: "Gafaelfawr's operator runs, and a GafaelfawrIngress has no Ingress of its name. The resource's event " +
			"says what the operator could not do; without one, somebody deleted the Ingress: restart the operator.",
		symptoms: []symptom{missing("TestOperatorIngresses", "Ingress")},
		passed:   []string{"TestWorkloads", "TestNoToken"},
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
		says: "A service token is in Gafaelfawr's Redis and not in its database, which was restored from an older backup: " +
			"applications that use it get no delegated tokens. Delete the Secret, so that the operator makes a new token, and " +
			"restart the application.",
		symptoms: []symptom{api("TestServiceTokenSecrets", "403")},
		passed:   []string{"TestBootstrapToken"},
	},
	{
		says: "A service token is invalid: Gafaelfawr does not know the token in its Secret because its Redis was " +
			"emptied, the token was revoked, or the session secret was changed. Restart the operator, which reads that secret " +
			"when it starts, and delete the Secret, so that it makes a new one. Then restart the application.",
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
		also:     []string{"TestGafaelfawrIngressConfig"},
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
}
