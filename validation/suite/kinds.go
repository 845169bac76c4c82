package suite

import (
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/lsst-sqre/muster/validation/kubernetes"
)

// Checks need these of package kubernetes, and import suite alone.

type (
	Object            = kubernetes.Object
	Condition         = kubernetes.Condition
	Pod               = kubernetes.Pod
	Workload          = kubernetes.Workload
	Ingress           = kubernetes.Ingress
	GafaelfawrIngress = kubernetes.GafaelfawrIngress
	Route             = kubernetes.Route
	Application       = kubernetes.Application
	Certificate       = kubernetes.Certificate
	Volume            = kubernetes.Volume
	NetworkPolicy     = kubernetes.NetworkPolicy
	Secret            = kubernetes.Secret
	ConfigMap         = kubernetes.ConfigMap
	Event             = kubernetes.Event
	CronJob           = kubernetes.CronJob
	VaultSecret       = kubernetes.VaultSecret
	Trouble           = kubernetes.Trouble
)

// The kinds of objects that checks may List and Get.
var (
	Namespaces              = kubernetes.Namespaces
	Pods                    = kubernetes.Pods
	Services                = kubernetes.Services
	Events                  = kubernetes.Events
	ConfigMaps              = kubernetes.ConfigMaps
	Secrets                 = kubernetes.Secrets
	EndpointSlices          = kubernetes.EndpointSlices
	Deployments             = kubernetes.Deployments
	StatefulSets            = kubernetes.StatefulSets
	DaemonSets              = kubernetes.DaemonSets
	CronJobs                = kubernetes.CronJobs
	Jobs                    = kubernetes.Jobs
	Volumes                 = kubernetes.Volumes
	Ingresses               = kubernetes.Ingresses
	IngressClasses          = kubernetes.IngressClasses
	NetworkPolicies         = kubernetes.NetworkPolicies
	GafaelfawrIngresses     = kubernetes.GafaelfawrIngresses
	GafaelfawrServiceTokens = kubernetes.GafaelfawrServiceTokens
	Applications            = kubernetes.Applications
	VaultSecrets            = kubernetes.VaultSecrets
	Certificates            = kubernetes.Certificates
	CertificateRequests     = kubernetes.CertificateRequests
	Challenges              = kubernetes.Challenges
	Orders                  = kubernetes.Orders
	Issuers                 = kubernetes.Issuers
	ClusterIssuers          = kubernetes.ClusterIssuers
)

// GatewayRoutes are the kinds of routes of the Gateway API.
var GatewayRoutes = []kubernetes.Kind[Object]{
	kubernetes.HTTPRoutes, kubernetes.GRPCRoutes, kubernetes.TCPRoutes, kubernetes.TLSRoutes,
}

// What an object asks of the callers of its paths.
const (
	Guarded   = kubernetes.Guarded
	Unguarded = kubernetes.Unguarded
)

// SnippetVariables are what the operator's configuration-snippet copies out of
// Gafaelfawr's answer.
var SnippetVariables = kubernetes.SnippetVariables

// ArgoCDTrouble is that Argo CD looks at no Application any more.
func ArgoCDTrouble(all []Application, now time.Time) Trouble {
	return kubernetes.ArgoCDTrouble(all, now)
}

// Variable is the value of a container's environment variable; false where it is
// not set.
func Variable(c corev1.Container, name string) (string, bool) { return kubernetes.Variable(c, name) }

// AtLeast compares sizes of nginx; kubernetes.AtLeast explains it.
func AtLeast(got, want string) bool { return kubernetes.AtLeast(got, want) }
