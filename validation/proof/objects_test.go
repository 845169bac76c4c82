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
	// also are other objects that belong to the state.
	also []objectTrap
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
	const read = `"status":{"conditions":[{"type":"SecretCreated","status":"True","observedGeneration":2}]}`
	const issuing = "Issuing certificate as Secret does not exist"
	for name, trap := range map[string]objectTrap{
		"a rollout under way": {
			resource: resources.Deployments, id: "muster/muster",
			patch: `{"status":{"replicas":2,"updatedReplicas":1,"readyReplicas":1,"availableReplicas":1,"conditions":[` +
				condition("Progressing", "True", "ReplicaSetUpdated", "progressing", 30*time.Second) + `]}}`,
			remark: "a rollout goes on",
		},
		"a certificate being issued": {
			resource: resources.Certificates, id: "muster/new",
			patch: `{"spec":{"secretName":"new"},"status":{"conditions":[` +
				condition("Issuing", "True", "DoesNotExist", issuing, 2*time.Minute) + `,` +
				condition("Ready", "False", "DoesNotExist", issuing, 2*time.Minute) + `]}}`,
			remark: "it is being issued",
		},
		"a certificate that was asked for a moment ago": {
			resource: resources.Certificates, id: "muster/new",
			patch: `{"spec":{"secretName":"new"},"status":{"conditions":[` +
				condition("Issuing", "True", "DoesNotExist", issuing, 2*time.Minute) + `]}}`,
			remark: "it is being issued",
		},
		"an early renewal that failed": {
			resource: resources.Orders, id: "argocd/argocd-server-tls-2",
			patch: `{"metadata":{"annotations":{
				"cert-manager.io/certificate-name":"argocd-server-tls"}},"status":{"state":"invalid"}}`,
			remark: "invalid",
		},
		"a sync that runs": {
			resource: resources.Applications, id: "argocd/muster",
			patch: `{"operation":{"sync":{}},"status":{"health":{"status":"Missing"},
				"sync":{"status":"OutOfSync"},"operationState":{"phase":"Running",
				"message":"waiting for completion of hook batch/Job/migrate","startedAt":"` + ago(20*time.Second) +
				`"}}}`,
			remark: "its sync runs for",
		},
		"an operator that may do everything": {
			resource: resources.ClusterRoles, id: "/gafaelfawr-operator",
			patch: `{"rules":[{"apiGroups":["*"],"resources":["*"],"verbs":["*"]}]}`,
		},
		"an operator bound to cluster-admin": {
			resource: resources.ClusterRoleBindings, id: "/gafaelfawr-operator",
			patch: `{"roleRef":{"kind":"ClusterRole","name":"cluster-admin"}}`,
			also: []objectTrap{{resource: resources.ClusterRoles, id: "/cluster-admin",
				patch: `{"rules":[{"apiGroups":["*"],"resources":["*"],"verbs":["*"]},
					{"nonResourceURLs":["*"],"verbs":["*"]}]}`}},
		},
		"an operator with its rights in two roles": {
			resource: resources.ClusterRoles, id: "/gafaelfawr-operator",
			patch: `{"rules":[{"apiGroups":["gafaelfawr.lsst.io"],"resources":["*"],"verbs":["list","watch"]},
				{"apiGroups":["gafaelfawr.lsst.io"],"resources":["gafaelfawringresses","gafaelfawrservicetokens","*/status"],
				"verbs":["patch"]}]}`,
			also: []objectTrap{
				{resource: resources.ClusterRoles, id: "/writers", patch: `{"rules":[
					{"apiGroups":["","networking.k8s.io"],"resources":["ingresses","secrets"],"verbs":["*"]}]}`},
				{resource: resources.ClusterRoleBindings, id: "/writers", patch: `{"roleRef":{"kind":"ClusterRole",
					"name":"writers"},"subjects":[{"kind":"Group","name":"system:serviceaccounts:gafaelfawr"}]}`},
			},
		},
		"a binding beside it whose role is gone": {
			resource: resources.ClusterRoleBindings, id: "/old", patch: `{"roleRef":{"kind":"ClusterRole","name":"old"},
				"subjects":[{"kind":"ServiceAccount","namespace":"gafaelfawr","name":"gafaelfawr-operator"}]}`,
		},
		"a definition that keeps unknown fields": {
			resource: resources.Definitions, id: "/gafaelfawringresses.gafaelfawr.lsst.io",
			patch: `{"spec":{"versions":[{"name":"v1","served":true},{"name":"v1alpha1","served":true,"storage":true,
				"subresources":{"status":{}},"schema":{"openAPIV3Schema":{"type":"object","properties":{
				"config":{"type":"object","x-kubernetes-preserve-unknown-fields":true},
				"template":{"type":"object","x-kubernetes-preserve-unknown-fields":true},
				"status":{"type":"object","additionalProperties":true}}}}}]}}`,
		},
		"an Application that is being deleted": {
			resource: resources.Applications, id: "argocd/muster",
			patch: `{"metadata":{"deletionTimestamp":"` + ago(time.Minute) +
				`"}}`,
			remark: "it was deleted at",
		},
		"a pod on a lost node": {
			resource: resources.Pods, id: "muster/muster-lost",
			patch: `{"metadata":{"deletionTimestamp":"` + ago(2*time.Hour) + `"},"spec":{"nodeName":"n3",
				"containers":[{"name":"main"}]},"status":{"phase":"Running","containerStatuses":[{"name":"main",
				"state":{"waiting":{"reason":"CreateContainerError"}}}]}}`,
			remark: "its node n3 may be lost",
		},
		"the default backend of ingress-nginx": {
			resource: resources.Pods, id: "ingress-nginx/defaultbackend-0",
			patch: `{"metadata":{"labels":{"app.kubernetes.io/name":"ingress-nginx",
				"app.kubernetes.io/component":"default-backend"}},"spec":{"containers":[{"name":"default-http-backend",
				"image":"registry.k8s.io/defaultbackend-amd64:1.5"}]},"status":{"phase":"Running"}}`,
		},
		"a sidecar in front of the controller": {
			resource: resources.Pods, id: "ingress-nginx/new",
			patch: `{"metadata":{"labels":{"app.kubernetes.io/name":"ingress-nginx"}},"spec":{"containers":[
				{"name":"proxy","image":"istio/proxyv2:1.10.0"},{"name":"controller","image":"controller:v1.15.6"}]},
				"status":{"phase":"Running","conditions":[{"type":"Ready","status":"True"}]}}`,
		},
		"a new pod of the controller": {
			resource: resources.Pods, id: "ingress-nginx/new",
			patch: `{"metadata":{"creationTimestamp":"{ago:10s}","labels":{"app.kubernetes.io/name":"ingress-nginx"}},
				"spec":{"containers":[{"name":"controller","image":"controller:v1.15.6"}]},"status":{"phase":"Running"}}`,
			remark: "Pod ingress-nginx/new is new",
		},
		"a database whose members elect the one that serves": {
			resource: resources.Services, id: "gafaelfawr/gafaelfawr-redis", patch: `{"spec":{"selector":null}}`,
			also: []objectTrap{{
				resource: resources.EndpointSlices, id: "gafaelfawr/gafaelfawr-redis-mirrored",
				patch: `{"metadata":{"labels":{"kubernetes.io/service-name":"gafaelfawr-redis",
					"endpointslice.kubernetes.io/managed-by":"endpointslicemirroring-controller.k8s.io"}},
					"addressType":"IPv4","endpoints":[]}`,
			}},
		},
		"an Argo CD that looks every three hours": {
			resource: resources.Applications, id: "argocd/muster", patch: `{"status":{"reconciledAt":"{ago:2h}"}}`,
			also: []objectTrap{{
				resource: resources.ConfigMaps, id: "argocd/argocd-cm", patch: `{"data":{"timeout.reconciliation":"3h"}}`,
			}},
		},
		"a controller pod that drains": {
			resource: resources.Pods, id: "ingress-nginx/old",
			patch: `{"metadata":{"deletionTimestamp":"{ago:-4m}","labels":{"app.kubernetes.io/name":"ingress-nginx"}},
				"spec":{"containers":[{"name":"controller","image":"controller:v1.11.2"}]},"status":{"phase":"Running"}}`,
		},
		"Kafka's listener for other sites": {
			resource: resources.Services, id: "sasquatch/sasquatch-kafka-external-bootstrap",
			patch: `{"spec":{"type":"LoadBalancer","ports":[{"port":9094}],"selector":{"strimzi.io/cluster":"sasquatch"}}}`,
		},
		"a challenge over HTTP": {
			resource: resources.Services, id: "muster/cm-acme-http-solver-x",
			patch: `{"metadata":{"ownerReferences":[` + challenge + `]},"spec":{"type":"NodePort","ports":[{"port":8089}],
				"selector":{"acme.cert-manager.io/http01-solver":"true"}}}`,
		},
		"a challenge and a redirect at a Gateway": {
			resource: resources.HTTPRoutes, id: "muster/cm-acme-http-solver-x",
			patch: `{"metadata":{"ownerReferences":[` + challenge + `]},"spec":{"rules":[{"backendRefs":[{"name":"s"}],
				"matches":[{"path":{"value":"/.well-known/acme-challenge/x"}}]}]}}`,
			also: []objectTrap{{
				resource: resources.HTTPRoutes, id: "muster/redirect",
				patch: `{"spec":{"rules":[{"filters":[{"type":"RequestRedirect"}]}]}}`,
			}},
		},
		"another controller": {
			resource: resources.Services, id: "traefik/traefik", patch: anotherController,
			also:   []objectTrap{{resource: resources.IngressClasses, id: "/traefik", patch: anotherClass}},
			remark: "not judged: 1 Services of other ingress controllers",
		},
		"a network plugin": {
			resource: resources.Pods, id: "calico-system/calico-node-0",
			patch:  `{"spec":{"hostNetwork":true,"containers":[{"name":"node"}]},"status":{"phase":"Running"}}`,
			remark: "not judged: 1 pods with hostNetwork or hostPort in namespaces without an Ingress",
		},
		"a failed Job of this validation": {
			resource: resources.Jobs, id: "muster/muster-validation-1",
			patch: `{"metadata":{"ownerReferences":[{"kind":"CronJob","name":"muster-validation"}]},
				"status":{"conditions":[{"type":"Failed","status":"True"}]}}`,
		},
		"a Secret that a sync made anew": {
			resource: resources.Pods, id: "gafaelfawr/gafaelfawr-0",
			patch: `{"status":{"startTime":"` + ago(48*time.Hour) +
				`"}}`,
			remark: "does not show that a value of it is another",
		},
		"a pod for which a node is added": {
			resource: resources.Pods, id: "muster/muster-new",
			patch: `{"metadata":{"creationTimestamp":"{ago:1m}"},"spec":{"containers":[{"name":"main"}]},"status":{
				"phase":"Pending","conditions":[{"type":"PodScheduled","status":"False","reason":"Unschedulable",
				"message":"0/3 nodes are available"}]}}`,
			remark: "0/3 nodes are available",
		},
		"a pod that joins others": {
			resource: resources.Deployments, id: "muster/muster",
			patch: `{"spec":{"replicas":3},"status":{"observedGeneration":2,"replicas":3,"updatedReplicas":3,"readyReplicas":2,
				"availableReplicas":2,"conditions":[` +
				condition("Progressing", "True", "NewReplicaSetAvailable", "done", 40*time.Hour) + `]}}`,
			remark: "2 of 3 pods are ready",
			also: []objectTrap{{
				resource: resources.Pods, id: "muster/muster-new",
				patch: `{"metadata":{"creationTimestamp":"{ago:1m}","labels":{"app.kubernetes.io/name":"muster"}},
					"spec":{"containers":[{"name":"main"}]},"status":{"phase":"Running"}}`,
			}},
		},
		"a volume that is being made": {
			resource: resources.Volumes, id: "gafaelfawr/new",
			patch: `{"metadata":{"creationTimestamp":"{ago:20s}"},"status":{"phase":"Pending"}}`,
			also: []objectTrap{{
				resource: resources.Pods, id: "gafaelfawr/new",
				patch: `{"metadata":{"creationTimestamp":"{ago:20s}"},"spec":{"containers":[{"name":"main"}],"volumes":[
					{"name":"v","persistentVolumeClaim":{"claimName":"new"}}]},"status":{"phase":"Pending"}}`,
			}},
		},
		"a CronJob that is not due yet": {
			resource: resources.CronJobs, id: "gafaelfawr/new",
			patch: `{"metadata":{"creationTimestamp":"{ago:20h}"},"spec":{"schedule":"0 3 * * 0"}}`,
		},
		"a certificate of Vault's own authority": {
			resource: resources.VaultSecrets, id: "gafaelfawr/gafaelfawr",
			patch: `{"spec":{"path":"pki","secretEngine":"pki"},` + read + `}`,
		},
		"a VaultSecret of several paths": {
			resource: resources.VaultSecrets, id: "gafaelfawr/gafaelfawr",
			patch: `{"spec":{"path":null,"paths":["/secret/phalanx/local/gafaelfawr/",
				"secret/phalanx/local/gafaelfawr/more"]},` +
				read + `}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			staysGreen(t, a, trap)
		})
	}
}

// staysGreen asserts that the checks of Kubernetes pass in that state.
func staysGreen(t *testing.T, a api, trap objectTrap) {
	t.Helper()
	own := api{a.deployment, a.objects.Clone()}
	edit(t, own, trap)
	o := runs(t, theSuite(t), "-test.run="+clusterChecks(t), "-env="+own.env(t, own.objects, ""))
	assert.Equal(t, verdict.Pass, o.run.Verdict, o.stdout)
	assert.Contains(t, o.stdout, trap.remark)
}

const (
	challenge = `{"apiVersion":"acme.cert-manager.io/v1","kind":"Challenge","name":"x","uid":"x"}`

	anotherController = `{"spec":{"type":"LoadBalancer","ports":[{"port":80}],"selector":{
		"app.kubernetes.io/name":"traefik","app.kubernetes.io/instance":"traefik-traefik"}}}`
	anotherClass = `{"metadata":{"labels":{"app.kubernetes.io/name":"traefik",
		"app.kubernetes.io/instance":"traefik-traefik"}},"spec":{"controller":"traefik.io/ingress-controller"}}`
)

// What only looks like another ingress controller is a way around.
func TestNoOtherController(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	for name, trap := range map[string]objectTrap{
		"no IngressClass": {resource: resources.Services, id: "traefik/traefik", patch: anotherController},
		"beside an application": {
			resource: resources.Services, id: "muster/traefik", patch: anotherController,
			also: []objectTrap{{resource: resources.IngressClasses, id: "/traefik", patch: anotherClass}},
		},
		"of another installation": {
			resource: resources.Services, id: "traefik/traefik", patch: anotherController,
			also: []objectTrap{{resource: resources.IngressClasses, id: "/traefik", patch: strings.Replace(anotherClass,
				"traefik-traefik", "traefik-other", 1)}},
		},
		"in another namespace": {
			resource: resources.Services, id: "other/traefik", patch: anotherController,
			also: []objectTrap{{resource: resources.IngressClasses, id: "/traefik", patch: strings.Replace(anotherClass,
				`{"labels"`, `{"annotations":{"meta.helm.sh/release-namespace":"traefik"},"labels"`, 1)}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			own := api{a.deployment, a.objects.Clone()}
			edit(t, own, trap)
			o := runs(t, theSuite(t), "-test.run=^TestWaysAround$", "-env="+own.env(t, own.objects, ""))
			assert.Equal(t, []string{"TestWaysAround"}, o.failed(), o.stdout)
		})
	}
}

func edit(t *testing.T, a api, trap objectTrap) {
	t.Helper()
	namespace, name, _ := strings.Cut(trap.id, "/")
	patch := faults.Edit{Patch: trap.patch}.PatchAt(time.Now())
	if a.objects.Get(trap.resource, namespace, name) != nil {
		require.NoError(t, a.objects.Merge(trap.resource, namespace, name, patch))
	} else {
		o := cluster.Object("%s", patch)
		o.SetGroupVersionKind(trap.resource.GroupVersion().WithKind(resources.Kind(trap.resource)))
		o.SetNamespace(namespace)
		o.SetName(name)
		a.objects.Restore(trap.resource, o) // with the time of its creation
	}
	for _, other := range trap.also {
		edit(t, a, other)
	}
}
