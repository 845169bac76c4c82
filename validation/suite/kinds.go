package suite

import (
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/lsst-sqre/muster/validation/client"
	"github.com/lsst-sqre/muster/validation/cluster"
	"github.com/lsst-sqre/muster/validation/invariants"
	"github.com/lsst-sqre/muster/validation/kubernetes"
	"github.com/lsst-sqre/muster/validation/kubernetes/ingressnginx"
)

type (
	// Object is kubernetes.Object, so that checks import suite alone.
	Object = kubernetes.Object
	// Condition is kubernetes.Condition, so that checks import suite alone.
	Condition = kubernetes.Condition
	// Pod is kubernetes.Pod, so that checks import suite alone.
	Pod = kubernetes.Pod
	// Workload is kubernetes.Workload, so that checks import suite alone.
	Workload = kubernetes.Workload
	// Ingress is kubernetes.Ingress, so that checks import suite alone.
	Ingress = kubernetes.Ingress
	// GafaelfawrIngress is kubernetes.GafaelfawrIngress, so that checks import suite alone.
	GafaelfawrIngress = kubernetes.GafaelfawrIngress
	// Route is ingressnginx.Route, so that checks import suite alone.
	Route = ingressnginx.Route
	// Application is kubernetes.Application, so that checks import suite alone.
	Application = kubernetes.Application
	// Certificate is kubernetes.Certificate, so that checks import suite alone.
	Certificate = kubernetes.Certificate
	// Issuer is kubernetes.Issuer, so that checks import suite alone.
	Issuer = kubernetes.Issuer
	// Volume is kubernetes.Volume, so that checks import suite alone.
	Volume = kubernetes.Volume
	// NetworkPolicy is kubernetes.NetworkPolicy, so that checks import suite alone.
	NetworkPolicy = kubernetes.NetworkPolicy
	// Definition is kubernetes.Definition, so that checks import suite alone.
	Definition = kubernetes.Definition
	// Need is cluster.Need, so that checks import suite alone.
	Need = cluster.Need
	// Secret is kubernetes.Secret, so that checks import suite alone.
	Secret = kubernetes.Secret
	// ConfigMap is kubernetes.ConfigMap, so that checks import suite alone.
	ConfigMap = kubernetes.ConfigMap
	// Event is kubernetes.Event, so that checks import suite alone.
	Event = kubernetes.Event
	// CronJob is kubernetes.CronJob, so that checks import suite alone.
	CronJob = kubernetes.CronJob
	// VaultSecret is kubernetes.VaultSecret, so that checks import suite alone.
	VaultSecret = kubernetes.VaultSecret
	// Container is corev1.Container, so that checks import suite alone.
	Container = corev1.Container
	// Trouble is kubernetes.Trouble, so that checks import suite alone.
	Trouble = kubernetes.Trouble
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
	LimitRanges             = kubernetes.LimitRanges
	ResourceQuotas          = kubernetes.ResourceQuotas
	Ingresses               = kubernetes.Ingresses
	IngressClasses          = kubernetes.IngressClasses
	NetworkPolicies         = kubernetes.NetworkPolicies
	Definitions             = kubernetes.Definitions
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
	ValidatingWebhooks      = kubernetes.ValidatingWebhooks
	MutatingWebhooks        = kubernetes.MutatingWebhooks
)

// GatewayRoutes are the kinds of routes of the Gateway API.
var GatewayRoutes = []kubernetes.Kind[kubernetes.GatewayRoute]{
	kubernetes.HTTPRoutes, kubernetes.GRPCRoutes, kubernetes.TCPRoutes, kubernetes.TLSRoutes,
}

// NoEvents says that there are no events about an object.
const NoEvents = kubernetes.NoEvents

// Ways in which an object guards its paths.
const (
	Guarded   = ingressnginx.Guarded
	Unguarded = ingressnginx.Unguarded
)

// SnippetVariables are the variables that the operator's configuration-snippet
// copies from Gafaelfawr's answer.
var SnippetVariables = ingressnginx.SnippetVariables

// StatusOf is the status of objects of a kind, as roles name it.
func StatusOf[T any](kind kubernetes.Kind[T]) schema.GroupResource {
	of := kind.Resource.GroupResource()
	of.Resource += "/status"
	return of
}

// ArgoCDTrouble reports that Argo CD no longer looks at any Application.
func ArgoCDTrouble(all []Application, now time.Time, limit time.Duration) Trouble {
	return kubernetes.ArgoCDTrouble(all, now, limit)
}

// ImageOf returns the image of that name among those of containers, or "".
func ImageOf(containers []Container, name string) string { return kubernetes.ImageOf(containers, name) }

// Variables are those of the containers of an image; kubernetes.Variables explains them.
func Variables(containers []Container, image, prefix string) map[string]string {
	return kubernetes.Variables(containers, image, prefix)
}

// Variable returns the value of a container's environment variable, and false
// if it is not set.
func Variable(c corev1.Container, name string) (string, bool) { return kubernetes.Variable(c, name) }

// HostIn reports whether a host matches a list, in which *. stands for one
// label.
func HostIn(list []string, host string) bool { return ingressnginx.HostIn(list, host) }

// Annotation returns one of ingress-nginx's annotations by its name without the
// prefix.
func Annotation(i Ingress, name string) string { return ingressnginx.Annotation(i, name) }

// Aliases returns further names under which the hosts of the Ingress are
// served.
func Aliases(i Ingress) []string { return ingressnginx.Aliases(i) }

