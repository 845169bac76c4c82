package proof

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/lsst-sqre/muster/fixtures/faults"
	"github.com/lsst-sqre/muster/fixtures/phalanx/cluster"
	"github.com/lsst-sqre/muster/validation/kubernetes/resources"
	"github.com/lsst-sqre/muster/validation/verdict"
)

var deployments = resources.Deployments

// objectTrap is a healthy state of an object, with the expected remark, if any.
type objectTrap struct {
	resource schema.GroupVersionResource
	id       string
	// patch is a merge patch of that object, or the whole object if it does not
	// exist.
	patch, remark string
}

// Statuses of controllers at work, or about irrelevant things, are no failure.
func TestObjectTraps(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	// Times are filled in when the trap begins, because it may wait for its turn.
	ago := func(d time.Duration) string { return "{ago:" + d.String() + "}" }
	condition := func(kind, status, reason, text string, since time.Duration) string {
		return fmt.Sprintf(
			`{"type":%q,"status":%q,"reason":%q,"message":%q,"lastUpdateTime":%[5]q,"lastTransitionTime":%[5]q}`,
			kind,
			status,
			reason,
			text,
			ago(since),
		)
	}
	const issuing = "Issuing certificate as Secret does not exist"
	for name, trap := range map[string]objectTrap{
		"a rollout under way": {
			resources.Deployments, "muster/muster",
			`{"status":{"replicas":2,"updatedReplicas":1,"readyReplicas":1,"availableReplicas":1,"conditions":[` +
				condition("Progressing", "True", "ReplicaSetUpdated", "progressing", 30*time.Second) + `]}}`, "a rollout goes on",
		},
		"a certificate being issued": {
			resources.Certificates, "muster/new", `{"spec":{"secretName":"new"},"status":{"conditions":[` +
				condition("Issuing", "True", "DoesNotExist", issuing, 2*time.Minute) + `,` +
				condition("Ready", "False", "DoesNotExist", issuing, 2*time.Minute) + `]}}`, "it is being issued",
		},
		"a certificate that was asked for a moment ago": {
			resources.Certificates, "muster/new", `{"spec":{"secretName":"new"},"status":{"conditions":[` +
				condition("Issuing", "True", "DoesNotExist", issuing, 2*time.Minute) + `]}}`, "it is being issued",
		},
		"an early renewal that failed": {
			resources.Orders, "argocd/argocd-server-tls-2", `{"metadata":{"annotations":{
				"cert-manager.io/certificate-name":"argocd-server-tls"}},"status":{"state":"invalid"}}`, "invalid",
		},
		"a sync that runs": {
			resources.Applications, "argocd/muster", `{"operation":{"sync":{}},"status":{"health":{"status":"Missing"},
				"sync":{"status":"OutOfSync"},"operationState":{"phase":"Running",
				"message":"waiting for completion of hook batch/Job/migrate","startedAt":"` + ago(20*time.Second) +
				`"}}}`, "its sync runs for",
		},
		"an Application that is being deleted": {
			resources.Applications, "argocd/muster", `{"metadata":{"deletionTimestamp":"` + ago(time.Minute) +
				`"}}`, "it was deleted at",
		},
		"a pod on a lost node": {
			resources.Pods, "muster/muster-lost",
			`{"metadata":{"deletionTimestamp":"` + ago(2*time.Hour) + `"},"spec":{"nodeName":"n3",
				"containers":[{"name":"main"}]},"status":{"phase":"Running","containerStatuses":[{"name":"main",
				"state":{"waiting":{"reason":"CreateContainerError"}}}]}}`, "its node n3 may be lost",
		},
		"the default backend of ingress-nginx": {
			resources.Pods, "ingress-nginx/defaultbackend-0", `{"metadata":{"labels":{"app.kubernetes.io/name":"ingress-nginx",
				"app.kubernetes.io/component":"default-backend"}},"spec":{"containers":[{"name":"default-http-backend",
				"image":"registry.k8s.io/defaultbackend-amd64:1.5"}]},"status":{"phase":"Running"}}`, "",
		},
		"a failed Job of this validation": {
			resources.Jobs, "muster/muster-validation-1",
			`{"metadata":{"ownerReferences":[{"kind":"CronJob","name":"muster-validation"}]},
				"status":{"conditions":[{"type":"Failed","status":"True"}]}}`, "",
		},
		"a Secret that a sync made anew": {
			resources.Pods, "gafaelfawr/gafaelfawr-0", `{"status":{"startTime":"` + ago(48*time.Hour) +
				`"}}`, "does not show that a value of it is another",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			own := api{a.deployment, a.objects.Clone()}
			edit(t, own, trap)
			o := runs(t, theSuite(t), "-test.run="+clusterChecks(t), "-env="+own.env(t, own.objects, ""))
			assert.Equal(t, verdict.Pass, o.run.Verdict, o.stdout)
			assert.Contains(t, o.stdout, trap.remark)
		})
	}
}

func edit(t *testing.T, a api, trap objectTrap) {
	t.Helper()
	namespace, name, _ := strings.Cut(trap.id, "/")
	if a.objects.Get(trap.resource, namespace, name) == nil {
		a.objects.Put(trap.resource, cluster.Object(`{"metadata":{"namespace":%q,"name":%q}}`, namespace, name))
	}
	require.NoError(t, a.objects.Merge(trap.resource, namespace, name,
		faults.Edit{Patch: trap.patch}.PatchAt(time.Now())))
}
