package phalanx

import (
	"maps"
	"slices"
)

// Workloads are the workloads that Phalanx installs for each application, in
// the namespace with its name.
var Workloads = map[string][]string{
	"argocd": {"deployment/argocd-server", "deployment/argocd-repo-server", "deployment/argocd-redis",
		"statefulset/argocd-application-controller"},
	"cert-manager": {"deployment/cert-manager", "deployment/cert-manager-cainjector", "deployment/cert-manager-webhook"},
	"gafaelfawr": {"deployment/gafaelfawr", "deployment/gafaelfawr-operator",
		"statefulset/gafaelfawr-redis", "statefulset/gafaelfawr-redis-ephemeral"},
	"ingress-nginx":          {"deployment/ingress-nginx-controller"},
	"mobu":                   {"statefulset/mobu"},
	"muster":                 {"deployment/muster"},
	"postgres":               {"deployment/postgres"},
	"repertoire":             {"deployment/repertoire"},
	"squareone":              {"deployment/squareone"},
	"vault-secrets-operator": {"deployment/vault-secrets-operator"},
}

// Known returns the applications whose workloads are known.
func Known() []string { return slices.Sorted(maps.Keys(Workloads)) }

const enterprise = "InfluxDB Enterprise has a login of its own"

// Deliberate is an object that Phalanx makes without Gafaelfawr, and why.
type Deliberate struct{ ID, Because string }

// OpenIngresses are the Ingresses that need no authentication by Gafaelfawr.
// The list is deliberate, and not what a checkout happens to have: any other
// plain Ingress is a finding.
var OpenIngresses = []Deliberate{
	{"argocd/argocd-server", "Argo CD has a login of its own"},
	{"gafaelfawr/gafaelfawr", "it is the login and the token API, which do the authentication"},
	{"love/love-nginx-ingress", "LOVE has a login of its own"},
	{"onepassword-connect/onepassword-connect", "every request to 1Password Connect bears a token of its own"},
	{"sasquatch/sasquatch-influxdb", "InfluxDB has a login of its own"},
	{"sasquatch/sasquatch-influxdb-enterprise-active-data", enterprise},
	{"sasquatch/sasquatch-influxdb-enterprise-active-meta", enterprise},
	{"sasquatch/sasquatch-influxdb-enterprise-data", enterprise},
	{"sasquatch/sasquatch-influxdb-enterprise-meta", enterprise},
	{"sasquatch/sasquatch-influxdb-enterprise-standby-data", enterprise},
	{"sasquatch/sasquatch-influxdb-enterprise-standby-meta", enterprise},
	{"semaphore/semaphore-anonymous", "the broadcasts on the home page are public, and GitHub's webhook is signed"},
	{"squareone/squareone", "it is the home page, which people see before they log in"},
}

// ExposedServices are the Services that Phalanx deliberately makes reachable past the
// ingress, with their reasons. The list is as deliberate as OpenIngresses.
var ExposedServices = []Deliberate{
	{"prompt-kafka/prompt-kafka-kafka-*", kafka},
	{"rapid-analysis/redis-service", "this Redis asks for a password"},
	{"sasquatch/sasquatch-kafka-*", kafka},
}

const kafka = "Kafka's listener for other sites asks for a password (SCRAM)"
