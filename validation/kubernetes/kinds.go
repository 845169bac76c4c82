package kubernetes

import (
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Kind is a kind of Kubernetes objects, and the type into which they are read.
type Kind[T any] struct{ Resource schema.GroupVersionResource }

func kindOf[T any](group, version, plural string) Kind[T] {
	return Kind[T]{schema.GroupVersionResource{Group: group, Version: version, Resource: plural}}
}

// Decode reads an object.
func (k Kind[T]) Decode(o *unstructured.Unstructured) (T, error) {
	var into T
	err := runtime.DefaultUnstructuredConverter.FromUnstructured(o.Object, &into)
	return into, err
}

// The kinds that checks ask for. What a feature may ask for is in rbac.go.
var (
	Namespaces              = kindOf[Object]("", "v1", "namespaces")
	Pods                    = kindOf[Pod]("", "v1", "pods")
	Services                = kindOf[Object]("", "v1", "services")
	Events                  = kindOf[Event]("", "v1", "events")
	ConfigMaps              = kindOf[ConfigMap]("", "v1", "configmaps")
	Secrets                 = kindOf[Secret]("", "v1", "secrets")
	EndpointSlices          = kindOf[EndpointSlice]("discovery.k8s.io", "v1", "endpointslices")
	Deployments             = kindOf[Workload]("apps", "v1", "deployments")
	StatefulSets            = kindOf[Workload]("apps", "v1", "statefulsets")
	DaemonSets              = kindOf[Workload]("apps", "v1", "daemonsets")
	CronJobs                = kindOf[CronJob]("batch", "v1", "cronjobs")
	Volumes                 = kindOf[Volume]("", "v1", "persistentvolumeclaims")
	Ingresses               = kindOf[Ingress]("networking.k8s.io", "v1", "ingresses")
	IngressClasses          = kindOf[IngressClass]("networking.k8s.io", "v1", "ingressclasses")
	NetworkPolicies         = kindOf[NetworkPolicy]("networking.k8s.io", "v1", "networkpolicies")
	GafaelfawrIngresses     = kindOf[GafaelfawrIngress]("gafaelfawr.lsst.io", "v1alpha1", "gafaelfawringresses")
	GafaelfawrServiceTokens = kindOf[GafaelfawrServiceToken]("gafaelfawr.lsst.io", "v1alpha1", "gafaelfawrservicetokens")
	Applications            = kindOf[Application]("argoproj.io", "v1alpha1", "applications")
	VaultSecrets            = kindOf[VaultSecret]("ricoberger.de", "v1alpha1", "vaultsecrets")
	Certificates            = kindOf[Certificate]("cert-manager.io", "v1", "certificates")
	Challenges              = kindOf[ACME]("acme.cert-manager.io", "v1", "challenges")
	Orders                  = kindOf[ACME]("acme.cert-manager.io", "v1", "orders")
	Issuers                 = kindOf[Issuer]("cert-manager.io", "v1", "issuers")
	ClusterIssuers          = kindOf[Issuer]("cert-manager.io", "v1", "clusterissuers")
)
