package diagnoses

import "github.com/lsst-sqre/muster/validation/verdict"

// webhookSilent is said where the API server asks a webhook about Ingresses, and it does not answer.
const webhookSilent = "No Ingress can be made or changed, because the API server asks a webhook that does not " +
	"answer: its Service, pods or certificate are gone. The event names it: kubectl get " +
	"validatingwebhookconfigurations. In Phalanx it is ingress-nginx's; sync that Application."

// unmade are causes that keep Gafaelfawr's operator from writing an Ingress. They are holes, because
// the Ingress of before stays, which may let in others than the resource of today.
var unmade = []rule{
	{
		says: "Kubernetes drops {key} from every GafaelfawrIngress, because their CustomResourceDefinition lacks it: a " +
			"path that says so lets in others, too. Apply crds/ingress.yaml of Gafaelfawr's release, because Helm does not, " +
			"and sync the applications that use the field.",
		symptoms: []symptom{found("TestRestrictionsKept", verdict.CodeSetting)},
		also:     []string{"TestProbesScoped", "TestWhoMayDoWhat"},
		masks:    []string{"TestMusterIngresses", "TestOnlyServices", "TestUsername", "TestUserDomain"},
	},
	{
		says: "Gafaelfawr's operator may not {want} {key}, because no ClusterRole of its ServiceAccount says so: what was " +
			"changed in a GafaelfawrIngress has no effect. Sync the Application gafaelfawr; a restart does not help.",
		symptoms: []symptom{setting(rights, "ingresses.networking.k8s.io"),
			found(compares, verdict.CodeDifference, "stale", "true")},
		also:    []string{"TestUnscopedToken"},
		follows: []symptom{challenge("TestUnscopedToken", "scope"), status("TestUnscopedToken", 200)},
		masks:   []string{"TestUnscopedToken", "TestGafaelfawrIngressStatus"},
		paths:   true,
	},
	{
		says: "No Ingress can be made or changed, because the API server does not trust the certificate of a webhook that " +
			"it asks first: it has expired, or is of another authority than the webhook's configuration names. For " +
			"ingress-nginx's, delete the Secret ingress-nginx-admission and sync that Application, whose Jobs make both anew.",
		symptoms: []symptom{found(compares, "", "events", "*x509: *")},
		also:     []string{"TestGafaelfawrIngressStatus", "TestUnscopedToken"},
		follows:  []symptom{challenge("TestUnscopedToken", "scope"), status("TestUnscopedToken", 200)},
		masks:    []string{"TestUnscopedToken"},
		paths:    true,
	},
	{
		says:     webhookSilent,
		symptoms: []symptom{found(compares, "", "events", "*failed calling webhook*")},
		also:     []string{"TestGafaelfawrIngressStatus", "TestUnscopedToken"},
		follows:  []symptom{challenge("TestUnscopedToken", "scope"), status("TestUnscopedToken", 200)},
		masks:    []string{"TestUnscopedToken"},
		paths:    true,
	},
}
