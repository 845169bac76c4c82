package kubernetes

import (
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/lsst-sqre/muster/validation/kubernetes/resources"
)

// Kind is a kind of Kubernetes objects with its Go type.
type Kind[T any] struct{ Resource schema.GroupVersionResource }

// Decode reads an object, and takes out of it what no check reads.
func (k Kind[T]) Decode(o *unstructured.Unstructured) (T, error) {
	lighten(o.Object)
	if k.Resource == resources.Pods {
		lightenPod(o.Object)
	}
	var into T
	err := runtime.DefaultUnstructuredConverter.FromUnstructured(o.Object, &into)
	return into, err
}

// Kinds that checks read. rbac.go says which feature may read what.
var (
	Namespaces              = Kind[Namespace]{resources.Namespaces}
	Pods                    = Kind[Pod]{resources.Pods}
	Services                = Kind[Service]{resources.Services}
	Events                  = Kind[Event]{resources.Events}
	ConfigMaps              = Kind[ConfigMap]{resources.ConfigMaps}
	Secrets                 = Kind[Secret]{resources.Secrets}
	EndpointSlices          = Kind[EndpointSlice]{resources.EndpointSlices}
	Deployments             = Kind[Deployment]{resources.Deployments}
	StatefulSets            = Kind[StatefulSet]{resources.StatefulSets}
	DaemonSets              = Kind[DaemonSet]{resources.DaemonSets}
	CronJobs                = Kind[CronJob]{resources.CronJobs}
	Jobs                    = Kind[Job]{resources.Jobs}
	Volumes                 = Kind[Volume]{resources.Volumes}
	LimitRanges             = Kind[LimitRange]{resources.LimitRanges}
	ResourceQuotas          = Kind[ResourceQuota]{resources.ResourceQuotas}
	Ingresses               = Kind[Ingress]{resources.Ingresses}
	IngressClasses          = Kind[IngressClass]{resources.IngressClasses}
	NetworkPolicies         = Kind[NetworkPolicy]{resources.NetworkPolicies}
	Definitions             = Kind[Definition]{resources.Definitions}
	ClusterRoles            = Kind[ClusterRole]{resources.ClusterRoles}
	ClusterRoleBindings     = Kind[ClusterRoleBinding]{resources.ClusterRoleBindings}
	HTTPRoutes              = Kind[GatewayRoute]{resources.HTTPRoutes}
	GRPCRoutes              = Kind[GatewayRoute]{resources.GRPCRoutes}
	TCPRoutes               = Kind[GatewayRoute]{resources.TCPRoutes}
	TLSRoutes               = Kind[GatewayRoute]{resources.TLSRoutes}
	GafaelfawrIngresses     = Kind[GafaelfawrIngress]{resources.GafaelfawrIngresses}
	GafaelfawrServiceTokens = Kind[GafaelfawrServiceToken]{resources.GafaelfawrServiceTokens}
	Applications            = Kind[Application]{resources.Applications}
	VaultSecrets            = Kind[VaultSecret]{resources.VaultSecrets}
	Certificates            = Kind[Certificate]{resources.Certificates}
	CertificateRequests     = Kind[CertificateRequest]{resources.CertificateRequests}
	Challenges              = Kind[ACME]{resources.Challenges}
	Orders                  = Kind[ACME]{resources.Orders}
	Issuers                 = Kind[Issuer]{resources.Issuers}
	ClusterIssuers          = Kind[Issuer]{resources.ClusterIssuers}
	Autoscalers             = Kind[Autoscaler]{resources.Autoscalers}
	DisruptionBudgets       = Kind[DisruptionBudget]{resources.DisruptionBudgets}
	ValidatingWebhooks      = Kind[WebhookConfiguration]{resources.ValidatingWebhooks}
	MutatingWebhooks        = Kind[WebhookConfiguration]{resources.MutatingWebhooks}
)
