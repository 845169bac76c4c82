package kubernetes

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// LimitRange is a LimitRange of v1.
type LimitRange struct {
	Object `json:",inline"`
	Spec   corev1.LimitRangeSpec `json:"spec"`
}

// ResourceQuota is a ResourceQuota of v1.
type ResourceQuota struct {
	Object `json:",inline"`
	Spec   corev1.ResourceQuotaSpec   `json:"spec"`
	Status corev1.ResourceQuotaStatus `json:"status"`
}

// Refusal returns why the LimitRange refuses the next pod of a workload, "" if it does not. What a
// container leaves out gets a default, which is within the limits.
func (l LimitRange) Refusal(w Workload) string {
	for _, item := range l.Spec.Limits {
		if item.Type != corev1.LimitTypeContainer {
			continue
		}
		for _, c := range slices.Concat(w.Template.Spec.InitContainers, w.Template.Spec.Containers) {
			for name, most := range item.Max {
				for _, has := range []corev1.ResourceList{c.Resources.Limits, c.Resources.Requests} {
					if q, ok := has[name]; ok && q.Cmp(most) > 0 {
						return fmt.Sprintf("container %s has %s %s, and at most %s is allowed", c.Name, &q, name, &most)
					}
				}
			}
			for name, least := range item.Min {
				if q, ok := c.Resources.Requests[name]; ok && q.Cmp(least) < 0 {
					return fmt.Sprintf("container %s asks for %s %s, and at least %s is wanted", c.Name, &q, name, &least)
				}
			}
		}
	}
	return ""
}

// Refusal returns why the quota refuses the next pod of a workload, "" if it does not: a rollout of a
// Deployment makes one more before it ends another, and all others need what they have. Quotas for some pods
// alone are not judged.
func (q ResourceQuota) Refusal(w Workload, defaults []LimitRange) string {
	if len(q.Spec.Scopes) > 0 || q.Spec.ScopeSelector != nil || q.Status.Hard == nil {
		return ""
	}
	for _, name := range slices.Sorted(maps.Keys(q.Status.Hard)) {
		hard, used := q.Status.Hard[name], q.Status.Used[name]
		needs, counted, told := w.needs(name)
		if counted && !told && !defaulted(defaults) {
			return fmt.Sprintf("it counts %s, which a container of the workload does not say", name)
		}
		after := used.DeepCopy()
		if w.Surges {
			after.Add(needs)
		}
		if counted && after.Cmp(hard) > 0 {
			return fmt.Sprintf("%s of %s %s are used, and the next pod needs %s", &used, &hard, name, &needs)
		}
	}
	return ""
}

// needs returns how much one pod of the workload takes of what a quota counts; counted says that pods
// take any, and told that all its containers say how much.
func (w Workload) needs(name corev1.ResourceName) (sum resource.Quantity, counted, told bool) {
	of := func(c corev1.Container) corev1.ResourceList { return c.Resources.Requests }
	var kind corev1.ResourceName
	switch name {
	case corev1.ResourcePods, "count/pods":
		return resource.MustParse("1"), true, true
	case corev1.ResourceRequestsCPU, corev1.ResourceCPU, corev1.ResourceLimitsCPU:
		kind = corev1.ResourceCPU
	case corev1.ResourceRequestsMemory, corev1.ResourceMemory, corev1.ResourceLimitsMemory:
		kind = corev1.ResourceMemory
	default:
		return sum, false, false
	}
	if strings.HasPrefix(string(name), "limits.") {
		of = func(c corev1.Container) corev1.ResourceList { return c.Resources.Limits }
	}
	told = true
	for _, c := range w.Template.Spec.Containers {
		q, ok := of(c)[kind]
		if !ok {
			q, ok = c.Resources.Limits[kind] // requests that are left out are the limits
		}
		told = told && ok
		sum.Add(q)
	}
	return sum, true, told
}

// defaulted reports whether a LimitRange gives containers what they do not say.
func defaulted(all []LimitRange) bool {
	return slices.ContainsFunc(all, func(l LimitRange) bool {
		return slices.ContainsFunc(l.Spec.Limits, func(i corev1.LimitRangeItem) bool {
			return i.Type == corev1.LimitTypeContainer && len(i.Default)+len(i.DefaultRequest)+len(i.Max) > 0
		})
	})
}
