package proof

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/lsst-sqre/muster/validation/kubernetes/resources"
)

// States of objects that are broken turn one check red, with the words of the
// controller or of the object.
func TestObjectAlarms(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	waiting := func(reason string) string {
		return `{"metadata":{"creationTimestamp":"{ago:1h}"},"spec":{"containers":[{"name":"main"}]},"status":{
			"phase":"Pending","containerStatuses":[{"name":"main","image":"x","imageID":"","state":{"waiting":{
			"reason":"` + reason + `"}}}]}}`
	}
	for name, alarm := range map[string]struct {
		objectTrap
		check string
	}{
		"an image whose signature is wrong": {objectTrap{resource: resources.Pods, id: "muster/muster-new",
			patch: waiting("SignatureValidationFailed"), remark: "SignatureValidationFailed"}, "TestPodsStart"},
		"a pod that is prepared for an hour": {objectTrap{resource: resources.Pods, id: "muster/muster-new",
			patch: waiting("ContainerCreating"), remark: "ContainerCreating"}, "TestPodsStart"},
		"a port of the node for a sidecar": {objectTrap{resource: resources.Pods, id: "muster/muster-0",
			patch:  `{"spec":{"initContainers":[{"name":"s","restartPolicy":"Always","ports":[{"hostPort":80}]}]}}`,
			remark: "hostPort 80"}, "TestWaysAround"},
		"a pod at the network of its node": {objectTrap{resource: resources.Pods, id: "squareone/agent",
			patch:  `{"spec":{"hostNetwork":true,"containers":[{"name":"agent"}]},"status":{"phase":"Running"}}`,
			remark: "Pod squareone/agent: hostNetwork"}, "TestWaysAround"},
		"a CronJob that was never started": {objectTrap{resource: resources.CronJobs, id: "gafaelfawr/new",
			patch:  `{"metadata":{"creationTimestamp":"{ago:20h}"},"spec":{"schedule":"0 * * * *"}}`,
			remark: "not started since"},
			"TestCronJobs"},
		"a certificate that nobody approves": {objectTrap{resource: resources.Certificates, id: "muster/new",
			patch: `{"metadata":{"generation":1},"spec":{"secretName":"new"},"status":{"conditions":[{"type":"Ready",
				"status":"False","reason":"DoesNotExist"}]}}`, remark: "nobody has approved its CertificateRequest new-1",
			also: []objectTrap{{resource: resources.CertificateRequests, id: "muster/new-1",
				patch: `{"metadata":{"annotations":{"cert-manager.io/certificate-name":"new"}}}`}}}, "TestCertificatesReady"},
		"a challenge that stays": {objectTrap{resource: resources.Challenges, id: "muster/new",
			patch: `{"metadata":{"deletionTimestamp":"{ago:1h}","finalizers":["acme.cert-manager.io/finalizer"]},
				"status":{"state":"valid"}}`, remark: "acme.cert-manager.io/finalizer"}, "TestChallenges"},
		"an order that is processed for hours": {objectTrap{resource: resources.Orders, id: "muster/new",
			patch:  `{"metadata":{"creationTimestamp":"{ago:3h}"},"status":{"state":"processing"}}`,
			remark: "processing, for 3h"},
			"TestChallenges"},
		"a VaultSecret that stays": {objectTrap{resource: resources.VaultSecrets, id: "gafaelfawr/gafaelfawr",
			patch: `{"metadata":{"deletionTimestamp":"{ago:1h}"}}`, remark: "it was deleted at"}, "TestVaultSecrets"},
		"one of several paths is of another environment": {objectTrap{
			resource: resources.VaultSecrets, id: "gafaelfawr/gafaelfawr",
			patch: `{"spec":{"paths":["secret/phalanx/prod/gafaelfawr"]},"status":{"conditions":[{"type":"SecretCreated",
				"status":"True","observedGeneration":2}]}}`,
			remark: "the path secret/phalanx/prod/gafaelfawr"}, "TestVaultPaths"},
		"a value of one of several sources": {objectTrap{resource: resources.Applications, id: "argocd/muster",
			patch: `{"spec":{"source":null,"sources":[{"ref":"values"},{"helm":{"valueFiles":["values-local.yaml"],
				"fileParameters":[{"name":"image.tag","path":"x"}]}}]}}`, remark: "overridden in Argo CD: image.tag"},
			"TestApplicationValues"},
		"values as text": {objectTrap{resource: resources.Applications, id: "argocd/muster",
			patch:  `{"spec":{"source":{"helm":{"values":"image: {tag: mine}"}}}}`,
			remark: "overridden in Argo CD: helm.values"}, "TestApplicationValues"},
		"an Application that is left alone": {objectTrap{resource: resources.Applications, id: "argocd/muster",
			patch: `{"metadata":{"annotations":{"argocd.argoproj.io/skip-reconcile":"true"}},
				"status":{"reconciledAt":"{ago:2h}"}}`, remark: "because its annotation argocd.argoproj.io/skip-reconcile says so"},
			"TestApplications"},
		"a partition": {objectTrap{resource: resources.StatefulSets, id: "gafaelfawr/gafaelfawr-redis",
			patch: `{"spec":{"updateStrategy":{"rollingUpdate":{"partition":1}}},
				"status":{"observedGeneration":2,"updatedReplicas":0}}`,
			remark: "has the partition 1"}, "TestWorkloads"},
		"an old controller behind a sidecar": {objectTrap{resource: resources.Pods, id: "ingress-nginx/new",
			patch: `{"metadata":{"labels":{"app.kubernetes.io/name":"ingress-nginx"}},"spec":{"containers":[
				{"name":"proxy","image":"istio/proxyv2:1.20.0"},{"name":"controller","image":"controller:v1.11.2"}]},
				"status":{"phase":"Running","conditions":[{"type":"Ready","status":"True"}]}}`,
			remark: "the image is controller:v1.11.2"}, "TestControllerVersion"},
		"a port of Gafaelfawr for all pods": {objectTrap{resource: resources.NetworkPolicies, id: "gafaelfawr/new",
			patch:  `{"spec":{"podSelector":{},"policyTypes":["Ingress"],"ingress":[{"ports":[{"port":8080}]}]}}`,
			remark: "every pod may connect to Deployment gafaelfawr/gafaelfawr"}, "TestNetworkPolicies"},
		"a canary without an Ingress": {objectTrap{resource: resources.Ingresses, id: "muster/new",
			patch:  ingressJSON("nginx", worldHost, "/alone", prefix+`canary":"1"`, ""),
			remark: "serves no path by a canary alone"}, "TestIngressesServed"},
		"addresses in place of credentials": {objectTrap{resource: resources.Ingresses, id: "muster/new",
			patch: ingressJSON("nginx", worldHost, "/tools", askScope+","+prefix+`satisfy":"any",`+
				prefix+`whitelist-source-range":"10.0.0.0/8"`, ""), remark: `satisfy is "any"`}, "TestAnnotations"},
		"a backend that is no Service": {objectTrap{resource: resources.Ingresses, id: "muster/new",
			patch: `{"spec":{"ingressClassName":"nginx","rules":[{"host":"` + worldHost + `","http":{"paths":[{"path":"/files",
				"pathType":"Prefix","backend":{"resource":{"kind":"StorageBucket","name":"b"}}}]}}]}}`,
			remark: "it leads to a StorageBucket"}, "TestBackendsExist"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			own := api{a.deployment, a.objects.Clone()}
			edit(t, own, alarm.objectTrap)
			checks := clusterChecks(t)
			if alarm.resource == resources.Ingresses { // which the edge does not know
				checks = "^" + alarm.check + "$"
			}
			o := runs(t, theSuite(t), "-test.run="+checks, "-env="+own.env(t, own.objects, ""))
			assert.Equal(t, []string{alarm.check}, o.failed(), o.stdout)
			assert.Contains(t, o.stdout, alarm.remark)
		})
	}
}
