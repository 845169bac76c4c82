package kubernetes

import (
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/lsst-sqre/muster/validation/message"
)

// Pod of v1.
type Pod struct {
	Object `json:",inline"`
	Spec   corev1.PodSpec   `json:"spec"`
	Status corev1.PodStatus `json:"status"`
}

// ContainerStatus is the state of one container of a pod.
type ContainerStatus struct {
	corev1.ContainerStatus
	// Init says that it is one of those that run before the others.
	Init bool
}

// ReadsSecret reports whether a container gets values of the Secret, in its
// environment or in files.
func (p Pod) ReadsSecret(name string) bool {
	return slices.ContainsFunc(p.Spec.Containers, func(c corev1.Container) bool { return readsSecret(c, name) }) ||
		slices.ContainsFunc(p.Spec.Volumes, func(v corev1.Volume) bool {
			return v.Secret != nil && v.Secret.SecretName == name
		})
}

func readsSecret(c corev1.Container, name string) bool {
	return slices.ContainsFunc(c.Env, func(v corev1.EnvVar) bool {
		return v.ValueFrom != nil && v.ValueFrom.SecretKeyRef != nil && v.ValueFrom.SecretKeyRef.Name == name
	}) || slices.ContainsFunc(c.EnvFrom, func(v corev1.EnvFromSource) bool {
		return v.SecretRef != nil && v.SecretRef.Name == name
	})
}

// Claims reports whether the pod uses a PersistentVolumeClaim.
func (p Pod) Claims(name string) bool {
	return slices.ContainsFunc(p.Spec.Volumes, func(v corev1.Volume) bool {
		return v.PersistentVolumeClaim != nil && v.PersistentVolumeClaim.ClaimName == name
	})
}

// Variable is the value of a container's environment variable; false where it is
// not set.
func Variable(c corev1.Container, name string) (string, bool) {
	i := slices.IndexFunc(c.Env, func(v corev1.EnvVar) bool { return v.Name == name })
	if i < 0 {
		return "", false
	}
	return c.Env[i].Value, true
}

// Outside is how the pod can be reached past the ingress, "" where it cannot.
func (p Pod) Outside() string {
	if p.Spec.HostNetwork {
		return "hostNetwork"
	}
	for _, c := range p.Spec.Containers {
		for _, port := range c.Ports {
			if port.HostPort != 0 {
				return fmt.Sprintf("hostPort %d", port.HostPort)
			}
		}
	}
	return ""
}

// Ready reports whether the pod serves.
func (p Pod) Ready() bool { return p.Condition("Ready").Status == "True" }

// Ended reports whether the pod has done its work, as one of a Job has.
func (p Pod) Ended() bool { return p.Status.Phase == "Succeeded" || p.Status.Phase == "Failed" }

// Gone reports whether the pod was deleted longer ago than it may take to end:
// its node is lost. Another pod has its place.
func (p Pod) Gone(now time.Time) bool {
	return p.Deleting() && now.After(p.Meta.DeletionTimestamp.Time)
}

// Condition is that of a type; one that is absent has the status "absent".
func (p Pod) Condition(kind string) Condition {
	for _, c := range p.Status.Conditions {
		if string(c.Type) == kind {
			return Condition{Type: kind, Status: string(c.Status), Reason: c.Reason, Message: c.Message}
		}
	}
	return ConditionOf(nil, kind)
}

// Started is when the kubelet accepted the pod; the zero time where none did.
func (p Pod) Started() time.Time { return orZero(p.Status.StartTime) }

// Containers are all containers, those that run first in front.
func (p Pod) Containers() []ContainerStatus {
	var all []ContainerStatus
	for _, s := range p.Status.InitContainerStatuses {
		all = append(all, ContainerStatus{s, true})
	}
	for _, s := range p.Status.ContainerStatuses {
		all = append(all, ContainerStatus{s, false})
	}
	return all
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
		parts = append(parts, fmt.Sprintf("%s %s, %d restarts", c.Name, state, c.RestartCount))
	}
	return message.OneLine(fmt.Sprintf("%s %s; %s", p.Meta.Name, p.Status.Phase, strings.Join(parts, "; ")))
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
	last := s.LastTerminationState.Terminated
	if last == nil || time.Since(last.FinishedAt.Time) >= lately {
		return false
	}
	return last.Reason == "OOMKilled" || s.RestartCount >= restarts && s.lived() < shortLife && !s.recovered()
}

// lived is how long the last run was that ended; 0 where that is not known.
func (s ContainerStatus) lived() time.Duration {
	if l := s.LastTerminationState.Terminated; l != nil && !l.StartedAt.IsZero() {
		return l.FinishedAt.Sub(l.StartedAt.Time)
	}
	return 0
}

// recovered reports whether the container has run for clearly longer than the
// last time, as one does that waited for its database when all was started.
func (s ContainerStatus) recovered() bool {
	r := s.State.Running
	return r != nil && !r.StartedAt.IsZero() && time.Since(r.StartedAt.Time) > max(calm, 2*s.lived())
}

// LastEnd is the reason for which the container last ended.
func (s ContainerStatus) LastEnd() string {
	if s.LastTerminationState.Terminated == nil {
		return ""
	}
	return s.LastTerminationState.Terminated.Reason
}

// Restart tells how the container last ended.
func (s ContainerStatus) Restart() string {
	text := fmt.Sprintf("%d restarts", s.RestartCount)
	if w := s.State.Waiting; w != nil {
		text += ", now " + w.Reason
	}
	if l := s.LastTerminationState.Terminated; l != nil {
		text += fmt.Sprintf(", the last at %s", l.FinishedAt.UTC().Format(time.TimeOnly))
		if lived := s.lived(); lived > 0 {
			text += " after " + lived.String()
		}
		text += fmt.Sprintf(": %s, exit code %d", l.Reason, l.ExitCode)
	}
	return text
}
