package diagnoses

import "github.com/lsst-sqre/muster/validation/verdict"

// workloads are causes that Kubernetes shows of Argo CD, workloads and volumes.
var workloads = []rule{
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
		says: "A LimitRange refuses the next pods of a workload, because their containers are larger or smaller than it " +
			"allows: what runs now does not come back after a drain or an update. Change the LimitRange.",
		symptoms: []symptom{setting("TestRoom", "limits")},
	},
	{
		says: "A ResourceQuota refuses the next pods of a workload, because it is used up or counts what their containers " +
			"do not say: what runs now does not come back after a drain, or an update does not end. Raise the quota.",
		symptoms: []symptom{setting("TestRoom", "hard")},
	},
	{
		says: "Kubernetes cannot read a Secret for pulling images, because of its type ({got}): private images are pulled " +
			"only where a node has kept them. Write type: kubernetes.io/dockerconfigjson into its VaultSecret, and delete " +
			"the Secret, whose type cannot be changed.",
		symptoms: []symptom{setting("TestPullSecrets", "type")},
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
		says: "A liveness probe restarts a container again and again: the probe is too strict, or the program hangs at " +
			"times. The event says what the probe got.",
		symptoms: []symptom{
			found("TestPodsRestarting", verdict.CodeRestarting, "events", "*Liveness probe failed*"),
		},
		also: []string{"TestWorkloads"},
	},
	{
		says: "A program ends by itself, again and again ({container}: {reason}): its log says why, such as a setting that " +
			"it does not accept. kubectl logs --previous shows it.",
		symptoms: []symptom{
			found("TestPodsRestarting", verdict.CodeRestarting, "reason", "Error"),
		},
		also: []string{"TestWorkloads"},
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
		says: "All paths of a host are patterns, because one Ingress has use-regex: requests reach other applications than " +
			"they name, such as /authfoo Gafaelfawr. Its own paths have no pattern: remove the annotation.",
		symptoms: []symptom{setting("TestPathsLiteral", "use-regex")},
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
		says: "Kubernetes makes no pod of a CronJob's Job, so that nothing runs: a ResourceQuota, an admission webhook or " +
			"Pod Security refuses it. The event says which; mend that, and delete the Job.",
		symptoms: []symptom{state("TestCronJobs", "job-podless")},
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
		says: "The validation in the cluster runs and does not succeed, and nobody has read why: the log of its last Job " +
			"does (kubectl -n muster get jobs). Mend that, or let the next run succeed.",
		symptoms: []symptom{found("TestCronJobs", verdict.CodeOverdue, "what", "success").about("*/muster-validation")},
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
