package diagnoses

import "github.com/lsst-sqre/muster/validation/verdict"

// admission are causes that refuse objects and evictions, or that scale nothing.
var admission = []rule{
	{
		says: "The API server asks an admission webhook whose Service does not exist, and refuses what it asks about " +
			"({kinds}; webhook {webhook}: {reason}): what runs goes on, and nothing new can be made. Install what the " +
			"webhook belongs to, or delete its configuration.",
		symptoms: []symptom{state("TestAdmissionWebhooks", "no-service")},
	},
	{
		says: "The API server asks an admission webhook at a port that its Service does not have, and refuses what it asks " +
			"about ({kinds}; webhook {webhook}: {reason}). Sync the Application that the Service belongs to.",
		symptoms: []symptom{state("TestAdmissionWebhooks", "no-port")},
	},
	{
		says: "The API server asks an admission webhook of which no pod is ready, and refuses what it asks about " +
			"({kinds}; webhook {webhook}: {reason}). The pods that the Service selects say why; where there are to be none, " +
			"delete the webhook's configuration.",
		symptoms: []symptom{state("TestAdmissionWebhooks", "no-endpoint")},
	},
	{
		says: "The API server trusts no certificate of an admission webhook, because the caBundle of its configuration is " +
			"empty, and refuses what it asks about ({kinds}; webhook {webhook}). For cert-manager's, restart the Deployment " +
			"cert-manager-cainjector, which writes it; for others, sync the Application.",
		symptoms: []symptom{state("TestAdmissionWebhooks", "no-ca")},
	},
	{
		says: "The API server trusts no certificate of an admission webhook, because the caBundle of its configuration " +
			"has no certificate that is valid today, and refuses what it asks about ({kinds}; webhook {webhook}: {reason}). " +
			"Delete the Secret with the webhook's certificate, so that what made it makes both anew; for ingress-nginx, sync " +
			"its Application.",
		symptoms: []symptom{state("TestAdmissionWebhooks", "invalid-ca")},
	},
	{
		says: "A HorizontalPodAutoscaler gets no metrics of pods, so that its workload keeps its number of pods under any " +
			"load: metrics-server does not run, or its APIService is not available (kubectl get apiservice " +
			"v1beta1.metrics.k8s.io).",
		symptoms: []symptom{
			found("TestAutoscalers", verdict.CodeCondition, "message", "*unable to fetch metrics from resource metrics API*"),
		},
	},
	{
		says: "A HorizontalPodAutoscaler goes by a request that a container does not have, so that its workload keeps its " +
			"number of pods under any load. Set resources.requests in the values of the application.",
		symptoms: []symptom{found("TestAutoscalers", verdict.CodeCondition, "message", "*missing request for*")},
	},
	{
		says: "A HorizontalPodAutoscaler does not scale its workload ({reason}): its number of pods stays the same under " +
			"any load. The message of the condition {type} says what is wrong.",
		symptoms: []symptom{found("TestAutoscalers", verdict.CodeCondition)},
	},
	{
		says: "A PodDisruptionBudget wants as many healthy pods as there are, so that no pod of its Deployment may be " +
			"evicted: a drain of the node, and its upgrade, hangs. Raise the replicas, or set maxUnavailable to 1 instead of " +
			"minAvailable.",
		symptoms: []symptom{setting("TestDisruptionBudgets", "disruptionsAllowed")},
	},
}
