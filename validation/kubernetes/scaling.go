package kubernetes

import (
	"fmt"
	"time"

	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Autoscaler is a HorizontalPodAutoscaler of autoscaling/v2.
type Autoscaler struct {
	Object `json:",inline"`
	Spec   struct {
		Target struct {
			Kind string `json:"kind"`
			Name string `json:"name"`
		} `json:"scaleTargetRef"`
	} `json:"spec"`
	Status struct {
		Conditions []Condition `json:"conditions"`
	} `json:"status"`
}

// Scales reports whether the autoscaler is for the workload.
func (a Autoscaler) Scales(w Workload) bool {
	return a.Namespace() == w.Namespace() && a.Spec.Target.Kind == w.Kind && a.Spec.Target.Name == w.Meta.Name
}

// Fails returns the condition that says why the autoscaler scales nothing. pending says that it is
// too early to call it wrong: new pods have no metrics at first. One of a workload with no pods does
// nothing by design.
func (a Autoscaler) Fails(now time.Time) (c Condition, pending, fails bool) {
	for _, kind := range []string{"AbleToScale", "ScalingActive"} {
		c = conditionOf(a.Status.Conditions, kind)
		if c.Status == "False" && c.Reason != "ScalingDisabled" {
			return c, now.Sub(c.Since.Time) < rolloutGrace, true
		}
	}
	return Condition{}, false, false
}

// DisruptionBudget is a PodDisruptionBudget of policy/v1.
type DisruptionBudget struct {
	Object `json:",inline"`
	Spec   struct {
		Selector *metav1.LabelSelector `json:"selector"`
	} `json:"spec"`
	Status policyv1.PodDisruptionBudgetStatus `json:"status"`
}

// Covers reports whether the budget is for pods of the workload.
func (b DisruptionBudget) Covers(w Workload) bool {
	return b.Namespace() == w.Namespace() && b.Spec.Selector != nil && matches(b.Spec.Selector, w.Template.Labels)
}

// Blocks reports whether the budget allows no eviction, although all its pods are healthy: it
// never will, as long as there are no more pods.
func (b DisruptionBudget) Blocks() bool {
	s := b.Status
	return s.ObservedGeneration >= b.Meta.Generation && s.DisruptionsAllowed == 0 && len(s.DisruptedPods) == 0 &&
		s.ExpectedPods > 0 && s.CurrentHealthy >= s.ExpectedPods
}

// Counts says how many healthy pods the budget wants, and how many there are.
func (b DisruptionBudget) Counts() string {
	return fmt.Sprintf("it allows none: it wants %d healthy pods, and there are %d", b.Status.DesiredHealthy,
		b.Status.CurrentHealthy)
}
