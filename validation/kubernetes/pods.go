package kubernetes

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/lsst-sqre/muster/validation/message"
)

// Pod is a Pod of v1.
type Pod struct {
	Object `json:",inline"`
	Spec   corev1.PodSpec   `json:"spec"`
	Status corev1.PodStatus `json:"status"`
}

// ContainerStatus is the state of one container of a pod.
type ContainerStatus struct {
	corev1.ContainerStatus
	// Init says that the container is an init container.
	Init bool
}

// ReadsSecret reports whether a container uses the Secret, in its environment
// or in files.
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

// ImageOf returns the image of that name, whatever its registry and tag, or "".
func ImageOf(containers []corev1.Container, name string) string {
	for _, c := range containers {
		if isOf(c, name) {
			return c.Image
		}
	}
	return ""
}

func isOf(c corev1.Container, image string) bool {
	repository, _, _ := strings.Cut(c.Image, "@")
	own, _, _ := strings.Cut(repository[strings.LastIndexByte(repository, '/')+1:], ":")
	return own == image
}

// Variables returns what the variables with a prefix are set to in the containers of an
// image: a value, or where it comes from. It is for comparison and may hold secrets.
func Variables(containers []corev1.Container, image, prefix string) map[string]string {
	all := map[string]string{}
	for _, c := range containers {
		for _, v := range c.Env {
			if strings.HasPrefix(v.Name, prefix) && isOf(c, image) {
				all[v.Name] = v.String()
			}
		}
	}
	return all
}

// Variable returns the value of a container's environment variable, and false
// if it is not set.
func Variable(c corev1.Container, name string) (string, bool) {
	i := slices.IndexFunc(c.Env, func(v corev1.EnvVar) bool { return v.Name == name })
	if i < 0 {
		return "", false
	}
	return c.Env[i].Value, true
}

// Outside says how the pod can be reached past the ingress, or "".
func (p Pod) Outside() string {
	if p.Spec.HostNetwork {
		return "hostNetwork"
	}
	for _, c := range slices.Concat(p.Spec.InitContainers, p.Spec.Containers) {
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

// Ended reports whether the pod is completed, as one of a Job.
func (p Pod) Ended() bool { return p.Status.Phase == "Succeeded" || p.Status.Phase == "Failed" }

// Gone reports whether the pod was deleted longer ago than it may take to end.
// Its node is then lost, and another pod replaces it.
func (p Pod) Gone(now time.Time) bool {
	return p.Deleting() && now.After(p.Meta.DeletionTimestamp.Time)
}

// Condition returns a condition by its type. A missing one has the status
// "absent".
func (p Pod) Condition(kind string) Condition {
	for _, c := range p.Status.Conditions {
		if string(c.Type) == kind {
			return Condition{Type: kind, Status: string(c.Status), Reason: c.Reason, Message: c.Message}
		}
	}
	return conditionOf(nil, kind)
}

// Started returns when the kubelet accepted the pod, or the zero time.
func (p Pod) Started() time.Time { return orZero(p.Status.StartTime) }

// Containers returns all containers, init containers first.
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

// Summary returns the state of the pod in one line.
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

// Stuck reports whether the container waits for what does not come by itself, because
// the kubelet names an error. CrashLoopBackOff is one of containers that have started.
func (s ContainerStatus) Stuck() bool {
	w := s.State.Waiting
	return w != nil && !slices.Contains([]string{"", "ContainerCreating", "PodInitializing", "CrashLoopBackOff"}, w.Reason)
}

// Creating reports whether the kubelet still prepares the container: its volumes, the
// network, the image.
func (s ContainerStatus) Creating() bool {
	return s.State.Waiting != nil && s.State.Waiting.Reason == "ContainerCreating"
}

const (
	// restarts and lately define a container that keeps restarting: it has at
	// least so many restarts, and the last was within this time. Kubernetes
	// counts restarts over the life of the pod, which may be years.
	restarts, lately = 3, time.Hour
	// shortLife bounds the life of a container that ends by itself several times
	// a day. A reboot of the node ends one that has run for longer.
	shortLife = 6 * time.Hour
	// calm is how long a container must run until its former ends no longer
	// count, as for the kubelet.
	calm = 10 * time.Minute
)

// Restarting reports whether the container ends again and again, or was killed
// within the hour because it had too little memory.
func (s ContainerStatus) Restarting() bool {
	if s.State.Waiting != nil && s.State.Waiting.Reason == "CrashLoopBackOff" {
		return true
	}
	last, end := s.last(), s.State.Terminated
	done := s.Init && end != nil && end.ExitCode == 0 // whatever it waited for
	if last == nil || done || time.Since(last.FinishedAt.Time) >= lately {
		return false
	}
	return last.Reason == "OOMKilled" || s.again() && s.lived() < shortLife && !s.recovered()
}

// again reports whether the container has ended often enough. One that has ended with an
// error, and not been started again yet, fails since its first restart.
func (s ContainerStatus) again() bool {
	return s.RestartCount >= restarts || s.RestartCount > 0 && s.failed() != nil
}

// failed is how the container ended that is not running now, nil unless it failed.
func (s ContainerStatus) failed() *corev1.ContainerStateTerminated {
	if t := s.State.Terminated; t != nil && t.ExitCode != 0 {
		return t
	}
	return nil
}

// last is how the container ended the last time.
func (s ContainerStatus) last() *corev1.ContainerStateTerminated {
	return cmp.Or(s.failed(), s.LastTerminationState.Terminated)
}

// lived returns how long the last finished run was, or 0 if that is unknown.
func (s ContainerStatus) lived() time.Duration {
	if l := s.last(); l != nil && !l.StartedAt.IsZero() {
		return l.FinishedAt.Sub(l.StartedAt.Time)
	}
	return 0
}

// recovered reports whether the container has run clearly longer than the last
// time, for example after waiting for its database.
func (s ContainerStatus) recovered() bool {
	r := s.State.Running
	return r != nil && !r.StartedAt.IsZero() && time.Since(r.StartedAt.Time) > max(calm, 2*s.lived())
}

// LastEnd returns the reason of the container's last end.
func (s ContainerStatus) LastEnd() string {
	if s.last() == nil {
		return ""
	}
	return s.last().Reason
}

// Restart describes the container's last end.
func (s ContainerStatus) Restart() string {
	text := fmt.Sprintf("%d restarts", s.RestartCount)
	if w := s.State.Waiting; w != nil {
		text += ", now " + w.Reason
	}
	if l := s.last(); l != nil {
		text += fmt.Sprintf(", the last at %s", l.FinishedAt.UTC().Format(time.TimeOnly))
		if lived := s.lived(); lived > 0 {
			text += " after " + lived.String()
		}
		text += fmt.Sprintf(": %s, exit code %d", l.Reason, l.ExitCode)
		if l.Reason == "StartError" || l.Reason == "ContainerCannotRun" { // of others, the program wrote the message
			text += ": " + message.OneLine(l.Message)
		}
	}
	return text
}
