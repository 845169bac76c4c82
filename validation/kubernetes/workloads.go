package kubernetes

import (
	"fmt"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/lsst-sqre/muster/validation/message"
)

// Workload is a Deployment, a StatefulSet or a DaemonSet of apps/v1.
type Workload struct {
	Object `json:",inline"`
	Spec   struct {
		// Replicas is 1 where absent; a DaemonSet has none.
		Replicas *int `json:"replicas"`
		Strategy struct {
			Type string `json:"type"`
		} `json:"strategy"`
		Template struct {
			Meta metav1.ObjectMeta `json:"metadata"`
			Spec PodSpec           `json:"spec"`
		} `json:"template"`
		VolumeClaimTemplates []struct{} `json:"volumeClaimTemplates"`
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
	Spec   PodSpec `json:"spec"`
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
	Running *struct {
		Started metav1.Time `json:"startedAt"`
	} `json:"running"`
	Waiting *struct {
		Reason  string `json:"reason"`
		Message string `json:"message"`
	} `json:"waiting"`
	Terminated *struct {
		Reason   string      `json:"reason"`
		ExitCode int         `json:"exitCode"`
		Started  metav1.Time `json:"startedAt"`
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
	return message.OneLine(fmt.Sprintf("%s %s; %s", p.Meta.Name, p.Status.Phase, strings.Join(parts, "; ")))
}

// Path is namespace/kind/name, the kind in lower case.
func (w Workload) Path() string {
	return w.Namespace() + "/" + strings.ToLower(w.Kind) + "/" + w.Meta.Name
}

const (
	// restarts is how many there are at least of a container that keeps
	// restarting, and within what time the last was. Kubernetes counts them over
	// the life of the pod, which may be years.
	restarts, lately = 3, time.Hour
	// shortLife is that of a container that ends of itself several times a day;
	// one that a reboot of its node ends has run for longer.
	shortLife = 6 * time.Hour
	// calm is after how long a container that runs has, for the kubelet, left its
	// former ends behind.
	calm = 10 * time.Minute
)

// Restarting reports whether the container ends again and again, or was killed
// within the hour for want of memory.
func (s ContainerStatus) Restarting() bool {
	if s.State.Waiting != nil && s.State.Waiting.Reason == "CrashLoopBackOff" {
		return true
	}
	last := s.Last.Terminated
	if last == nil || time.Since(last.Finished.Time) >= lately {
		return false
	}
	return last.Reason == "OOMKilled" || s.Restarts >= restarts && s.lived() < shortLife && !s.recovered()
}

// lived is how long the last run was that ended; 0 where that is not known.
func (s ContainerStatus) lived() time.Duration {
	if l := s.Last.Terminated; l != nil && !l.Started.IsZero() {
		return l.Finished.Sub(l.Started.Time)
	}
	return 0
}

// recovered reports whether the container has run for clearly longer than the
// last time, as one does that waited for its database when all was started.
func (s ContainerStatus) recovered() bool {
	r := s.State.Running
	return r != nil && !r.Started.IsZero() && time.Since(r.Started.Time) > max(calm, 2*s.lived())
}

// Restart tells how the container last ended.
func (s ContainerStatus) Restart() string {
	text := fmt.Sprintf("%d restarts", s.Restarts)
	if w := s.State.Waiting; w != nil {
		text += ", now " + w.Reason
	}
	if l := s.Last.Terminated; l != nil {
		text += fmt.Sprintf(", the last at %s", l.Finished.UTC().Format(time.TimeOnly))
		if lived := s.lived(); lived > 0 {
			text += " after " + lived.String()
		}
		text += fmt.Sprintf(": %s, exit code %d", l.Reason, l.ExitCode)
	}
	return text
}