// NeedlessPatterns returns the Ingresses that alone make all paths of a host patterns, and
// have none themselves.
func NeedlessPatterns(all []Ingress) []Ingress { return ingressnginx.NeedlessPatterns(all) }

// LeadsToGafaelfawr reports whether a URL is one of Gafaelfawr's Service.
func LeadsToGafaelfawr(text string) bool { return ingressnginx.LeadsToGafaelfawr(text) }

// LoneCanaries returns the canaries with a path that no other Ingress has.
func LoneCanaries(all []Ingress) []Ingress { return ingressnginx.LoneCanaries(all) }

// WeightedCanaries returns the paths of which canaries take a part of all requests.
func WeightedCanaries(all []Ingress) []Route { return ingressnginx.WeightedCanaries(all) }

// Solves reports whether cert-manager made the Ingress to answer a challenge.
func Solves(i Ingress) bool { return ingressnginx.Solves(i) }

// ForcesTLS reports whether port 80 only redirects for the Ingress, whatever its tls is.
func ForcesTLS(i Ingress, config kubernetes.ConfigMap) bool { return ingressnginx.ForcesTLS(i, config) }

// SameSetting reports whether two values of a setting are one for ingress-nginx.
func SameSetting(a, b string) bool { return ingressnginx.SameSetting(a, b) }

// ControllerImage returns the image of the controller's container, or "".
func ControllerImage(p Pod) string {
	container, _ := ingressnginx.ControllerContainer(p)
	return container.Image
}

// Differences compares an Ingress with the one that Gafaelfawr's operator would
// make of the resource.
func Differences(g GafaelfawrIngress, i Ingress, host string) []ingressnginx.Difference {
	return ingressnginx.Differences(g, i, host)
}

// PathsOf are the paths of rules; ingressnginx.PathsOf explains them.
func PathsOf(rules ...[]networkingv1.IngressRule) []string { return ingressnginx.PathsOf(rules...) }

// Weaknesses are the annotations that weaken an Ingress; ingressnginx.Weaknesses
// explains them.
func Weaknesses(i Ingress) []ingressnginx.Weakness { return ingressnginx.Weaknesses(i) }

// QueryOf returns what Gafaelfawr ignores of the query of an auth-url, and whether the rest restricts
// who may come in.
func QueryOf(authURL string) ([]ingressnginx.Ignored, bool) { return ingressnginx.QueryOf(authURL) }

// Breakages are the annotations with which an Ingress cannot do what it is there for;
// ingressnginx.Breakages explains them.
func Breakages(i Ingress) []ingressnginx.Weakness { return ingressnginx.Breakages(i) }

// Limits are annotations that a site may want; ingressnginx.Limits explains them.
func Limits(i Ingress) []ingressnginx.Weakness { return ingressnginx.Limits(i) }

// AppRoot is where an Ingress redirects from "/"; ingressnginx.AppRoot explains it.
func AppRoot(i Ingress, host string) string { return ingressnginx.AppRoot(i, host) }

// DefectOfHTML is what is wrong with a piece of HTML; kubernetes.DefectOfHTML explains it.
func DefectOfHTML(text string) string { return kubernetes.DefectOfHTML(text) }

// SnippetDefect is why nginx cannot load a snippet; ingressnginx.Defect explains it.
func SnippetDefect(snippet string) string { return ingressnginx.Defect(snippet) }

// Counted is a text in which no part is like another; client.Counted explains it.
func Counted(length int) string { return client.Counted(length) }

// ControllerSettings are ingressnginx.Settings, which explains them.
func ControllerSettings() []ingressnginx.Setting { return ingressnginx.Settings }

// Internal reports whether only the cluster knows the host.
func Internal(host string) bool { return invariants.Internal(host) }

// ControllerHeaders are ingressnginx.Headers, which explains them.
func ControllerHeaders() []ingressnginx.Everywhere { return ingressnginx.Headers }

// List returns all objects of a kind; cluster.List explains it.
func List[T any](c *Check, kind kubernetes.Kind[T], namespace, selector string) []T {
	return cluster.List(c.Cluster, kind, namespace, selector)
}

// ListNow is List for what changes during a run; cluster.ListNow explains it.
func ListNow[T any](c *Check, kind kubernetes.Kind[T], namespace string) []T {
	return cluster.ListNow(c.Cluster, kind, namespace)
}

// TryList is List for objects that only refine a judgement; cluster.TryList
// explains it.
func TryList[T any](c *Check, kind kubernetes.Kind[T], namespace string) []T {
	return cluster.TryList(c.Cluster, kind, namespace)
}

// Get returns one object, and false if there is none; cluster.Get explains it.
func Get[T any](c *Check, kind kubernetes.Kind[T], namespace, name string) (T, bool) {
	return cluster.Get(c.Cluster, kind, namespace, name)
}

// Deleted judges that none of the objects waits to be deleted.
func Deleted[T interface {
	fmt.Stringer
	Namespace() string
	StuckTrouble(time.Time) Trouble
}](c *Check, all []T) {
	cluster.Deleted(c.Cluster, all)
}

// Some skips the check if there is nothing to verify.
func Some[T any](c *Check, all []T, what string) []T { return cluster.Some(c.Cluster, all, what) }

// NoCanaries leaves out the objects that a run with -write made: TestCanary
// judges those.
func NoCanaries[T interface{ Namespace() string }](c *Check, all []T) []T {
	return cluster.NoCanaries(c.Cluster, all)
}
