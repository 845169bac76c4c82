package suite

import (
	"fmt"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// Workload is a Deployment, a StatefulSet or a DaemonSet of apps/v1.
type Workload struct {
	Object `json:",inline"`
	Spec   struct {
		// Replicas is 1 where absent; a DaemonSet has none.
		Replicas *int `json:"replicas"`
		Template struct {
			Meta metav1.ObjectMeta `json:"metadata"`
		} `json:"template"`
	} `json:"spec"`
	Status struct {
		ObservedGeneration int64       `json:"observedGeneration"`
		Ready              int         `json:"readyReplicas"`
		Updated            int         `json:"updatedReplicas"`
		Desired            int         `json:"desiredNumberScheduled"`
		NumberReady        int         `json:"numberReady"`
		UpdatedScheduled   int         `json:"updatedNumberScheduled"`
		Conditions         []Condition `json:"conditions"`
	} `json:"status"`
}

// Pods tells how many pods there should be, how many are ready, and how many
// are of the newest revision.
func (w Workload) Pods() (wanted, ready, updated int) {
	if w.Kind == "DaemonSet" {
		return w.Status.Desired, w.Status.NumberReady, w.Status.UpdatedScheduled
	}
	wanted = 1
	if w.Spec.Replicas != nil {
		wanted = *w.Spec.Replicas
	}
	return wanted, w.Status.Ready, w.Status.Updated
}

// Pod of v1.
type Pod struct {
	Object `json:",inline"`
	Spec   struct {
		Containers []struct {
			Name string `json:"name"`
		} `json:"containers"`
	} `json:"spec"`
	Status struct {
		Phase          string            `json:"phase"`
		Conditions     []Condition       `json:"conditions"`
		Started        metav1.Time       `json:"startTime"`
		Containers     []ContainerStatus `json:"containerStatuses"`
		InitContainers []ContainerStatus `json:"initContainerStatuses"`
	} `json:"status"`
}

// ContainerStatus is the state of one container of a pod.
type ContainerStatus struct {
	Name     string         `json:"name"`
	Ready    bool           `json:"ready"`
	Restarts int            `json:"restartCount"`
	Image    string         `json:"image"`
	State    ContainerState `json:"state"`
	Last     ContainerState `json:"lastState"`
}

// ContainerState has one member.
type ContainerState struct {
	Waiting *struct {
		Reason  string `json:"reason"`
		Message string `json:"message"`
	} `json:"waiting"`
	Terminated *struct {
		Reason   string      `json:"reason"`
		ExitCode int         `json:"exitCode"`
		Finished metav1.Time `json:"finishedAt"`
	} `json:"terminated"`
}

// Ready reports whether the pod serves.
func (p Pod) Ready() bool { return ConditionOf(p.Status.Conditions, "Ready").Status == "True" }

// Ended reports whether the pod has done its work, as one of a Job has.
func (p Pod) Ended() bool { return p.Status.Phase == "Succeeded" || p.Status.Phase == "Failed" }

// Containers are all containers, those that run first in front.
func (p Pod) Containers() []ContainerStatus {
	return append(append([]ContainerStatus{}, p.Status.InitContainers...), p.Status.Containers...)
}

// Summary is the state of the pod in one line.
func (p Pod) Summary() string {
	var parts []string
	for _, c := range p.Containers() {
		state := "running"
		switch {
		case c.State.Waiting != nil:
			state = "waiting: " + c.State.Waiting.Reason
		case c.State.Terminated != nil:
			state = "ended: " + c.State.Terminated.Reason
		}
		parts = append(parts, fmt.Sprintf("%s %s, %d restarts", c.Name, state, c.Restarts))
	}
	return oneLine(fmt.Sprintf("%s %s; %s", p.Meta.Name, p.Status.Phase, strings.Join(parts, "; ")))
}

// NetworkPolicy of networking.k8s.io/v1.
type NetworkPolicy struct {
	Object `json:",inline"`
	Spec   struct {
		PodSelector metav1.LabelSelector `json:"podSelector"`
		PolicyTypes []string             `json:"policyTypes"`
	} `json:"spec"`
}

// Selects reports whether the policy is for pods with these labels.
func (n NetworkPolicy) Selects(pod map[string]string) bool {
	selector, err := metav1.LabelSelectorAsSelector(&n.Spec.PodSelector)
	return err == nil && selector.Matches(labels.Set(pod))
}
