package proof

import (
	"testing"

	"github.com/lsst-sqre/muster/validation/kubernetes/resources"
)

// noService is where nothing answers for a webhook, noEviction the status of a budget of one
// pod.
const (
	noService  = `"clientConfig":{"service":{"namespace":"gone","name":"gone"}}`
	noEviction = `{"observedGeneration":1,"currentHealthy":1,"desiredHealthy":1,"expectedPods":1,"disruptionsAllowed":0}`
)

// inactive is the condition of an autoscaler that scales nothing.
func inactive(reason, text, since string) string {
	return `{"type":"ScalingActive","status":"False","reason":"` + reason + `","message":"` + text +
		`","lastTransitionTime":"` + since + `"}`
}

// What nobody needs for the minimal services, or what passes by itself, is no failure.
func TestAdmissionTraps(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	for name, trap := range map[string]objectTrap{
		"webhooks that the API server does not need": {
			resource: resources.ValidatingWebhooks, id: "/cloud", patch: `{"webhooks":[
				{"name":"url.example.org","clientConfig":{"url":"https://127.0.0.1:23443/validate"},
					"rules":[{"apiGroups":[""],"resources":["pods"]}]},
				{"name":"ignored.example.org","failurePolicy":"Ignore",` + noService + `,
					"rules":[{"apiGroups":["*"],"resources":["*"]}]},
				{"name":"others.example.org","failurePolicy":"Fail",` + noService + `,
					"rules":[{"apiGroups":["networking.istio.io"],"resources":["*"]}]}]}`,
		},
		"an autoscaler of a workload that just started": {
			resource: resources.Autoscalers, id: "ingress-nginx/ingress-nginx-controller",
			patch: `{"status":{"conditions":[` + inactive("FailedGetResourceMetric",
				"no metrics returned", "{ago:1m}") + `]}}`,
			remark: "no metrics returned",
		},
		"an autoscaler of a workload that is not declared": {
			resource: resources.Autoscalers, id: "muster/other",
			patch: `{"spec":{"scaleTargetRef":{"kind":"Deployment","name":"other"}},"status":{"conditions":[` +
				inactive("FailedGetResourceMetric", "no metrics returned", "{ago:1h}") + `]}}`,
		},
		"an autoscaler that is switched off": {
			resource: resources.Autoscalers, id: "ingress-nginx/ingress-nginx-controller",
			patch: `{"status":{"conditions":[` + inactive("ScalingDisabled",
				"scaling is disabled since the replica count of the target is zero", "{ago:1h}") + `]}}`,
		},
		"a budget of a database with one member": {
			resource: resources.DisruptionBudgets, id: "gafaelfawr/gafaelfawr-redis",
			patch: `{"spec":{"minAvailable":1,"selector":{"matchLabels":{"app.kubernetes.io/name":"gafaelfawr-redis"}}},
				"status":` + noEviction + `}`,
			also: []objectTrap{{
				resource: resources.DisruptionBudgets, id: "gafaelfawr/no-pods",
				patch: `{"spec":{"minAvailable":1,"selector":{"matchLabels":{"cnpg.io/cluster":"none"}}},
					"status":{"observedGeneration":1,"expectedPods":0,"disruptionsAllowed":0}}`,
			}},
		},
		"a budget while a pod is evicted": {
			resource: resources.DisruptionBudgets, id: "ingress-nginx/ingress-nginx-controller",
			patch: `{"status":{"currentHealthy":1,"expectedPods":2,"desiredHealthy":1,"disruptionsAllowed":0}}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			staysGreen(t, a, trap)
		})
	}
}
