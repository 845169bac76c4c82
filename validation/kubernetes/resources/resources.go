// Package resources has the only table of the Kubernetes resources of a
// deployment. Add a new kind of objects here first; the suite's view of it is
// in package kubernetes.
package resources

import (
	"maps"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

// kinds maps each resource to its kind, such as pods to Pod.
var kinds = map[schema.GroupVersionResource]string{}

func define(group, version, plural, kind string) schema.GroupVersionResource {
	r := schema.GroupVersionResource{Group: group, Version: version, Resource: plural}
	kinds[r] = kind
	return r
}

// Kind returns the kind of a resource's objects, or "" if the table lacks the
// resource.
func Kind(r schema.GroupVersionResource) string { return kinds[r] }

// Of returns the resource of a kind, and false if the table lacks the kind.
func Of(kind schema.GroupVersionKind) (schema.GroupVersionResource, bool) {
	for resource, name := range kinds {
		if name == kind.Kind && resource.Group == kind.Group {
			return resource, true
		}
	}
	return schema.GroupVersionResource{}, false
}

// Custom returns the resources that a CustomResourceDefinition defines, with
// their kinds.
func Custom() map[schema.GroupVersionResource]string {
	custom := maps.Clone(kinds)
	maps.DeleteFunc(custom, func(r schema.GroupVersionResource, _ string) bool {
		switch r.Group {
		case "", "admissionregistration.k8s.io", "apiextensions.k8s.io", "apps", "autoscaling", "batch", "discovery.k8s.io",
			"networking.k8s.io", "policy", "rbac.authorization.k8s.io":
			return true
		}
		return false
	})
	return custom
}

// Resources of a deployment.
var (
	Namespaces              = define("", "v1", "namespaces", "Namespace")
	Pods                    = define("", "v1", "pods", "Pod")
	Services                = define("", "v1", "services", "Service")
	Events                  = define("", "v1", "events", "Event")
	ConfigMaps              = define("", "v1", "configmaps", "ConfigMap")
	Secrets                 = define("", "v1", "secrets", "Secret")
	EndpointSlices          = define("discovery.k8s.io", "v1", "endpointslices", "EndpointSlice")
	Deployments             = define("apps", "v1", "deployments", "Deployment")
	StatefulSets            = define("apps", "v1", "statefulsets", "StatefulSet")
	DaemonSets              = define("apps", "v1", "daemonsets", "DaemonSet")
	CronJobs                = define("batch", "v1", "cronjobs", "CronJob")
	Jobs                    = define("batch", "v1", "jobs", "Job")
	Volumes                 = define("", "v1", "persistentvolumeclaims", "PersistentVolumeClaim")
	LimitRanges             = define("", "v1", "limitranges", "LimitRange")
	ResourceQuotas          = define("", "v1", "resourcequotas", "ResourceQuota")
	Ingresses               = define("networking.k8s.io", "v1", "ingresses", "Ingress")
	IngressClasses          = define("networking.k8s.io", "v1", "ingressclasses", "IngressClass")
	NetworkPolicies         = define("networking.k8s.io", "v1", "networkpolicies", "NetworkPolicy")
	Definitions             = define("apiextensions.k8s.io", "v1", "customresourcedefinitions", "CustomResourceDefinition")
	ClusterRoles            = define("rbac.authorization.k8s.io", "v1", "clusterroles", "ClusterRole")
	ClusterRoleBindings     = define("rbac.authorization.k8s.io", "v1", "clusterrolebindings", "ClusterRoleBinding")
	HTTPRoutes              = define("gateway.networking.k8s.io", "v1", "httproutes", "HTTPRoute")
	GRPCRoutes              = define("gateway.networking.k8s.io", "v1", "grpcroutes", "GRPCRoute")
	TCPRoutes               = define("gateway.networking.k8s.io", "v1alpha2", "tcproutes", "TCPRoute")
	TLSRoutes               = define("gateway.networking.k8s.io", "v1alpha2", "tlsroutes", "TLSRoute")
	GafaelfawrIngresses     = define("gafaelfawr.lsst.io", "v1alpha1", "gafaelfawringresses", "GafaelfawrIngress")
	GafaelfawrServiceTokens = define("gafaelfawr.lsst.io", "v1alpha1", "gafaelfawrservicetokens", "GafaelfawrServiceToken")
	Applications            = define("argoproj.io", "v1alpha1", "applications", "Application")
	VaultSecrets            = define("ricoberger.de", "v1alpha1", "vaultsecrets", "VaultSecret")
	Certificates            = define("cert-manager.io", "v1", "certificates", "Certificate")
	CertificateRequests     = define("cert-manager.io", "v1", "certificaterequests", "CertificateRequest")
	Challenges              = define("acme.cert-manager.io", "v1", "challenges", "Challenge")
	Orders                  = define("acme.cert-manager.io", "v1", "orders", "Order")
	Issuers                 = define("cert-manager.io", "v1", "issuers", "Issuer")
	ClusterIssuers          = define("cert-manager.io", "v1", "clusterissuers", "ClusterIssuer")
	Autoscalers             = define("autoscaling", "v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler")
	DisruptionBudgets       = define("policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget")
	ValidatingWebhooks      = define("admissionregistration.k8s.io", "v1", "validatingwebhookconfigurations",
		"ValidatingWebhookConfiguration")
	MutatingWebhooks = define("admissionregistration.k8s.io", "v1", "mutatingwebhookconfigurations",
		"MutatingWebhookConfiguration")
)
