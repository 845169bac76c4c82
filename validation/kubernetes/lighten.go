package kubernetes

import (
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// lighten takes out of an object which fields who manages, and what kubectl
// applied: often more than all the rest.
func lighten(object map[string]any) {
	for _, one := range elements(object, "metadata", "managedFields") {
		delete(one, "fieldsV1")
	}
	if annotations, ok := member(object, "metadata", "annotations").(map[string]any); ok {
		delete(annotations, "kubectl.kubernetes.io/last-applied-configuration")
	}
}

// lightenPod takes out of a pod what its containers are given, but for Secrets. A
// cluster has thousands of pods, and each repeats what a workload's template says.
func lightenPod(object map[string]any) {
	for _, c := range elements(object, "spec", "containers") {
		for _, name := range []string{
			"volumeMounts", "resources", "livenessProbe", "readinessProbe", "startupProbe", "securityContext",
		} {
			delete(c, name)
		}
		if env, ok := c["env"].([]any); ok {
			c["env"] = slices.DeleteFunc(env, func(v any) bool {
				variable, ok := v.(map[string]any)
				return ok && variable["valueFrom"] == nil
			})
		}
	}
}

// member is a nested member of an object; nil where it has none.
func member(object map[string]any, names ...string) any {
	value, _, _ := unstructured.NestedFieldNoCopy(object, names...) // an error is the same
	return value
}

func elements(object map[string]any, names ...string) (all []map[string]any) {
	list, _ := member(object, names...).([]any)
	for _, one := range list {
		if o, ok := one.(map[string]any); ok {
			all = append(all, o)
		}
	}
	return all
}
